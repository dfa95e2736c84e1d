"""Along the chunks of a region, one after the other: each says how far it is to the next.

Sources: malloc/malloc.c (malloc_chunk; sysmalloc, which ends a region that doesn't grow any more with chunks
that hold only a header: fenceposts).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...ranges import Range
from ...walk.pace import Pace
from ..block import FREE, TOP, USED, Problem
from ..memory import Windows, WordReader
from ..table import BlockTable
from .layout import FLAGS, IS_MMAPPED, PREV_INUSE, ChunkLayout

# A chunk's state by the lowest byte of the next one's size: whether that says that the one before is in use.
_STATES = bytes(USED if byte & PREV_INUSE else FREE for byte in range(256))
# Chunks in a row that prove that a walk has found chunks again.
_PROOF = 16


class ChunkRange(NamedTuple):
    """Addresses of one arena in which chunks lie side by side; `top` is its top chunk, if that lies here."""

    start: int
    end: int
    arena: int
    chunks: ChunkLayout
    top: int | None = None


class Stop(NamedTuple):
    """The chunk at which a walk stopped: the words there, as far as they can be read."""

    address: int
    words: tuple[int, ...]

    @property
    def size(self) -> int | None:
        """The size that the chunk has, if that can be read."""
        return self.words[1] & ~FLAGS if len(self.words) == 2 else None


class Hopper:
    """Hops from chunk to chunk up to the end of a part, and adds them to a table as blocks."""

    def __init__(
        self, reader: WordReader, part: ChunkRange, table: BlockTable, pace: Pace | None = None
    ) -> None:
        self._reader, self._part, self._table, self._pace = reader, part, table, pace
        word, chunks = part.chunks.word, part.chunks
        self._shift = word.bit_length() - 1
        # Bits that no chunk of an arena has in its size: of a smaller alignment, or mmapped.
        self._never = (chunks.alignment - 1) & ~FLAGS | IS_MMAPPED
        self._flags = bytearray()
        # The size of the chunk before the next one, None at the first.
        self.before: int | None = None
        # The chunks whose prev_size isn't the size of the free chunk before, with that size.
        self.unequal: list[tuple[int, int]] = []

    def run(self, at: int) -> Stop:
        """Hop on from a chunk, window by window; what isn't a chunk says nothing of the one before it."""
        windows, end, word = Windows(self._reader, self._part.end), self._part.end, self._part.chunks.word
        while True:
            words = windows.at(at) if at < end else ()
            if len(words) < 2:
                return self._stopped(Stop(at, tuple(words)))
            reached = self._hop(words, at)
            index = (reached - at) // word
            if index + 1 < len(words):
                return self._stopped(Stop(reached, tuple(words[index : index + 2])))
            windows.used(min(index, len(words)), len(words))
            if self._pace is not None:
                self._pace.done += reached - at
                self._pace.report(len(self._table.starts))
            at = reached

    def _hop(self, words: Sequence[int], base: int) -> int:
        """Hop over the chunks whose headers are in these words; return where the next one is, or no chunk."""
        chunks, never, shift = self._part.chunks, self._never, self._shift
        least, less = chunks.least, chunks.word
        room, last, first = self._part.end - base, (len(words) - 2) << shift, base + chunks.header
        top = -1 if self._part.top is None else self._part.top - base
        starts: list[int] = []
        sizes: list[int] = []
        add_start, add_size, add_flags = starts.append, sizes.append, self._flags.append
        at, before = 0, self.before
        while at <= last:
            index = at >> shift
            head = words[index + 1]
            size = head & ~FLAGS
            if head & never or size < least or size > room - at or at == top:
                break
            if not head & PREV_INUSE and words[index] != before and before is not None:
                self.unequal.append((base + at, before))
            add_start(first + at)
            add_size(size - less)
            add_flags(head & 0xFF)
            at += size
            before = size
        self.before = before
        self._table.starts.fromlist(starts)
        self._table.sizes.fromlist(sizes)
        return base + at

    def _stopped(self, stop: Stop) -> Stop:
        """Say of each block whether it is in use: the next chunk tells."""
        is_chunk = ends_part(self._part, stop) or is_fence(self._part, stop)
        last = stop.words[1] & 0xFF if is_chunk and len(stop.words) == 2 else PREV_INUSE
        self._table.states += (self._flags[1:] + bytes([last])[: len(self._flags)]).translate(_STATES)
        return stop


