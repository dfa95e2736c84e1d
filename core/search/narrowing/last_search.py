"""A finished search, kept for the next one: its patterns, its hits, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...arch import Arch
from ..engine.search import Stopped
from ..hits.hit_list import HitList
from ..patterns.number_format import Number
from ..patterns.pattern import Pattern


@dataclass(frozen=True)
class LastSearch:
    """A search that has ended.

    `patterns` are empty if it was for rules. `arch` is what they were read for: another byte order than the
    target's, perhaps. One that was stopped among the hits of an earlier search keeps that one as `among`, for
    it may go on.
    """

    patterns: tuple[Pattern, ...]
    arch: Arch
    hits: HitList
    stopped: Stopped | None = None
    among: LastSearch | None = None

    @cached_property
    def numbers(self) -> tuple[Number | None, ...]:
        """What the values of each pattern's hits are; None for a pattern that is no number."""
        return tuple(Number.of(pattern, self.arch) for pattern in self.patterns)

    def seen(self, address: int, pattern: int | None = None) -> bytes | None:
        """Return the bytes of the value that was seen at a hit, or None where none was kept.

        Without the number of a `pattern`, of the first hit at the address.
        """
        for index in range(self.hits.first_from(address), len(self.hits)):
            hit = self.hits[index]
            if hit.address != address:
                return None
            if pattern is None or hit.pattern == pattern:
                return self._value_bytes(index, hit.pattern)
        return None

    def _value_bytes(self, index: int, pattern: int) -> bytes | None:
        value = self.hits.value(index)
        if value is None:
            return None
        number = self.numbers[pattern]
        return None if number is None else number.content(value)
