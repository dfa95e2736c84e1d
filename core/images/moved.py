"""Pointers that differ from run to run only because what they point to was loaded elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, Union

from ..arch import Arch
from .matching import Atlas

Bytes = Union[bytes, bytearray]
_ORDER: dict[str, Literal["little", "big"]] = {"little": "little", "big": "big"}


class MovedPointers:
    """Knows where pointers of two runs point to, and whether that is the same place."""

    def __init__(self, before: Atlas, after: Atlas, arch: Arch) -> None:
        self._before, self._after = before, after
        self.word_size, self._order = arch.word_size, _ORDER[arch.endian]

    def without(
        self,
        runs: Iterable[tuple[int, int]],
        before: bytes | bytearray,
        after: bytes | bytearray,
        address: int,
    ) -> Iterator[tuple[int, int]]:
        """Yield what is left of runs of differing bytes without words that point to the same place.

        `address` is that of the first byte; words are aligned.
        """
        for start, end in runs:
            position = start
            word = start - (address + start) % self.word_size
            while word < end:
                if self._is_same(before, after, word):
                    if position < word:
                        yield position, word
                    position = word + self.word_size
                word += self.word_size
            if position < end:
                yield position, end

    def _is_same(self, before: Bytes, after: Bytes, word: int) -> bool:
        if word < 0 or word + self.word_size > len(before):
            return False
        values = (int.from_bytes(data[word : word + self.word_size], self._order) for data in (before, after))
        was, now = (atlas.place(value) for atlas, value in zip((self._before, self._after), values))
        return was is not None and now is not None and was.is_same(now)
