"""Checks hits that lie far apart: only their own bytes are read, of hundreds of hits at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from ...ports.memory import AbsentRanges, MemoryReader, ScatteredReader, UntouchedPages
from ...ranges import TOP, Range
from ..finders.haystack import Haystack
from ..hits.hits import Batch
from .checks import HitCheck, View


class ScatteredSizes(NamedTuple):
    """When hits are read by themselves, as measured (`benchmarks/run.py narrow`).

    That is for `fewest` to `most` hits with more than `far_apart` bytes for each on average: then reading all
    that lies between takes longer. At most `largest` bytes are read of each, and at most `at_once` hits at
    a time, for which an interrupt waits.
    """

    far_apart: int = 1 << 13
    fewest: int = 8
    most: int = 1 << 16
    largest: int = 64
    at_once: int = 512


class Scattered:
    """Reads what hits need by themselves, for a check that needs nothing around them."""

    def __init__(
        self,
        reader: ScatteredReader,
        check: HitCheck,
        page_size: int,
        untouched: UntouchedPages | None,
        absent: AbsentRanges | None,
        sizes: ScatteredSizes,
    ) -> None:
        self._reader, self._check, self._size = reader, check, check.reach.size
        self._sizes = sizes
        self._page_size, self._untouched, self._absent = page_size, untouched, absent

    @classmethod
    def of(
        cls,
        memory: MemoryReader,
        check: HitCheck,
        page_size: int,
        untouched: UntouchedPages | None,
        absent: AbsentRanges | None,
        sizes: ScatteredSizes,
    ) -> Scattered | None:
        """Return a reader of this kind, or None if the memory or the check doesn't allow it."""
        if not check.alone or check.reach.size > sizes.largest or not isinstance(memory, ScatteredReader):
            return None
        return cls(memory, check, page_size, untouched, absent, sizes)

    def suits(self, hits: Batch) -> bool:
        """Return whether the hits are so far apart that this is faster."""
        count, addresses, sizes = len(hits.addresses), hits.addresses, self._sizes
        is_worth_it = sizes.fewest <= count <= sizes.most
        return is_worth_it and addresses[-1] - addresses[0] > count * sizes.far_apart

    def skipped(self, hits: Batch) -> list[Range]:
        """Return, in order, the ranges among the hits that must not or can't be read."""
        end = min(TOP, hits.addresses[-1] + self._size)
        whole = Range(hits.addresses[0], end).widened(self._page_size)
        untouched = self._untouched.untouched(*whole) if self._untouched else ()
        return sorted([*untouched, *(self._absent.absent(*whole) if self._absent else ())])

    def runs(self, hits: Batch, skipped: Sequence[Range], end: int) -> list[tuple[int, bool]]:
        """Return where each run of hits ends, and whether it can be read; those at one address stay together.

        A hit with any byte skipped, or at or past `end`, is not read. Of hits of 4 bytes, with 0x20..0x28
        skipped, `(1, True)` says that hits up to number 1 (not included) can be read:

            addresses   0x10   0x20 0x24   0x30 0x38      number 0, 1, 2, 3, 4
            runs        read   not read    read           [(1, True), (3, False), (5, True)]

        A run has at most `at_once` hits, unless more are at one address.
        """
        ends, size, addresses = [part.end for part in skipped], self._size, hits.addresses
        at_once = self._sizes.at_once
        runs: list[tuple[int, bool]] = []
        for number, address in enumerate(addresses, 1):
            index = bisect_right(ends, address)
            free = address + size <= end and (index == len(skipped) or skipped[index].start >= address + size)
            last = runs[-1] if runs else (0, not free)
            first = runs[-2][0] if len(runs) > 1 else 0
            together = number > 1 and address == addresses[number - 2]
            if last[1] == free and (number - first <= at_once or together):
                runs[-1] = (number, free)
            else:
                runs.append((number, free))
        return runs

    def look(self, hits: Batch) -> tuple[Batch, int]:
        """Return which of the hits are hits now, and how many of them could be checked."""
        addresses, size = hits.addresses, self._size
        room = bytearray(len(addresses) * size)
        done = self._reader.read_each(addresses, size, memoryview(room))
        # The copies are treated as if they lay one after the other from address 0 on.
        near = hits.part(0, done)._replace(addresses=range(0, done * size, size))
        found = (
            self._check.surviving(View(Haystack(bytes(room), 0, 0), 0, done * size), near) if done else near
        )
        return found._replace(addresses=[addresses[place // size] for place in found.addresses]), done
