"""Hexdumps: sixteen bytes a line, text beside them, chosen bytes marked, missing ones shown as such."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from ..ranges import align_down
from .text import Line, Span

WIDTH = 16
MISSING = "??"


def hexdump(
    address: int, content: Sequence[int | None], marked: tuple[int, int] = (0, 0), indent: str = ""
) -> Iterator[Line]:
    """Yield lines for the bytes from `address` on; None is a byte that could not be read.

    Lines begin at multiples of 16. Bytes with an address in the half-open range `marked` stand out: by their
    colour, and, in each line, by brackets around them, which take no more room.
    """
    end = address + len(content)
    for line in range(align_down(address, WIDTH), end, WIDTH):
        places = range(line, line + WIDTH)
        cells = [content[place - address] if address <= place < end else -1 for place in places]
        hits = [marked[0] <= place < marked[1] for place in places]
        yield (
            Span(f"{indent}{line:#018x}", "address"),
            Span(" "),
            *_styled(*_bytes(cells, hits)),
            Span(" "),
            *_styled([_character(cell) for cell in cells], hits),
        )


def _bytes(cells: Sequence[int | None], hits: Sequence[bool]) -> tuple[list[str], list[bool]]:
    """Return the bytes of a line and what stands before, between and behind them, and which are of hits."""
    texts, marks = [], []
    for number, (before, after) in enumerate(zip([False, *hits], [*hits, False])):
        bracket = "[" if after and not before else "]" if before and not after else " "
        middle = number == WIDTH // 2
        # In the middle there is room for two: a bracket stays close to its byte.
        texts.append(f" {bracket}" if middle and after else f"{bracket} " if middle else bracket)
        marks.append(before or after)
        if number < WIDTH:
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
