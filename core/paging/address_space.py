"""An address space as registers describe it: ranges of addresses, each with a root and levels of tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from ..ranges import TOP
from .entries import TableLevel
from .rights import EVERYTHING


class PagedRegion(NamedTuple):
    """Addresses `start`..`end` that one tree of tables translates, from the table at `root` on.

    `keep` is what registers leave of all rights in it; the bits of `tag` in an address are ignored.
    """

    start: int
    end: int
    root: int
    level: TableLevel
    keep: int = EVERYTHING
    tag: int = 0

    @property
    def first_offset(self) -> int:
        """Where the region begins in what the whole first table maps."""
        return self.start & (self.level.span - 1)

    def untagged(self, address: int) -> int:
        """Return the address with the region's own bits for its tag."""
        return address & ~self.tag | self.start & self.tag


@dataclass(frozen=True)
class AddressSpace:
    """Page tables and all that registers say of them.

    `rule` and `memory_types` make values of joined bits, see `RightsDecoder`. `knows_dirty` is whether the
    processor marks written pages. `left_out` says, in sentences, which addresses aren't translated here
    though the registers may mean to.
    """

    name: str
    regions: tuple[PagedRegion, ...]
    rule: Callable[[int], int]
    memory_types: tuple[str, ...]
    knows_dirty: bool = True
    left_out: tuple[str, ...] = ()

    def region_of(self, address: int) -> PagedRegion | None:
        """Return the region that translates an address; None: it isn't canonical, or nothing does."""
        for region in self.regions:
            if region.start <= region.untagged(address) < region.end:
                return region
        return None


def halves(root: int, level: TableLevel) -> tuple[PagedRegion, PagedRegion]:
    """Return the two regions of a first table whose addresses are sign-extended; others aren't canonical."""
    half = level.span // 2
    return PagedRegion(0, half, root, level), PagedRegion(TOP - half, TOP, root, level)
