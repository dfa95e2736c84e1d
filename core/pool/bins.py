"""Free chunks by length: the shortest that is long enough is found without visiting the others.

A bin for each multiple of 8 bytes below 1 KiB, and 32 for each doubling above. A chunk is identified by
its key: the unit of its region, and its offset there in units of 8 bytes.
"""

from __future__ import annotations

from itertools import islice

from .layout import UNIT, UNIT_BITS

KEY_BITS = UNIT_BITS - 3
_EXACT = 128
_TRIES = 8
NOTHING = (-1, 0)


def bin_of(length: int) -> int:
    """Return the number of the bin for free chunks of `length` bytes."""
    grains = length >> 3
    if grains < _EXACT:
        return grains
    width = grains.bit_length()
    return _EXACT + ((width - 8) << 5) + ((grains >> (width - 6)) & 31)


class Bins:
    """All free chunks of the regions whose tables are loaded."""

    def __init__(self) -> None:
        self._bins: list[dict[int, int]] = [{} for _ in range(bin_of(UNIT) + 1)]
        self._filled = 0

    def add(self, key: int, length: int) -> None:
        """Add a chunk that has become free."""
        number = bin_of(length)
        self._bins[number][key] = length
        self._filled |= 1 << number

    def remove(self, key: int, length: int) -> None:
        """Remove a chunk that was allocated, or joined with another free one."""
        number = bin_of(length)
        chunks = self._bins[number]
        del chunks[key]
        if not chunks:
            self._filled &= ~(1 << number)

    def all(self) -> dict[int, int]:
        """Return the length of each chunk, by key."""
        return {key: length for chunks in self._bins for key, length in chunks.items()}

    def take(self, need: int) -> tuple[int, int]:
        """Remove a chunk of at least `need` bytes; return its key and length, else `NOTHING`."""
        number = bin_of(need)
        if number >= _EXACT and self._filled >> number & 1:
            # Only in these bins do chunks differ in length; the `_TRIES` last freed ones are tried.
            for key, length in islice(reversed(self._bins[number].items()), _TRIES):
                if length >= need:
                    self.remove(key, length)
                    return key, length
            number += 1
        filled = self._filled >> number
        if not filled:
            return NOTHING
        number += (filled & -filled).bit_length() - 1
        chunks = self._bins[number]
        found = chunks.popitem()
        if not chunks:
            self._filled &= ~(1 << number)
        return found
