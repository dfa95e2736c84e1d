"""Hexdumps: sixteen bytes a line, text beside them, chosen bytes marked, missing ones shown as such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from ..ranges import align_down
from .text import Block, Line, Span

WIDTH = 16
MISSING = "??"
FULL_ADDRESS = 18  # characters of a 64-bit address with all its zeros


class _Look(NamedTuple):
    """How lines look: bytes in each, characters of addresses, whether there are blanks to spare."""

    bytes: int
    address: int
    is_roomy: bool

    @property
    def width(self) -> int:
        """The columns that a line takes."""
        # A byte has a blank or a bracket before it, the last one behind it too; and a character as text.
        return self.address + 4 * self.bytes + 1 + 3 * self.is_roomy


@dataclass(frozen=True)
class Hexdump(Block):
    """The bytes from `address` on; None is a byte that could not be read.

    Lines begin at multiples of 16, or of 8 where there is little room. Bytes with an address in the half-open
    range `marked` stand out: by their colour, and, in each line, by brackets around them, which take no more
    room. `indent` stands before each line where there is room.
    """

    address: int
    content: Sequence[int | None]
    marked: tuple[int, int] = (0, 0)
    indent: str = ""

    def lines(self, width: int | None = None) -> Iterator[Line]:
        """Yield the lines for so much room in columns; None: no limit."""
        look, indent = self._look(width)
        end = self.address + len(self.content)
        spare = [Span(" ")] if look.is_roomy else []
        for line in range(align_down(self.address, look.bytes), end, look.bytes):
            places = range(line, line + look.bytes)
            cells = [
                self.content[place - self.address] if self.address <= place < end else -1 for place in places
            ]
            hits = [self.marked[0] <= place < self.marked[1] for place in places]
            yield (
                Span(f"{indent}{line:#0{look.address}x}", "address"),
                *spare,
                *_styled(*_bytes(cells, hits, look.is_roomy)),
                *spare,
                *_styled([_character(cell) for cell in cells], hits),
            )

    def _look(self, width: int | None) -> tuple[_Look, str]:
        """Return the first look that fits, else the narrowest, and the indent that fits with it."""
        digits = len(hex(max(self.address, self.address + len(self.content) - 1)))
        looks = [
            _Look(WIDTH, FULL_ADDRESS, True),
            *(_Look(each, digits, False) for each in (WIDTH, WIDTH // 2)),
        ]
        fits = (look for look in looks if width is None or look.width <= width)
        look = next(fits, looks[-1])
        return look, self.indent if width is None or look.width + len(self.indent) <= width else ""


def _bytes(cells: Sequence[int | None], hits: Sequence[bool], is_roomy: bool) -> tuple[list[str], list[bool]]:
    """Return the bytes of a line and what stands before, between and behind them, and which are of hits."""
    texts, marks = [], []
    for number, (before, after) in enumerate(zip([False, *hits], [*hits, False])):
        bracket = "[" if after and not before else "]" if before and not after else " "
        is_middle = is_roomy and number == len(cells) // 2
        # In the middle there is room for two: a bracket stays close to its byte.
        texts.append(f" {bracket}" if is_middle and after else f"{bracket} " if is_middle else bracket)
        marks.append(before or after)
        if number < len(cells):
            texts.append(_hex(cells[number]))
            marks.append(after)
    return texts, marks


def _styled(texts: Sequence[str], marks: Sequence[bool]) -> Iterator[Span]:
    """Join neighbours of one style, so that a line has few spans."""
    for hit, group in groupby(zip(texts, marks), key=itemgetter(1)):
        yield Span("".join(text for text, _ in group), "hit" if hit else "data")


def _hex(cell: int | None) -> str:
    return MISSING if cell is None else "  " if cell < 0 else f"{cell:02x}"


def _character(cell: int | None) -> str:
    if cell is None:
        return "?"
    return " " if cell < 0 else chr(cell) if 0x20 <= cell < 0x7F else "."
