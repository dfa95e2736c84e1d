"""Words that differ from run to run only because memory was placed and guarded differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Union

from ...arch import Arch
from ...byte_order import LITTLE
from ...elf.auxv import AT_RANDOM
from ...walk.reading import ReadsInto, read_up_to
from .execution import RANDOM_SIZE, Execution
from .matching import Atlas

Bytes = Union[bytes, bytearray]


class Guards(NamedTuple):
    """The random numbers by which a run guards its frames and its pointers to functions.

    glibc takes both from the random bytes that the kernel passes (sysdeps/unix/sysv/linux/dl-osinfo.h):
    the stack's guard has a zero byte where strings would end, and pointers are combined with the other
    by xor and, on x86, turned left by twice the size of a word and one (PTR_MANGLE).
    """

    stack: int
    pointer: int

    @classmethod
    def of(cls, execution: Execution, reader: ReadsInto, arch: Arch) -> Guards | None:
        """Read them where the auxiliary vector says; None where that isn't known or can't be read."""
        address, size = execution.auxv.get(AT_RANDOM), arch.word_size
        content = b"" if address is None else read_up_to(reader, address, RANDOM_SIZE)
        if len(content) < RANDOM_SIZE:
            return None
        stack, pointer = (int.from_bytes(content[at : at + size], arch.endian) for at in (0, size))
        zero = 0xFF if arch.endian == LITTLE else 0xFF << 8 * (size - 1)
        return cls(stack & ~zero, pointer)


class RunSide(NamedTuple):
    """One side: where its addresses lie, and its guards where they are known."""

    atlas: Atlas
    guards: Guards | None = None


class MovedWords:
    """Recognises words of two runs that mean the same, by where they point to; counts them in `found`.

    Tags and signatures of pointers don't count: most of them are random in each run.
    """

    def __init__(self, before: RunSide, after: RunSide, arch: Arch) -> None:
        self._before, self._after = before, after
        self.word_size, self._order, self._untagged = arch.word_size, arch.endian, arch.untagged
        self.found = 0

    def without(
        self,
        runs: Iterable[tuple[int, int]],
        before: bytes | bytearray,
        after: bytes | bytearray,
        address: int,
    ) -> Iterator[tuple[int, int]]:
        """Yield the runs of differing bytes without the words that mean the same.

        `address` is that of the first byte; words are aligned. Runs come in order.
        """
        last = -1
        for start, end in runs:
            position = start
            word = start - (address + start) % self.word_size
            while word < end:
                if word == last or self._is_same(before, after, word):
                    self.found += word != last
                    last = word
                    if position < word:
                        yield position, word
                    position = word + self.word_size
                word += self.word_size
            if position < end:
                yield position, end

    def _is_same(self, before: Bytes, after: Bytes, word: int) -> bool:
        if word < 0 or word + self.word_size > len(before):
            return False
        was, now = (
            int.from_bytes(data[word : word + self.word_size], self._order) for data in (before, after)
        )
        return self._point_alike(was, now) or self._are_guarded_alike(was, now)

    def _point_alike(self, was: int, now: int) -> bool:
        here, there = (
            side.atlas.place(self._untagged(word)) for side, word in ((self._before, was), (self._after, now))
        )
        return here is not None and there is not None and here.is_same(there)

    def _are_guarded_alike(self, was: int, now: int) -> bool:
        mine, other = self._before.guards, self._after.guards
        if mine is None or other is None:
            return False
        if (was, now) in ((mine.stack, other.stack), (mine.pointer, other.pointer)):
            return True
        for bits in (2 * self.word_size + 1, 0):
            before, after = self._turned(was, bits) ^ mine.pointer, self._turned(now, bits) ^ other.pointer
            if before == after or self._point_alike(before, after):
                return True
        return False

    def _turned(self, value: int, bits: int) -> int:
        """Return a word rotated right."""
        size = 8 * self.word_size
        return (value >> bits | value << (size - bits)) & ((1 << size) - 1)
