"""Captured memory as the content of a section."""

from __future__ import annotations

from dataclasses import dataclass

from .pages import Extents


@dataclass(frozen=True, eq=False)
class PagedContent:
    """Captured bytes that lie in a page store, from `skipped` on."""

    extents: Extents
    skipped: int = 0

    @property
    def kind(self) -> str:
        """Always `captured`."""
        return "captured"

    @property
    def path(self) -> None:
        """Captured bytes have no file."""
        return

    @property
    def offset(self) -> None:
        """Captured bytes have no file."""
        return

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

    def check(self) -> None:
        """Nothing can happen to them."""
