"""A hexdump of two sides beside each other: the bytes before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...images.diff.change import CHANGED, MemoryChange
from ...images.diff.sides import Side
from ...ranges import TOP, align_down, align_up
from ...render.fields import size_in_words
from ...render.text import Block, Line, Span, note
from ...walk.reading import read_cells

WIDTH = 8
MOST_LINES = 64  # of one change; of the rest, only the size is shown
MISSING = "??"
# Between the sides, for readers without colours.
EQUAL_LINE, CHANGED_LINE = " | ", " * "
# The columns that a line takes with blanks to spare; without, bytes stand in groups of four.
ROOMY = 2 + 18 + 2 + 2 * 4 * WIDTH + 3
GROUP = 4


@dataclass(frozen=True)
class TwoSided(Block):
    """Lines of `size` bytes around changed bytes, in whole lines: the first side left of the second.

    Addresses are those of the second side. Bytes that differ stand out; where things have `moved`, only
    those of this change, for others may differ and mean the same. A line with any has a `*` between the
    sides. Bytes that can't be read are `??`.
    """

    a: Side
    b: Side
    size: int
    moved: bool
    change: MemoryChange

    def lines(self, width: int | None) -> Iterator[Line]:
        """Yield the lines for so much room in columns (None: no limit), none unless bytes changed."""
        change = self.change
        if change.change != CHANGED or change.start_before is None:
            return
        delta = change.start - change.start_before
        start = align_down(max(0, delta, change.start - self.size), WIDTH)
        end = min(TOP, align_up(change.end + self.size, WIDTH))
        shown = min(end, start + MOST_LINES * WIDTH)
        is_roomy = width is None or width >= ROOMY
        for line in range(start, shown, WIDTH):
            before, after = _read(self.a, line - delta), _read(self.b, line)
            differs = [
                left != right and (not self.moved or change.start <= line + place < change.end)
                for place, (left, right) in enumerate(zip(before, after))
            ]
            yield (
                Span(f"  {line:#018x}  " if is_roomy else f"{line:#x} ", "address"),
                *_side(before, differs, is_roomy),
                Span(CHANGED_LINE if any(differs) else EQUAL_LINE, "text"),
                *_side(after, differs, is_roomy),
            )
        if shown < end:
            yield note(f"  ... {size_in_words(end - shown)} more")


def two_sided(a: Side, b: Side, size: int, moved: bool, change: MemoryChange) -> Iterator[Block]:
    """Yield what stands under the row of a changed range."""
    yield TwoSided(a, b, size, moved, change)


def _read(side: Side, address: int) -> list[int | None]:
    return [None] * WIDTH if address < 0 else read_cells(side, address, WIDTH)


def _side(cells: Sequence[int | None], differs: Sequence[bool], is_roomy: bool) -> Iterator[Span]:
    for number, (cell, marked) in enumerate(zip(cells, differs), 1):
        yield Span(MISSING if cell is None else f"{cell:02x}", "hit" if marked else "data")
        if is_roomy or number % GROUP == 0:
            yield Span(" ")
    for cell, marked in zip(cells, differs):
        yield Span(_character(cell), "hit" if marked else "data")


def _character(cell: int | None) -> str:
    if cell is None:
        return "?"
    return chr(cell) if 0x20 <= cell < 0x7F else "."