def is_fence(part: ChunkRange, stop: Stop) -> bool:
    """Return whether a walk stopped at a fencepost: behind it is nothing of the arena's, or not yet."""
    return stop.size == part.chunks.header


def ends_part(part: ChunkRange, stop: Stop) -> bool:
    """Return whether the part ends where a walk stopped: at the top chunk, or at its last fencepost."""
    if part.top is not None:
        return stop.address == part.top
    is_last = is_fence(part, stop) or stop.size == 0
    return stop.address == part.end or (is_last and stop.address + 2 * part.chunks.least >= part.end)


class ChunkWalk:
    """Walks along one part, and adds its blocks to a table."""

    def __init__(
        self, reader: WordReader, part: ChunkRange, table: BlockTable, pace: Pace | None = None
    ) -> None:
        self._reader, self._part, self._table, self._pace = reader, part, table, pace
        self.problems: list[Problem] = []
        # What lies in the part and isn't known: damage, and memory that isn't the arena's.
        self.holes: list[Range] = []

    def run(self) -> None:
        """Walk to the end of the part; behind damage, from the next chunks on that hold together."""
        part, at = self._part, self._part.start
        while True:
            hopper = Hopper(self._reader, part, self._table, self._pace)
            stop = hopper.run(at)
            for where, size in hopper.unequal:
                text = f"prev_size is not {size:#x}, the size of the free chunk before"
                self.problems.append(Problem(where, text))
            if ends_part(part, stop):
                self._add_top(stop)
                return
            found = self._found_again(stop.address)
            if found is None or not is_fence(part, stop):
                self.problems.append(self._problem(stop, hopper.before, found))
            self.holes.append(Range(stop.address, part.end if found is None else found))
            if found is None:
                return
            at = found

    def _add_top(self, stop: Stop) -> None:
        chunks = self._part.chunks
        if self._part.top is not None and stop.size is not None and stop.size >= chunks.least:
            self._table.add(stop.address + chunks.header, chunks.usable(stop.size), TOP)

    def _problem(self, stop: Stop, before: int | None, found: int | None) -> Problem:
        chunks, room = self._part.chunks, self._part.end - stop.address
        if len(stop.words) == 2:
            sizes = f"{chunks.least:#x} to {room:#x} in steps of {chunks.alignment:#x}"
            text = f"{stop.words[1]:#x} is there, not a chunk's size ({sizes})"
        elif room > 0:
            text = "the chunk there can't be read"
        else:
            text = "the chunks lead past the top chunk"
        came_from = f"; the chunk at {stop.address - before:#x} leads there" if before else ""
        goes_on = "no chunk behind it is known" if found is None else f"chunks go on at {found:#x}"
        return Problem(stop.address, f"{text}{came_from}; {goes_on}")

    def _found_again(self, broken: int) -> int | None:
        """Return where chunks hold together again behind damage, or None."""
        return next((at for at in self._likely(broken) if self._holds(at)), None)

    def _likely(self, broken: int) -> Iterator[int]:
        """Yield where behind an address a chunk may be, as far as its size tells."""
        chunks, end = self._part.chunks, self._part.end
        step, word = chunks.alignment // chunks.word, chunks.word
        base = chunks.first_chunk(broken + 1)
        windows = Windows(self._reader, end)  # small ones: each chunk in them may be tried
        while base < end:
            words = windows.at(base)
            for index in range(1, len(words), step):
                size = words[index] & ~FLAGS
                at = base + (index - 1) * word
                if chunks.least <= size <= end - at or at == self._part.top:
                    yield at
            # What can't be read is passed over page by page.
            base += max(len(words) // step * step * word, 4096)

    def _holds(self, at: int) -> bool:
        """Return whether chunks follow each other from there on: enough of them, or up to the part's end."""
        part, chunks = self._part, self._part.chunks
        never = (chunks.alignment - 1) & ~FLAGS | IS_MMAPPED
        before: int | None = None
        for _ in range(_PROOF):
            stop = Stop(at, tuple(self._reader.words(at, 2)) if at < part.end else ())
            if ends_part(part, stop) and (before is not None or at == part.top):
                return True
            if stop.size is None or stop.words[1] & never or not chunks.least <= stop.size <= part.end - at:
                return False
            if not stop.words[1] & PREV_INUSE and before is not None and stop.words[0] != before:
                return False
            before, at = stop.size, at + stop.size
        return True
