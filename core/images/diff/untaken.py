"""What a side of a comparison has mapped and could not give: failed reads, what a dump left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...ports.memory import AbsentRanges
from ...range_set import RangeSet
from ...ranges import Range
from ...walk.coverage import ABSENT, Unreadable


class Untaken:
    """Ranges by the reason why they couldn't be read, asked by address."""

    def __init__(self, parts: Iterable[Unreadable] = (), absent: AbsentRanges | None = None) -> None:
        by_reason: dict[str, list[Range]] = {}
        for part in parts:
            by_reason.setdefault(part.why, []).append(part.range)
        self._known = {why: RangeSet(ranges) for why, ranges in by_reason.items()}
        self._absent = absent

    def within(self, start: int, end: int) -> Iterator[Unreadable]:
        """Yield what of a range is known, without overlap."""
        left = [Range(start, end)]
        for why, ranges in self._known.items():
            for part in left:
                yield from (Unreadable(*found, why) for found in ranges.within(*part))
            left = [rest for part in left for rest in ranges.outside(*part)]
        if self._absent is not None:
            for part in left:
                yield from (Unreadable(*found, ABSENT) for found in self._absent.absent(*part))


def of_both(a: Untaken, b: Untaken, part: Range, delta: int) -> list[Unreadable]:
    """Return what either side couldn't give of a part, by addresses of the second side, in order.

    The part has addresses of the first side, and is at `delta` more on the second.
    """
    first = [Unreadable(s + delta, e + delta, why) for s, e, why in a.within(*part)]
    known = RangeSet(each.range for each in first)
    more = [
        Unreadable(*rest, each.why)
        for each in b.within(part.start + delta, part.end + delta)
        for rest in known.outside(*each.range)
    ]
    return sorted([*first, *more])
