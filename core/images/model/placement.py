"""Where sections lie: a section added later covers earlier ones, in each address space."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from ...ranges import Range
from ...segments.tree import SegmentTree
from .asid import Asid
from .section import Section


class PlacedSections:
    """A segment tree of many address spaces: sections whose asids match never overlap.

    Several threads may use it.
    """

    def __init__(self) -> None:
        self._tree: SegmentTree[Section] = SegmentTree()
        self._serial = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._tree)

    def all(self) -> tuple[Section, ...]:
        """Return the sections in address order."""
        with self._lock:
            return tuple(self._tree)

    @property
    def generation(self) -> int:
        """How often the sections changed."""
        return self._tree.generation

    def add(self, section: Section) -> None:
        """Place a section over older ones whose asid matches; see `segments.tree` for what is left of them.

        The same section in the same place again changes nothing. Raise InvalidArgument for a place that isn't
        in the 64-bit address space.
        """
        with self._lock:
            older = list(self._matching(section.start, section.end, section.asid))
            if older != [section]:
                self._tree.lay(replace(section, serial=self._serial + 1), older)
                self._serial += 1

    def add_all(self, sections: Sequence[Section]) -> None:
        """Place sections one after the other; at once where there are none and each is behind the last."""
        with self._lock:
            if not len(self._tree) and all(map(_are_apart, sections, islice(sections, 1, None))):
                self._tree.lay_apart(sections)
                return
            for section in sections:
                self.add(section)

    def remove(self, is_meant: Callable[[Section], bool]) -> int:
        """Remove sections; return how many."""
        with self._lock:
            removed = [each for each in self._tree if is_meant(each)]
            for section in removed:
                self._tree.remove(section)
        return len(removed)

    def drop(self, section: Section) -> bool:
        """Remove one section; return whether it was still there."""
        with self._lock:
            return self._tree.remove(section)

    def at(self, address: int, asid: Asid) -> Section | None:
        """Return the section that answers at the address: of several whose asid matches, the newest."""
        with self._lock:
            candidates = self._matching(address, address + 1, asid)
            return max(candidates, key=lambda section: section.serial, default=None)

    def first(self, start: int, end: int, asid: Asid) -> Section | None:
        """Return the first section in a range, or None."""
        with self._lock:
            return next(self._matching(start, end, asid), None)

    def piece(self, address: int, size: int, asid: Asid) -> tuple[Section, int] | None:
        """Return the section that answers at the address, and for how many of the bytes."""
        with self._lock:
            section = self.at(address, asid)
            if section is None:
                return None
            end = min(address + size, section.end)
            if not asid.is_specific:
                rivals = self._matching(address, end, asid)
                end = min((each.start for each in rivals if each.serial > section.serial), default=end)
            return section, end - address

    def visible(self, start: int, end: int, asid: Asid) -> Iterator[tuple[Range, Section]]:
        """Yield, in order, each part of a range that a section answers for, and the section."""
        with self._lock:
            found = list(self._matching(start, end, asid)) if start < end else []
        if len(found) < 2 or all(map(_are_apart, found, islice(found, 1, None))):
            for section in found:
                yield Range(max(start, section.start), min(end, section.end)), section
        else:
            yield from self._answering(start, end, asid)

    def _answering(self, start: int, end: int, asid: Asid) -> Iterator[tuple[Range, Section]]:
        """Yield as `visible` does where sections of several address spaces answer."""
        while start < end:
            with self._lock:
                section = self.at(start, asid) or self.first(start, end, asid)
                if section is None:
                    return
                start = max(start, section.start)
                # Of sections with one start, the right one is that which answers there.
                found = self.piece(start, end - start, asid)
            assert found is not None, "a section answers where one begins"
            section, size = found
            yield Range(start, start + size), section
            start += size

    def _matching(self, start: int, end: int, asid: Asid) -> Iterator[Section]:
        return (each for each in self._tree.overlaps(start, end) if each.asid.matches(asid))


def _are_apart(section: Section, following: Section) -> bool:
    return section.end <= following.start
