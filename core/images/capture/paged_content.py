"""Captured memory as the content of a section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...store.extents import Extents
from ..model.section import ZEROS, Captured, Origin


@dataclass(frozen=True, eq=False)
class PagedContent(Captured):
    """Captured bytes that lie in a page store, from `skipped` on."""

    extents: Extents
    skipped: int = 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PagedContent):
            return NotImplemented
        return self.extents is other.extents and self.skipped == other.skipped

    def __hash__(self) -> int:
        return hash((id(self.extents), self.skipped))

    def read_into(self, skip: int, buffer: memoryview) -> None:
        """Copy the bytes; see Content."""
        self.extents.read_into(self.skipped + skip, buffer)

    def advance(self, count: int) -> PagedContent:
        """Begin further on in the same pages."""
        return PagedContent(self.extents, self.skipped + count)

    def origins(self, skip: int, size: int) -> Iterator[Origin]:
        """Each page lies in its arena, or nowhere if it is zero; see Content."""
        begin = self.skipped + skip
        for extent in self.extents.within(begin, begin + size):
            yield Origin(extent.size, extent.arena or ZEROS, extent.offset)
