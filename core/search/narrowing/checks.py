"""Checks by which a hit of an earlier search is still one."""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress
from typing import NamedTuple, Protocol

from ..finders.haystack import Haystack
from ..finders.overlapping_regex import check_of
from ..finders.word_reader import with_values, word_reader
from ..hits.hits import Batch, merge
from ..hits.packed_ints import Packed, unpacked
from ..patterns.number_format import Number
from ..patterns.pattern import Pattern
from ..patterns.pattern_set import PatternSet
from ..patterns.shape import Reach, Shape

# How the present value must compare with the earlier one (new, old).
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "changed": operator.ne,
    "unchanged": operator.eq,
    "increased": operator.gt,
    "decreased": operator.lt,
}
# These compare bits: a NaN is unchanged if its bits are, and -0.0 isn't 0.0.
_OF_BITS = ("changed", "unchanged")


class View(NamedTuple):
    """Bytes that were read, and the addresses `start`..`end` of which they are readable."""

    haystack: Haystack
    start: int
    end: int


class HitCheck(Protocol):
    """Decides which of the earlier hits are hits now."""

    @property
    def reach(self) -> Reach:
        """How far around a hit it looks."""

    @property
    def least(self) -> int:
        """How many bytes of a hit it needs at least."""

    @property
    def alone(self) -> bool:
        """Whether a hit's own bytes decide, `reach.size` of them at most, and nothing around them."""

    @property
    def by_address(self) -> bool:
        """Whether hits of several patterns at one address are one to it."""

    def surviving(self, view: View, hits: Batch) -> Batch:
        """Return the hits that are hits now; all of them lie in the view, if not whole."""

    def in_zeros(self, hits: Batch) -> Batch:
        """Return the hits that are hits now where all that can be seen around them is zero."""


class PatternCheck:
    """Whether a pattern, or which of several, matches at the same address."""

    by_address = True

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._patterns = PatternSet(patterns)
        self.reach = Reach(self._patterns.lead, self._patterns.max_size)
        self.least = min(pattern.size or 1 for pattern in self._patterns)
        self.alone = self.reach.lead == 0 and all(pattern.size is not None for pattern in self._patterns)
        self._testers = [_tester(pattern.shape) for pattern in self._patterns]
        self._zero_sizes = [pattern.shape.zero_match() for pattern in self._patterns]

    def surviving(self, view: View, hits: Batch) -> Batch:
        """Return the matches; see HitCheck."""
        return joined([test(view, hits.addresses, number) for number, test in enumerate(self._testers)])

    def in_zeros(self, hits: Batch) -> Batch:
        """Return the matches; see HitCheck."""
        sizes = ((number, size) for number, size in enumerate(self._zero_sizes) if size is not None)
        return joined([Batch(hits.addresses, size, number, 0) for number, size in sizes])


class ComparisonCheck:
    """Whether the value compares as wanted with the one seen earlier; the type is the same."""

    alone = True
    by_address = False

    def __init__(self, comparison: str, numbers: Sequence[Number]) -> None:
        self._holds, self._of_bits = COMPARISONS[comparison], comparison in _OF_BITS
        self._numbers = tuple(numbers)
        self._readers = [word_reader(number.size, number.endian) for number in numbers]
        self.reach = Reach(0, max(number.size for number in numbers))
        self.least = min(number.size for number in numbers)

    def surviving(self, view: View, hits: Batch) -> Batch:
        """Return the hits whose value compares so; see HitCheck."""
        return joined([self._of_one(view, part) for part in _by_pattern(hits)])

    def in_zeros(self, hits: Batch) -> Batch:
        """Return the hits whose value compares so with zero; see HitCheck."""
        return joined([self._compared(part, 0) for part in _by_pattern(hits)])

    def _of_one(self, view: View, hits: Batch) -> Batch:
        """Read and compare the hits of one pattern."""
        number = _number_in(hits)
        whole = hits.part(0, _fitting(hits.addresses, view.end - self._numbers[number].size))
        words = self._readers[number](view.haystack, whole.addresses)
        return self._compared(whole, words)

    def _compared(self, hits: Batch, words: Packed) -> Batch:
        """Return the hits whose words compare so, and these words with them."""
        assert hits.values is not None
        number, count = self._numbers[_number_in(hits)], len(hits.addresses)
        if isinstance(hits.values, int) and isinstance(words, int):
            new, old = self._values(number, [words]), self._values(number, [hits.values])
            count = count if self._holds(new[0], old[0]) else 0
            return Batch(hits.addresses[:count], number.size, hits.patterns, words)
        now, then = unpacked(words, count), unpacked(hits.values, count)
        chosen = list(map(self._holds, self._values(number, now), self._values(number, then)))
        return Batch(
            list(compress(hits.addresses, chosen)),
            number.size,
            _number_in(hits),
            list(compress(now, chosen)),
        )

    def _values(self, number: Number, words: Sequence[int]) -> Sequence[float]:
        return words if self._of_bits else number.values(words)


