"""Tables: tabulate lays out the first rows, and the rest follow in the same layout as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from .document import Rows
from .fields import Column
from .telling import Telling
from .text import Palette

# Rows that tabulate lays out, and that are then printed at a time: tabulate needs all that it aligns at once,
# and takes 20 times as long for a row as formatting it does (docs/decisions/0020-tables.md).
BLOCK = 256
GAP = "  "
Cells = Sequence[Sequence[str]]
ELLIPSIS = "…"
# Columns that are narrowed, one after the other, until the last column has the width that it needs, or this
# much: symbols, which are hundreds wide in C++, and first bytes. (Style, least width, that room.)
STEPS = (("preview", 13, 24), ("symbol", 16, 24), ("preview", 8, 24), ("symbol", 8, 12))


def table(rows: Rows, palette: Palette, width: int | None, telling: Telling) -> Iterator[str]:
    """Yield the table's text in pieces. `width` is the room in columns; None: no limit.

    The last column is cut from the left, so that a file's name stays, where a row has no room. After an
    interrupt while rows are taken, those that were are still handed on first.
    """
    blocks = _blocks(rows.items if rows.shown is None else rows.shown)
    first = next(blocks)
    if not first and rows.empty is not None:
        yield rows.empty + "\n" if rows.empty else ""
        next(blocks, None)  # raises the interrupt, if that was why there was no row
        return
    cells = _cells(rows.columns, first)
    layout = Layout(rows.columns, cells, palette, width)
    if rows.detail is None:
        yield from telling.tell(layout.head(cells), len(first))
        for block in blocks:
            yield from telling.tell(layout.more(_cells(rows.columns, block)), len(block))
        return
    yield layout.heading()
    for item in chain(first, chain.from_iterable(blocks)):
        detail = (palette.line(line) + "\n" for line in rows.detail(item))
        yield from telling.tell("".join([layout.more(_cells(rows.columns, [item])), *detail]))


def _blocks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield the rows in blocks, the last of which may be empty; an interrupt comes after those before it."""
    items = iter(rows)
    while True:
        block: list[Any] = []
        try:
            block.extend(islice(items, BLOCK))  # keeps its items if it is interrupted
        except KeyboardInterrupt:
            yield block
            raise
        yield block
        if len(block) < BLOCK:
            return


def _cells(columns: Sequence[Column], items: Sequence[Any]) -> list[Sequence[str]]:
    return list(zip(*(column.texts(items) for column in columns)))


class Layout:
    """The widths of a table's columns, taken from its first rows."""

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Cells,
        palette: Palette,
        width: int | None,
    ) -> None:
        self._palette = palette
        self._names = [column.name for column in columns]
        self._right = [column.kind.right for column in columns]
        self._styles = [column.kind.style for column in columns]
        self._widths = [max(map(len, column)) for column in zip(self._names, *cells)]
        self._narrowed: dict[int, Cut] = {}
        if width is not None:
            for step in STEPS:
                self._narrow(width, *step)
        self._room = None if width is None else max(width - self._used, 8)

    @property
    def _used(self) -> int:
        """The width in characters of all columns but the last."""
        return sum(self._widths[:-1]) + len(GAP) * (len(self._widths) - 1)

    def _narrow(self, width: int, style: str, least: int, room: int) -> None:
        """Make columns of a style leave the last one some room, down to their least."""
        numbers = [number for number, each in enumerate(self._styles[:-1]) if each == style]
        for left, number in zip(range(len(numbers), 0, -1), numbers):
            over = self._used + min(self._widths[-1], room) - width
            if over > 0 and self._widths[number] > least:
                self._widths[number] = max(self._widths[number] + over // -left, least)
                self._narrowed[number] = _CUTS[style]

    def head(self, cells: Cells) -> str:
        """Return the headings and the first rows, laid out by tabulate."""
        from tabulate import tabulate

        # As a row like the others: tabulate pads what it knows as headings by two more.
        headings = [self._palette.paint(name, "heading") for name in self._names]
        text = tabulate(
            [headings, *map(self._painted, cells)],
            tablefmt="plain",
            colalign=["right" if right else "left" for right in self._right],
            disable_numparse=True,
        )
        return "".join(line.rstrip() + "\n" for line in text.splitlines())

    def heading(self) -> str:
        """Return the headings alone."""
        return self._lines(["heading"] * len(self._names), [self._names])

    def more(self, cells: Cells) -> str:
        """Return further rows in the same layout."""
        return self._lines(self._styles, map(self._fitted, cells) if self._room else cells)

    def _lines(self, styles: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
        places = [f"%{'' if right else '-'}{width}s" for width, right in zip(self._widths, self._right)]
        if not self._right[-1]:
            places[-1] = "%s"  # trailing blanks would be coloured, and would wrap in a narrow terminal
        template = GAP.join(map(self._palette.paint, places, styles))
        return "".join([(template % tuple(row)).rstrip() + "\n" for row in cells])

    def _painted(self, row: Sequence[str]) -> list[str]:
        return list(map(self._palette.paint, self._fitted(row), self._styles))

    def _fitted(self, row: Sequence[str]) -> Sequence[str]:
        last = row[-1]
        if self._narrowed:
            row = list(row)
            for number, cut in self._narrowed.items():
                row[number] = cut(row[number], self._widths[number])
        if self._room is None or len(last) <= self._room:
            return row
        return [*row[:-1], ELLIPSIS + last[1 - self._room :]]


def cut_within(text: str, room: int) -> str:
    """Return the text with its middle left out where it is too long: `std::map…+0x19`."""
    if len(text) <= room:
        return text
    tail = room // 3
    return text[: room - tail - 1] + ELLIPSIS + text[-tail:]


def cut_bytes(text: str, room: int) -> str:
    """Return the first of the bytes in hexadecimal where there is no room for all: `e90600…`."""
    if len(text) <= room:
        return text
    return text[: (room - 1) // 2 * 2] + ELLIPSIS


Cut = Callable[[str, int], str]
_CUTS: Mapping[str, Cut] = {"symbol": cut_within, "preview": cut_bytes}
