"""Tables: rows in blocks as they come, in a layout that the first of them choose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from .cuts import ELLIPSIS, MORE_BYTES, Cut, columns_of, counted_columns, cut_end
from .document import Rows
from .fields import Column
from .layout import ODD_FROM, Layout
from .telling import Telling
from .text import Palette, laid_out

# Rows that are laid out and printed at a time (docs/decisions/0210-tables-that-fit.md).
BLOCK = 256
_TRAILING = re.compile(r" +\n")


def table(rows: Rows, palette: Palette, width: int | None, telling: Telling) -> Iterator[str]:
    """Yield the table's text in pieces. `width` is the room in columns; None: no limit.

    Each row is one line, which is shortened where its columns say how. After an interrupt while rows are
    taken, those that were are still handed on first.
    """
    blocks = _blocks(rows.items if rows.shown is None else rows.shown)
    first = next(blocks)
    if not first and rows.empty is not None:
        yield rows.empty + "\n" if rows.empty else ""
        next(blocks, None)  # raises the interrupt, if that was why there was no row
        return
    lines = Lines(rows.columns, palette, width, first)
    if rows.detail is None:
        yield from telling.tell(lines.head(first), len(first))
        for block in blocks:
            yield from telling.tell(lines.of(block), len(block))
        return
    yield lines.heading()
    for item in chain(first, chain.from_iterable(blocks)):
        detail = (palette.line(line) + "\n" for line in laid_out(rows.detail(item), width))
        yield from telling.tell("".join([lines.of([item]), *detail]))


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


class Lines:
    """Rows as lines in one layout, and in another where most of them have no place in it any more."""

    def __init__(
        self, columns: Sequence[Column], palette: Palette, width: int | None, first: Sequence[Any]
    ) -> None:
        """Take the columns, how they look, the room (None: no limit), and the rows that choose the layout."""
        self._columns, self._palette, self._width = columns, palette, width
        self._take(first)

    def _take(self, items: Sequence[Any]) -> None:
        self._layout = Layout.of(self._columns, items, self._width)
        self._styles = [column.style for column in self._layout.columns]
        self._format, self._without_last = self._template(self._styles)

    def head(self, items: Sequence[Any]) -> str:
        """Return the headings and the rows that chose the layout: by tabulate, if each text has its place."""
        texts, is_regular = self._fitted(items)
        names = [column.name for column in self._layout.columns]
        longest = [max(map(len, column)) for column in zip(names, *zip(*texts))]
        if not is_regular or not self._layout.is_of(longest):
            return self.heading() + self.of(items)
        from tabulate import DataRow, TableFormat, tabulate

        line = DataRow("", " " * self._layout.gap, "")
        painted = zip(*(self._painted(*column) for column in zip(texts, self._styles)))
        text = tabulate(
            # The headings as a row like the others: tabulate pads what it knows as headings by two more.
            [self._painted(names, "heading"), *painted],
            tablefmt=TableFormat(None, None, None, None, line, line, 0, None),
            colalign=["right" if column.is_right else "left" for column in self._layout.columns],
            disable_numparse=True,
        )
        return "".join(line.rstrip() + "\n" for line in text.splitlines())

    def _painted(self, texts: Iterable[str], style: str) -> list[str]:
        return [self._palette.paint(text, style) for text in texts]

    def heading(self) -> str:
        """Return the line of headings."""
        names = tuple(column.name for column in self._layout.columns)
        template, _ = self._template(["heading"] * len(names))
        return template % names

    def of(self, items: Sequence[Any]) -> str:
        """Return the lines of these rows."""
        texts, is_regular = self._fitted(items)
        if not is_regular and self._is_for_others(texts):
            self._take(items)
            texts, is_regular = self._fitted(items)
        if not is_regular:
            return "".join(map(self._odd_line, zip(*texts)))
        template, without_last, rows = self._format, self._without_last, zip(*texts)
        if all(texts[-1]):
            return "".join([template % row for row in rows])
        lines = "".join([(template if row[-1] else without_last) % row for row in rows])
        return _TRAILING.sub("\n", lines) if " \n" in lines else lines

    def _is_for_others(self, texts: Sequence[Sequence[str]]) -> bool:
        """Return whether most rows have no room for their first column: the layout is for others."""
        wider = sum(len(text) > self._layout.widths[0] for text in texts[0])
        return len(texts[0]) >= ODD_FROM and 2 * wider > len(texts[0])

    def _template(self, styles: Sequence[str]) -> tuple[str, str]:
        """Return the formats of a line, and of one whose last column is empty."""
        layout, gap = self._layout, " " * self._layout.gap
        padded = [
            f"%{'' if column.is_right else '-'}{width}s"
            for column, width in zip(layout.columns, layout.widths)
        ]
        # Blanks behind the last text would be coloured, and would wrap in a narrow terminal.
        ends = [place if column.is_right else "%s" for column, place in zip(layout.columns, padded)]
        painted, painted_ends = (list(map(self._palette.paint, each, styles)) for each in (padded, ends))
        whole = gap.join([*painted[:-1], painted_ends[-1]])
        return whole + "\n", gap.join([*painted[:-2], *painted_ends[-2:-1]]) + "%.0s\n"

    def _fitted(self, items: Sequence[Any]) -> tuple[list[list[str]], bool]:
        """Return the rows' texts by column, shortened where they may be, and whether all fit."""
        layout, fitted, is_regular = self._layout, [], True
        for column, width, cut in zip(layout.columns, layout.widths, layout.cuts):
            texts = column.texts(items)
            if max(map(len, texts), default=0) > width or not (column.is_right or "".join(texts).isascii()):
                is_last = column is layout.columns[-1]
                if cut is not None:
                    short = {
                        text: _within(cut, text, width) if is_last else cut(text, width)
                        for text in set(texts)
                    }
                    texts = list(map(short.__getitem__, texts))
                is_regular = is_regular and all(len(text) == columns_of(text) <= width for text in texts)
                is_regular = is_regular and (is_last or not any(ELLIPSIS in text for text in texts))
            fitted.append(texts)
        return fitted, is_regular

    def _odd_line(self, row: tuple[str, ...]) -> str:
        """Return the line of a row whose texts may be wider than their columns: they take blanks behind."""
        layout, line, at, start = self._layout, "", 0, 0
        for column, width, style, text in zip(layout.columns, layout.widths, self._styles, row):
            place = max(at, start + width - columns_of(text) if column.is_right else start)
            if column is layout.columns[-1]:
                more = MORE_BYTES * line.count(ELLIPSIS)
                text = self._last(text, place + more)  # noqa: PLW2901 - the same, shorter
            line += " " * (place - at) + self._palette.paint(text, style) + " " * layout.gap
            at, start = place + columns_of(text) + layout.gap, start + width + layout.gap
        return line.rstrip() + "\n"

    def _last(self, text: str, place: int) -> str:
        """Return the last column's text, shortened if it has no room from this place in the line on."""
        room = self._layout.room
        return text if room is None else _within(self._layout.cuts[-1] or cut_end, text, max(room - place, 1))


def _within(cut: Cut, text: str, room: int) -> str:
    """Return the text shortened to a room of so many bytes, if it is shortened at all."""
    short = cut(text, room)
    fits = short == text or counted_columns(short) <= room
    return short if fits else cut(text, max(room - MORE_BYTES, 1))