# Returns the matches at these addresses of a view, as those of the pattern of this number.
_Tester = Callable[[View, Sequence[int], int], Batch]


def _tester(shape: Shape) -> _Tester:
    if shape.size is None:
        return lambda view, addresses, number: _expressions(shape, view, addresses, number)
    if shape.words is not None:
        return _words_tester(shape)
    size, literal, check = shape.size, shape.literal, check_of(shape)

    def test(view: View, addresses: Sequence[int], number: int) -> Batch:
        data, origin = view.haystack.data, view.haystack.origin
        whole = addresses[: _fitting(addresses, view.end - size)]
        if literal is not None:
            found = [a for a in whole if data[a - origin : a - origin + size] == literal]
        else:
            found = [a for a in whole if check(data, a - origin)]
        batch = Batch(found, size, number)
        return batch if shape.word is None else with_values(batch, shape.word, view.haystack)

    return test


def _words_tester(shape: Shape) -> _Tester:
    words = shape.words
    assert words is not None
    read = word_reader(words.size, words.endian)
    ((low, high), *more) = words.ranges

    def test(view: View, addresses: Sequence[int], number: int) -> Batch:
        whole = addresses[: _fitting(addresses, view.end - words.size)]
        values = read(view.haystack, whole)
        chosen = [value in words for value in values] if more else [low <= value <= high for value in values]
        return Batch(list(compress(whole, chosen)), words.size, number, list(compress(values, chosen)))

    return test


def _expressions(shape: Shape, view: View, addresses: Sequence[int], number: int) -> Batch:
    """Try an expression at each address; it sees what is readable around it, no further."""
    found, sizes = [], []
    origin = view.haystack.origin
    with memoryview(view.haystack.data) as data, data[view.start - origin : view.end - origin] as visible:
        for address in addresses:
            size = shape.match(visible, address - view.start, len(visible))
            if size is not None:
                found.append(address)
                sizes.append(size)
    return Batch(found, sizes, number)


def _by_pattern(hits: Batch) -> Iterator[Batch]:
    """Yield the hits of each pattern by themselves."""
    patterns = hits.patterns
    if isinstance(patterns, int):
        yield hits
        return
    for number in sorted(set(patterns)):
        yield hits.picked([pattern == number for pattern in patterns])._replace(patterns=number)


def _number_in(hits: Batch) -> int:
    assert isinstance(hits.patterns, int)
    return hits.patterns


def _fitting(addresses: Sequence[int], last: int) -> int:
    """Return how many of the addresses, which are in order, are at most `last`."""
    return bisect_right(addresses, last)


def joined(batches: list[Batch]) -> Batch:
    """Return the hits of several batches as one."""
    found = [batch for batch in batches if len(batch.addresses)]
    if len(found) > 1:
        return merge(found)
    return found[0] if found else Batch((), 0)
