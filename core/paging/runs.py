"""Runs of pages with equal bits, which are made of tables and joined on the way up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .entries import EntryMeaning
from .rights import UNREAD


class MappedRun(NamedTuple):
    """Pages side by side with equal bits, by offsets from the start of what a table maps.

    `sizes` are the sizes of its pages, or-ed; `accessed` and `dirty` are bytes. `physical` is where the first
    page lies if the pages lie side by side in physical memory too, or None where that isn't looked at. With
    the bit UNREAD alone it is no pages, but what tables that can't be read may map.
    """

    start: int
    end: int
    bits: int
    sizes: int = 0
    accessed: int = 0
    dirty: int = 0
    physical: int | None = None


class RunList:
    """Runs in order, of which neighbours differ.

    What lies from `end` on isn't known: all is, if it is the end of the table.
    """

    def __init__(self, end: int) -> None:
        self.runs: list[MappedRun] = []
        self.end = end

    def add(self, run: MappedRun) -> None:
        """Add a run behind all others, or join it to the last one."""
        last = self.runs[-1] if self.runs else None
        if last is None or last.end != run.start or last.bits != run.bits or not _goes_on(last, run):
            self.runs.append(run)
            return
        start, _, bits, sizes, accessed, dirty, physical = last
        self.runs[-1] = MappedRun(
            start, run.end, bits, sizes | run.sizes, accessed + run.accessed, dirty + run.dirty, physical
        )

    def add_below(self, runs: Iterable[MappedRun], meaning: EntryMeaning, offset: int) -> None:
        """Add what a table maps, from this offset on, as the entry that points to it lets it be."""
        keep, added, add = meaning.keep, meaning.bits, self.add
        for start, end, bits, sizes, accessed, dirty, physical in runs:
            left = bits if bits == UNREAD else bits & keep | added
            add(MappedRun(start + offset, end + offset, left, sizes, accessed, dirty, physical))


def _goes_on(last: MappedRun, run: MappedRun) -> bool:
    return last.physical is None or last.physical + last.end - last.start == run.physical
