"""What words are looked for that point to: a block, an object by its symbol, a range, or an address alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..blocks.block import HeapBlock
from ..maps.area import Area
from ..ports.program import Symbol
from ..ranges import Range
from .holder import block_in_words
from .holders import Holders

_SymbolAt = Callable[[int], "Symbol | None"]


class Pointed(NamedTuple):
    """What words may point into: `start` to `end`; `address` is what the user gave, None for a range.

    `what` says it in words.
    """

    address: int | None
    start: int
    end: int
    what: str
    block: HeapBlock | None = None

    @property
    def range(self) -> Range:
        """The addresses alone."""
        return Range(self.start, self.end)


def pointed_range(given: Range) -> Pointed:
    """Return a range as it is."""
    return Pointed(None, given.start, given.end, f"the range {given.start:#x}..{given.end:#x}")


def pointed_at(address: int, area: Area | None, holders: Holders) -> Pointed:
    """Return what lies at an address: its block, the object of its symbol, or else that address alone.

    An object goes on up to the next symbol: how large it is, nobody says.
    """
    block = holders.block_at(address)
    if block is not None:
        return Pointed(address, block.start, block.end, block_in_words(block), block)
    symbol = holders.symbol_at(address, area)
    if symbol is not None and area is not None and symbol.offset <= address - area.start:
        start = address - symbol.offset
        end = _end_of_symbol(start, address, area.end, lambda at: holders.symbol_at(at, area))
        return Pointed(address, start, end, f"{symbol.name}, up to the next symbol")
    return Pointed(address, address, address + 1, f"{address:#x} alone, of which no block or symbol is known")


def _end_of_symbol(start: int, address: int, limit: int, symbol_at: _SymbolAt) -> int:
    """Return where the symbol's object ends: where the next symbol begins, at most `limit`."""

    def is_inside(at: int) -> bool:
        symbol = symbol_at(at)
        return symbol is not None and at - symbol.offset == start

    good, step = address, 1
    while good + step < limit and is_inside(good + step):
        good, step = good + step, 2 * step
    bad = min(good + step, limit)
    while bad - good > 1:
        middle = (good + bad) // 2
        if is_inside(middle):
            good = middle
        else:
            bad = middle
    return bad
