"""How wide a table's columns are, and how it closes up where its terminal has no room for them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import or_
from typing import Any, NamedTuple

from .cuts import ELLIPSIS, MORE_BYTES, Cut, columns_of, counted_columns
from .fields import ADDRESS, PATHS, TEXTS, Column, Shrink

GAP, LEAST_GAP = 2, 1
# One row in so many may be wider than its column, from so many rows on: it takes the blanks behind that.
ODD_ONE_IN, ODD_FROM = 16, 8


class TableColumn(NamedTuple):
    """What a table has as one column: a column of its rows, or the start and the end of a range."""

    parts: tuple[Column, ...]

    @property
    def name(self) -> str:
        """What stands above it."""
        return "-".join(part.name for part in self.parts)

    @property
    def is_right(self) -> bool:
        """Whether texts stand at its right."""
        return self.parts[0].kind.right

    @property
    def style(self) -> str:
        """The style of its texts."""
        return self.parts[0].kind.style

    def texts(self, items: Sequence[Any]) -> list[str]:
        """Return the texts of these rows."""
        texts = [part.texts(items) for part in self.parts]
        if len(texts) == 1:
            return texts[0]
        # A row that is no range has neither.
        return (
            list(map("-".join, zip(*texts)))
            if all(texts[1])
            else [start and f"{start}-{end}" for start, end in zip(*texts)]
        )


class Layout(NamedTuple):
    """Columns, how wide each is, the blanks between two, and the room of a line (None: no limit).

    A last column whose texts stand at its left takes what is left of the room.
    """

    columns: tuple[TableColumn, ...]
    widths: tuple[int, ...]
    gap: int
    room: int | None

    @classmethod
    def of(cls, columns: Sequence[Column], items: Sequence[Any], room: int | None) -> Layout:
        """Return the layout for the columns of rows like these."""
        fitting = _Fitting(tuple(_joined(columns)), items, room)
        if room is not None:
            fitting.fit()
        used = (
            sum(fitting.widths[:-1]) + fitting.gap * (len(fitting.widths) - 1) + MORE_BYTES * fitting.marked
        )
        if not fitting.columns[-1].is_right:
            fitting.widths[-1] = sys.maxsize if room is None else max(fitting.widths[-1], room - used)
        return cls(fitting.columns, tuple(fitting.widths), fitting.gap, room)

    def is_of(self, longest: Sequence[int]) -> bool:
        """Return whether the columns are as wide as their longest texts; the last may be wider."""
        fixed = len(self.widths) - (not self.columns[-1].is_right)
        return tuple(longest[:fixed]) == self.widths[:fixed]

    @property
    def cuts(self) -> list[Cut | None]:
        """How each column's texts are shortened; None: they are not."""
        if self.room is None:
            return [None] * len(self.columns)
        return [shrink and shrink.cut for shrink in _shrinks(self.columns)]


def _joined(columns: Sequence[Column]) -> Iterator[TableColumn]:
    """Yield what a table shows of these columns: an end in the column of the start before it."""
    numbers = iter(range(len(columns)))
    for number in numbers:
        pair = columns[number : number + 2]
        is_range = pair[0].kind == ADDRESS and len(pair) == 2 and pair[1].kind.ends
        yield TableColumn(tuple(pair if is_range else pair[:1]))
        if is_range:
            next(numbers)


def _shrinks(columns: Sequence[TableColumn]) -> list[Shrink | None]:
    """Return how each column may be shortened: the last one at its end, where its kind doesn't say."""
    found = [column.parts[0].kind.shrink for column in columns]
    if found[-1] is None and not columns[-1].is_right:
        found[-1] = TEXTS
    return found


