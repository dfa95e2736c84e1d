"""The 64-bit words of a large block, read when accessed and written back at the end."""

from __future__ import annotations

import sys
from array import array

from ..pool import Pool

_BITS = 13
_PART = 1 << _BITS  # words that are read at a time: 64 KiB
_MASK = _PART - 1


class Words:
    """`count` little-endian words of the block at an address.

    They are read with pread(2), so that a file cut meanwhile is an error and not a signal.
    Indexing raises `PoolCorrupt` if the words are damaged, `PoolError` if they can't be read.
    """

    def __init__(self, pool: Pool, address: int, count: int) -> None:
        self.address = address
        self.count = count
        self._pool = pool
        self._parts: dict[int, array[int]] = {}
        self._changed: set[int] = set()

    def __getitem__(self, at: int) -> int:
        part = self._parts.get(at >> _BITS)
        if part is None:
            part = self._load(at >> _BITS)
        return part[at & _MASK]

    def __setitem__(self, at: int, word: int) -> None:
        number = at >> _BITS
        (self._parts.get(number) or self._load(number))[at & _MASK] = word
        self._changed.add(number)

    def all(self) -> array[int]:
        """Return all words; those not in memory yet are read but not kept."""
        words: array[int] = array("Q")
        for number in range(-(-self.count // _PART)):
            words += self._parts.get(number) or self._read(number)
        return words

    def write(self) -> None:
        """Write changed words to the pool, for its next commit.

        Raises `PoolError` if the pool can't be written, `PoolCorrupt` if the rest of a page is damaged.
        """
        for number in sorted(self._changed):
            with memoryview(_swapped(self._parts[number])) as view, view.cast("B") as raw:
                self._pool.write_from(self.address, raw, number * _PART * 8)
        self._changed.clear()

    def _load(self, number: int) -> array[int]:
        part = self._parts[number] = self._read(number)
        return part

    def _read(self, number: int) -> array[int]:
        part = array("Q", bytes(8 * min(_PART, self.count - number * _PART)))
        with memoryview(part) as view, view.cast("B") as raw:
            self._pool.read_into(self.address, raw, number * _PART * 8)
        return _swapped(part)


def _swapped(words: array[int]) -> array[int]:
    """Return words of the machine as those of the file, or the other way round."""
    if sys.byteorder == "big":
        words = words[:]
        words.byteswap()
    return words
