"""Rows of data that differs, readable: whole words, and what was written summed by symbol."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, Union

from ...arch import SMALLEST_PAGE
from ...maps.area import Area
from ...ports.program import Symbol, SymbolResolver
from ...ranges import TOP, Range, align_down, align_up
from ...walk.reading import ReadsInto, read_up_to
from .ranges import PREVIEWED, RangeItem, RangeRow, symbol_at

# Makes the row of a range in which a symbol, or none, is named.
NamedRow = Callable[[RangeItem, Union[str, None]], RangeRow]


class PageReader:
    """Reads a few bytes here and there, in order of address, by whole pages, and no others than theirs."""

    def __init__(self, reader: ReadsInto) -> None:
        self._reader = reader
        self._start, self._page = -1, b""

    def read(self, address: int, size: int) -> bytes:
        """Return the bytes there, as far as they can be read."""
        start = align_down(address, SMALLEST_PAGE)
        if start != self._start:
            self._start, self._page = start, read_up_to(self._reader, start, SMALLEST_PAGE)
        found = self._page[address - start : address - start + size]
        return found if len(found) == size else read_up_to(self._reader, address, size)


class BothSides(NamedTuple):
    """What a table shows of the first side and of the second."""

    first: PageReader
    second: PageReader

    @classmethod
    def of(cls, first: ReadsInto, second: ReadsInto) -> BothSides:
        """Return readers of two sides."""
        return cls(PageReader(first), PageReader(second))

    def read(self, address: int, size: int, delta: int = 0) -> tuple[bytes, bytes]:
        """Return the bytes of both at an address of the second side, `delta` more than the first's."""
        return self.first.read(address - delta, size), self.second.read(address, size)


@dataclass(frozen=True)
class _Group(Generic[RangeItem]):
    """Differences in one symbol's data, for one cause: the first one, its row, and the words of them all."""

    first: RangeItem
    row: RangeRow
    symbol: Symbol | None
    places: list[Range]


class SummedRows(Generic[RangeItem]):
    """Makes the rows of a table: of data one for each symbol, of everything else one for each range."""

    def __init__(
        self,
        row: NamedRow[RangeItem],
        is_data: Callable[[Area], bool],
        sides: BothSides,
        symbols: SymbolResolver | None,
        word_size: int,
    ) -> None:
        self._row, self._is_data, self._sides = row, is_data, sides
        self._symbols, self._word_size = symbols, word_size

    def rows(self, items: Iterable[RangeItem]) -> list[RangeRow]:
        """Return the rows in order of address."""
        others, groups = [], dict[Hashable, _Group[RangeItem]]()
        known: dict[Area, bool] = {}
        for item in items:
            if item.area not in known:
                known[item.area] = self._is_data(item.area)
            if item.has_words and known[item.area]:
                self._add(groups, item)
            else:
                others.append(self._row(item, symbol_at(self._symbols, item.start)))
        found = [row for group in groups.values() for row in self._rows_of(group)]
        return sorted([*others, *found], key=lambda row: row.found.start)

    def _add(self, groups: dict[Hashable, _Group[RangeItem]], item: RangeItem) -> None:
        size = self._word_size
        words = Range(align_down(item.start, size), min(TOP, align_up(item.end, size)))
        symbol = self._symbols.symbol_at(item.start) if self._symbols else None
        key = item.area, item.joined_by, item.moved_by, symbol.name if symbol else None
        group = groups.get(key)
        if group is None:
            group = groups[key] = _Group(item, self._row(item, None), symbol, [])
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
        before, after = self._sides.read(start, min(end - start, PREVIEWED + 1), group.first.moved_by)
        found = group.first._replace(start=start, end=end)
        size = end - start if len(places) == 1 else sum(place.size for place in places)
        like = group.row
        return RangeRow(found, like.area, symbol, like.change, like.cause, before, after, size)
