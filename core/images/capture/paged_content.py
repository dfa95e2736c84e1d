"""Captured memory as the content of a section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...segments.joined import JoinedContent
from ..model.section import Captured, Origin


@dataclass(frozen=True, eq=False)
class PagedContent(Captured):
    """Captured bytes whose pages lie in a page store, or in a store."""

    pages: JoinedContent

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy the bytes; see Content."""
        return self.pages.read_at(offset, buffer)

    def origins(self, offset: int, size: int) -> Iterator[Origin]:
        """Each page lies in its arena, or is zeros; see SectionContent."""
        for piece in self.pages.within(offset, offset + size):
            yield Origin(piece.size, piece.content, piece.offset)
