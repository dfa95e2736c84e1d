"""Hits, and batches of them that cost next to nothing each."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import compress, repeat
from typing import NamedTuple


class Hit(NamedTuple):
    """A match: its first address, its size in bytes, and which of the patterns it is of."""

    address: int
    size: int
    pattern: int = 0

    def __repr__(self) -> str:
        return f"Hit({self.address:#x}, size={self.size}, pattern={self.pattern})"


# A list, an array, or, for matches all over a run of zeros, a range.
Addresses = Sequence[int]

# Above this many, addresses are kept in 8 bytes each rather than as objects.
_MANY = 10_000

_make_hit = partial(tuple.__new__, Hit)


class Batch(NamedTuple):
    """Hits in order of address, then of pattern: sizes and patterns are one for all or one for each.

    So are `values`, where they are known: the words that were found there, unsigned.
    """

    addresses: Addresses
    sizes: int | Sequence[int]
    patterns: int | Sequence[int] = 0
    values: int | Sequence[int] | None = None

    def hits(self) -> Iterator[Hit]:
        """Yield the hits."""
        return map(_make_hit, zip(self.addresses, _each(self.sizes), _each(self.patterns)))

    def head(self, count: int) -> Batch:
        """Return the first `count` hits, and those after them that are at the same address."""
        if count >= len(self.addresses):
            return self
        if not isinstance(self.patterns, int):
            count = bisect_right(self.addresses, self.addresses[count - 1])
        return self.part(0, count)

    def parts(self, count: int) -> Iterator[Batch]:
        """Yield the hits in batches of at most `count`."""
        total = len(self.addresses)
        if total <= count:
            yield self
            return
        for low in range(0, total, count):
            yield self.part(low, low + count)

    def part(self, low: int, high: int) -> Batch:
        """Return the hits number `low` to `high`, `high` not included."""
        part = slice(low, high)
        values = None if self.values is None else _sliced(self.values, part)
        return Batch(self.addresses[part], _sliced(self.sizes, part), _sliced(self.patterns, part), values)

    def picked(self, chosen: Sequence[bool]) -> Batch:
        """Return the hits for which `chosen` is true."""

        def of(values: int | Sequence[int]) -> int | Sequence[int]:
            return values if isinstance(values, int) else list(compress(values, chosen))

        values = None if self.values is None else of(self.values)
        return Batch(list(compress(self.addresses, chosen)), of(self.sizes), of(self.patterns), values)

    def compact(self) -> Batch:
        """Return the same hits in less memory if they are many."""
        if len(self.addresses) < _MANY or isinstance(self.addresses, (range, array)):
            return self
        values = None if self.values is None else _packed(self.values)
        return Batch(array("Q", self.addresses), _packed(self.sizes), _packed(self.patterns), values)


def merge(batches: Iterable[Batch]) -> Batch:
    """Return the hits of several batches as one; their values are known if any batch's are, else 0."""
    parts = list(batches)
    known = any(batch.values is not None for batch in parts)
    hits = sorted(hit for batch in parts for hit in zip(*_ordered(batch, known)))
    addresses, patterns, sizes, *values = ([hit[n] for hit in hits] for n in range(3 + known))
    return Batch(addresses, sizes, patterns, values[0] if known else None)


def _ordered(batch: Batch, with_values: bool) -> list[Iterable[int]]:
    """Return the fields of a batch in the order by which hits are sorted."""
    fields = [batch.addresses, _each(batch.patterns), _each(batch.sizes)]
    return [*fields, _each(batch.values or 0)] if with_values else fields


def _each(values: int | Sequence[int]) -> Iterable[int]:
    return repeat(values) if isinstance(values, int) else values


def _sliced(values: int | Sequence[int], part: slice) -> int | Sequence[int]:
    return values if isinstance(values, int) else values[part]


def _packed(values: int | Sequence[int]) -> int | Sequence[int]:
    return values if isinstance(values, int) else array("Q", values)
