"""Hexdumps: sixteen bytes a line, text beside them, chosen bytes marked, missing ones shown as such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Optional

from .text import Line, Span

WIDTH = 16
MISSING = "??"


def hexdump(
    address: int, content: Sequence[Optional[int]], marked: tuple[int, int] = (0, 0), indent: str = ""
) -> Iterator[Line]:
    """Yield lines for the bytes from `address` on; None is a byte that could not be read.

    Lines begin at multiples of 16. Bytes with an address in the half-open range `marked` stand out.
    """
    end = address + len(content)
    for line in range(address - address % WIDTH, end, WIDTH):
        places = range(line, line + WIDTH)
        cells = [content[place - address] if address <= place < end else -1 for place in places]
        yield (
            Span(f"{indent}{line:#018x}", "address"),
            Span("  "),
            *_styled(places, [_hex(place, cell) for place, cell in zip(places, cells)], marked),
            Span(" "),
            *_styled(places, [_character(cell) for cell in cells], marked),
        )


def _styled(places: range, texts: Sequence[str], marked: tuple[int, int]) -> Iterator[Span]:
    """Join neighbours of one style, so that a line has few spans."""
    for hit, group in groupby(zip(places, texts), key=lambda pair: marked[0] <= pair[0] < marked[1]):
        yield Span("".join(text for _, text in group), "hit" if hit else "data")


def _hex(place: int, cell: Optional[int]) -> str:
    text = MISSING if cell is None else "  " if cell < 0 else f"{cell:02x}"
    return text + ("  " if place % WIDTH == WIDTH // 2 - 1 else " ")


def _character(cell: Optional[int]) -> str:
    if cell is None:
        return "?"
    return " " if cell < 0 else chr(cell) if 0x20 <= cell < 0x7F else "."