class _Fitting:
    """Columns that are made to fit, step by step."""

    def __init__(self, columns: tuple[TableColumn, ...], items: Sequence[Any], room: int | None) -> None:
        self.columns, self._room, self.gap = columns, room, GAP
        self._texts = [column.texts(items) for column in columns]
        self._lengths = [sorted(map(columns_of, texts)) for texts in self._texts]
        self._full = [max(lengths, default=0) for lengths in self._lengths]
        self._says_so = [any(ELLIPSIS in text for text in texts) for texts in self._texts]
        self.widths = [
            self._usual(number) if column.style == ADDRESS.style else self._at_least_named(number)
            for number, column in enumerate(columns)
        ]

    @property
    def _over(self) -> int:
        """How many columns of the terminal are missing."""
        gaps = self.gap * (len(self.widths) - 1)
        return sum(self.widths) + gaps + MORE_BYTES * self.marked - (self._room or 0)

    @property
    def marked(self) -> int:
        """How many columns but the last have an ellipsis: they are shortened, or their texts say so."""
        columns = zip(self.widths[:-1], self._full, _shrinks(self.columns))
        is_short = [shrink is not None and width < full for width, full, shrink in columns]
        return sum(map(or_, is_short, self._says_so))

    def fit(self) -> None:
        """Close up until there is room; what is left over then goes back to what was shortened."""
        for step in self._steps():
            if self._over <= 0:
                break
            step()
        for shrink in (PATHS, *self._others()):
            for number in self._with(shrink):
                more = min(-self._over, self._at_least_named(number) - self.widths[number])
                self.widths[number] += max(more, 0)

    def _steps(self) -> Iterator[Callable[[], None]]:
        """Yield what is done where there is no room, in this order."""
        yield self._leave_odd_rows_out
        yield lambda: self._shorten(0, (PATHS, *self._others()))
        yield self._close_gaps
        yield lambda: self._shorten(1, (*self._others(), PATHS))
        yield self._leave_ends_out
        yield lambda: self._shorten(2, (*self._others(), PATHS))

    def _others(self) -> Iterable[Shrink]:
        found = dict.fromkeys(shrink for shrink in _shrinks(self.columns) if shrink)
        return [shrink for shrink in found if shrink != PATHS]

    def _with(self, shrink: Shrink) -> list[int]:
        return [number for number, each in enumerate(_shrinks(self.columns)) if each == shrink]

    def _leave_odd_rows_out(self) -> None:
        self.widths = list(map(self._usual, range(len(self.columns))))

    def _close_gaps(self) -> None:
        self.gap = LEAST_GAP

    def _leave_ends_out(self) -> None:
        """Show only the starts of ranges, if their sizes are there."""
        if any(column.name == "size" for column in self.columns):
            for number, column in enumerate(self.columns):
                if len(column.parts) > 1:
                    self.widths[number] = max(len(column.parts[0].name), self.widths[number] // 2)
            self.columns = tuple(TableColumn(column.parts[:1]) for column in self.columns)

    def _shorten(self, stage: int, shrinks: Iterable[Shrink]) -> None:
        """Make columns narrower down to a floor; those of one kind share what is missing."""
        for shrink in shrinks:
            numbers = self._with(shrink)
            for left, number in zip(range(len(numbers), 0, -1), numbers):
                share, width = max(self._over, 0) // -left, self.widths[number]
                self.widths[number] = min(width, max(width + share, self._floor(number, shrink, stage)))

    def _floor(self, number: int, shrink: Shrink, stage: int) -> int:
        floor, name = shrink.floors[stage], len(self.columns[number].name)
        if stage or shrink.core is None:
            return max(floor, name)
        cores = map(shrink.core, set(self._texts[number]))
        return max(min(floor, max(map(counted_columns, cores), default=0)), name)

    def _usual(self, number: int) -> int:
        """Return how wide the column is but for a few rows that are wider."""
        lengths = self._lengths[number]
        odd = max(len(lengths) // ODD_ONE_IN, 1) if len(lengths) >= ODD_FROM else 0
        return max(lengths[-1 - odd] if lengths else 0, len(self.columns[number].name))

    def _at_least_named(self, number: int) -> int:
        return max(self._full[number], len(self.columns[number].name))
