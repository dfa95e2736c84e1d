"""A hexdump of two sides beside each other: the bytes before and after."""

from __future__ import annotations

from collections.abc import Iterator

from ...images.diff.change import CHANGED, MemoryChange
from ...images.diff.sides import Side
from ...ranges import TOP, align_down, align_up
from ...render.fields import size_in_words
from ...render.text import Line, Span, note
from ...walk.reading import read_cells

WIDTH = 8
MOST_LINES = 64  # of one change; of the rest, only the size is shown
MISSING = "??"
# Between the sides, for readers without colours.
EQUAL_LINE, CHANGED_LINE = " | ", " * "


def two_sided(a: Side, b: Side, size: int, moved: bool, change: MemoryChange) -> Iterator[Line]:
    """Yield lines of `size` bytes around changed bytes, in whole lines: the first side left of the second.

    Addresses are those of the second side. Bytes that differ stand out; where things have `moved`, only
    those of this change, for others may differ and mean the same. A line with any has a `*` between the
    sides. Bytes that can't be read are `??`.
    """
    if change.change != CHANGED or change.start_before is None:
        return
    delta = change.start - change.start_before
    start = align_down(max(0, delta, change.start - size), WIDTH)
    end = min(TOP, align_up(change.end + size, WIDTH))
    shown = min(end, start + MOST_LINES * WIDTH)
    for line in range(start, shown, WIDTH):
        before, after = _read(a, line - delta), _read(b, line)
        differs = [
            left != right and (not moved or change.start <= line + place < change.end)
            for place, (left, right) in enumerate(zip(before, after))
        ]
        yield (
            Span(f"  {line:#018x}  ", "address"),
            *_side(before, differs),
            Span(CHANGED_LINE if any(differs) else EQUAL_LINE, "text"),
            *_side(after, differs),
        )
    if shown < end:
        yield note(f"  ... {size_in_words(end - shown)} more")


def _read(side: Side, address: int) -> list[int | None]:
    return [None] * WIDTH if address < 0 else read_cells(side, address, WIDTH)


def _side(cells: list[int | None], differs: list[bool]) -> Iterator[Span]:
    for cell, marked in zip(cells, differs):
        yield Span(MISSING if cell is None else f"{cell:02x}", "hit" if marked else "data")
        yield Span(" ")
    for cell, marked in zip(cells, differs):
        yield Span(_character(cell), "hit" if marked else "data")


def _character(cell: int | None) -> str:
    if cell is None:
        return "?"
    return chr(cell) if 0x20 <= cell < 0x7F else "."
