"""The release of pages that no record refers to any more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..pool import Pool
from ..pool.region import page_ranges
from .blobs import pages_mask
from .layout import BLOB, PAGE, BlobRun

# Blobs by address, and a bit for each of their pages.
Masks = dict[int, int]
ALL_PAGES = (1 << BLOB // PAGE) - 1


def masks_of(runs: Iterable[BlobRun]) -> Masks:
    """Return the pages in which runs lie."""
    masks: Masks = defaultdict(int)
    for size, blob, offset in runs:
        if blob:
            masks[blob] |= pages_mask(offset, size)
    return dict(masks)


def join(masks: Masks, others: Mapping[int, int]) -> None:
    """Add the pages of `others` to `masks`."""
    for blob, mask in others.items():
        masks[blob] = masks.get(blob, 0) | mask


def sweep(pool: Pool, blobs: list[int], unwanted: Mapping[int, int], used: Mapping[int, int]) -> Masks:
    """Free the unwanted pages that aren't used; return them.

    A blob without any page in use is freed and removed from `blobs`. In other blobs the pages become zeros,
    which a pool doesn't store. Raises `PoolError` if that fails, with part of it done and nothing committed.
    """
    known, freed = frozenset(blobs), {}
    for address, mask in unwanted.items():
        if address not in known:
            continue
        kept = used.get(address, 0)
        if not kept:
            pool.free(address)
            freed[address] = ALL_PAGES
        elif mask & ~kept:
            freed[address] = mask & ~kept
            _blank(pool, address, mask & ~kept)
    blobs[:] = [address for address in blobs if freed.get(address) != ALL_PAGES]
    return freed


def _blank(pool: Pool, address: int, mask: int) -> None:
    for first, end in page_ranges(mask):
        pool.write_from(address, memoryview(bytes((end - first) * PAGE)), first * PAGE)
