"""The segment tree: bytes placed at addresses, with one set of rules for every kind of memory.

- Segments are half-open and lie in the 64-bit space, so one may end at 2**64 and hold the top byte.
- Two never overlap. What is laid over others cuts them: they lose their beginning, their end, their middle
  (then two are left), or all. What is left shows the same bytes as before, its offset follows. So
  the newest wins::

      AAAAAAAAAA      A from offset 0 on
         BBB          laid over it
      AAABBBAAAA      A to offset 3, B, A from offset 6 on

- Laying a segment where none can be changes nothing.
- Between segments are holes. A read goes on across segments that touch, and ends at the first hole, or
  where content ends before its segment does.

docs/decisions/0150-one-segment-tree.md says what is built on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic

from ..intervals import IntervalStore
from ..ranges import check_range
from .segment import S


class SegmentTree(Generic[S]):
    """Segments in order of address; see the module for the rules.

    Laying the N-th costs about log N, and a little more for each that it cuts. Iterators raise MapChanged
    after a change.
    """

    def __init__(self, segments: Iterable[S] = ()) -> None:
        """Take segments of which none overlaps another, in any order."""
        self._store: IntervalStore[S] = IntervalStore(segments)

    @property
    def generation(self) -> int:
        """A number that changes whenever a segment is laid or removed."""
        return self._store.generation

    def __len__(self) -> int:
        return len(self._store)

    def __iter__(self) -> Iterator[S]:
        return iter(self._store)

    def lay(self, segment: S, over: Iterable[S] | None = None) -> None:
        """Place a segment over what is there; raise InvalidArgument unless it lies in the 64-bit space.

        `over`, if given, are the only ones that it cuts: in a tree of several address spaces, where
        segments of different ones may overlap.
        """
        check_range(segment.start, segment.end)
        cut = list(self.overlaps(segment.start, segment.end) if over is None else over)
        left = [part for each in cut for part in each.without(segment.start, segment.end)]
        for each in cut:
            self._store.remove(each)
        self._store.add(segment)
        for part in left:
            self._store.add(part)

    def lay_apart(self, segments: Sequence[S]) -> None:
        """Place segments at once that overlap neither each other nor what is there.

        Raise InvalidArgument, and change nothing, unless they lie in the 64-bit space.
        """
        for segment in segments:
            check_range(segment.start, segment.end)
        self._store.extend(segments)

    def remove(self, segment: S) -> bool:
        """Remove a segment, which leaves a hole; return whether it was there."""
        return self._store.remove(segment)

    def at(self, address: int) -> S | None:
        """Return the segment that shows at the address, or None."""
        return self._store.first_overlap(address, address + 1)

    def overlaps(self, start: int, end: int) -> Iterator[S]:
        """Yield, in order, the segments that share an address with the range, uncut."""
        return self._store.overlaps(start, end)

    def parts(self, start: int, end: int) -> Iterator[S]:
        """Yield, in order, the parts of segments that lie in the range."""
        if start < end:
            for each in self.overlaps(start, end):
                yield each.part(max(start, each.start), min(end, each.end))

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer up to the first byte that isn't there; return how many it got.

        A SourceError from content that is lost is passed on.
        """
        end = address + len(buffer)
        first = self.at(address)
        if first is None:
            return 0
        if end <= first.end:  # as most reads do: one segment holds all, no walk is needed
            return first.read_into(address, buffer)
        done = 0
        for segment in self._store.overlaps(address, end):
            at = address + done
            if segment.start > at:
                break
            wanted = min(segment.end, end) - at
            got = segment.read_into(at, buffer[done : done + wanted])
            done += got
            if got < wanted:
                break
        return done
