"""Answers which virtual addresses a physical one has: the page tables the other way round."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..intervals import IntervalStore
from .paged_areas import PagedExtent


class _PhysicalInterval(NamedTuple):
    start: int
    end: int
    extent: PagedExtent


class PhysicalIndex:
    """Extents by physical address; several may map one."""

    def __init__(self, extents: Iterable[PagedExtent]) -> None:
        self._store = IntervalStore(
            _PhysicalInterval(one.physical, one.physical + one.end - one.start, one) for one in extents
        )

    def virtual_addresses(self, physical: int) -> tuple[int, ...]:
        """Return all virtual addresses of a physical one, lowest first."""
        overlaps = self._store.overlaps(physical, physical + 1)
        return tuple(sorted(one.extent.virtual(physical) for one in overlaps))
