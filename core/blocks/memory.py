"""Memory as words: what the walks along an allocator's structures read, without touching anything."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence

from ..arch import Arch
from ..ports.memory import MemoryReader
from ..walk.reading import read_up_to
from ..watch import UNWATCHED, Watch

# Bytes read at once where blocks are small; where most of a window is skipped, the next is smaller.
_LARGEST_WINDOW, _SMALLEST_WINDOW = 4 << 20, 1 << 12


def native_words(content: bytearray | bytes, arch: Arch) -> Sequence[int]:
    """Return the content as unsigned words, without the rest of one."""
    size = arch.word_size
    whole = memoryview(content)[: len(content) // size * size]
    if arch.endian == sys.byteorder:
        return whole.cast("Q") if size == 8 else whole.cast("I")
    words = array("Q" if size == 8 else "I", bytes(whole))
    words.byteswap()
    return words


class WordReader:
    """Reads words of an inferior's memory, which stays as it is."""

    def __init__(self, reader: MemoryReader, arch: Arch, watch: Watch = UNWATCHED) -> None:
        self.arch, self.watch = arch, watch
        self._reader = reader

    def words(self, address: int, count: int) -> Sequence[int]:
        """Return at most `count` words from the address on, up to the first that can't be read."""
        return native_words(read_up_to(self._reader, address, count * self.arch.word_size), self.arch)

    def word(self, address: int) -> int | None:
        """Return the word there, or None if it can't be read."""
        found = self.words(address, 1)
        return found[0] if len(found) else None


class Windows:
    """Reads a range window by window, each from where the walk is: what it skips is never read."""

    def __init__(self, reader: WordReader, end: int) -> None:
        self._reader, self._end = reader, end
        self._size = _SMALLEST_WINDOW

    def at(self, address: int) -> Sequence[int]:
        """Return the words from the address on, up to where memory can be read or the range ends."""
        self._reader.watch.check()
        size = min(self._size, self._end - address)
        return self._reader.words(address, size // self._reader.arch.word_size)

    def used(self, part: int, whole: int) -> None:
        """Take note of how many words of the last window the walk went over; more of them is read next."""
        if part * 2 > whole:
            self._size = min(self._size * 8, _LARGEST_WINDOW)
        else:
            self._size = max(self._size // 8, _SMALLEST_WINDOW)
