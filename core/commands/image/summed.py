"""Rows of data that differs, readable: whole words, and what was written summed by symbol."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, NamedTuple, cast

from ...ports import Symbol, SymbolResolver
from ...ranges import TOP, Range, align_down, align_up
from .ranges import PREVIEWED, RangeItem, RangeRow

# What both sides hold in a range of the second one.
Contents = Callable[[RangeItem, Range], "tuple[bytes, bytes]"]


class _Group(NamedTuple, Generic[RangeItem]):
    """Differences in one symbol's data, for one cause: the first one, and the words that hold them all."""

    first: RangeItem
    symbol: Symbol | None
    places: list[Range]


class SummedRows(Generic[RangeItem]):
    """Makes the rows of a table: of data one for each symbol, of everything else one for each range."""

    def __init__(
        self,
        row: Callable[[RangeItem], RangeRow],
        is_data: Callable[[RangeItem], bool],
        contents: Contents[RangeItem],
        symbols: SymbolResolver | None,
        word_size: int,
    ) -> None:
        self._row, self._is_data, self._contents = row, is_data, contents
        self._symbols, self._word_size = symbols, word_size

    def rows(self, items: Iterable[RangeItem]) -> list[RangeRow]:
        """Return the rows in order of address."""
        others, groups = [], dict[Hashable, _Group[RangeItem]]()
        for item in items:
            if self._is_data(item):
                self._add(groups, item)
            else:
                others.append(self._row(item))
        found = [row for group in groups.values() for row in self._rows_of(group)]
        return sorted([*others, *found], key=lambda row: row.found.start)

    def _add(self, groups: dict[Hashable, _Group[RangeItem]], item: RangeItem) -> None:
        size = self._word_size
        words = Range(align_down(item.start, size), min(TOP, align_up(item.end, size)))
        symbol = self._symbols.symbol_at(item.start) if self._symbols else None
        key = item.area, item.joined_by, symbol.name if symbol else None
        group = groups.setdefault(key, _Group(item, symbol, []))
        if group.places and words.start <= group.places[-1].end:
            words = Range(group.places.pop().start, words.end)
        group.places.append(words)

    def _rows_of(self, group: _Group[RangeItem]) -> Iterator[RangeRow]:
        if group.symbol is None:
            for place in group.places:
                yield self._summed(group, [place], None)
        elif len(group.places) > 1:
            yield self._summed(group, group.places, f"{group.symbol.name} ({len(group.places)} places)")
        else:
            start = group.symbol.offset + group.places[0].start - group.first.start
            name = group.symbol.name
            yield self._summed(group, group.places, str(Symbol(name, start)) if start > 0 else name)

    def _summed(self, group: _Group[RangeItem], places: list[Range], symbol: str | None) -> RangeRow:
        start, end = places[0]
        before, after = self._contents(group.first, Range(start, min(end, start + PREVIEWED + 1)))
        found = cast(RangeItem, group.first._replace(start=start, end=end))
        size = sum(place.size for place in places)
        return self._row(found)._replace(symbol=symbol, expected=before, actual=after, size=size)
