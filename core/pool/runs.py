"""A set of numbers as runs: neighbours join, and the lowest run that is long enough is found."""

from __future__ import annotations

from bisect import bisect_left

# The search for a long run tries at most this many: the caller has another way.
_MOST_TRIED = 1024


class FreeNumbers:
    """Free numbers. Runs never touch: a number added between two joins them into one run."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, first: int, count: int) -> None:
        """Add `count` numbers from `first` on; none of them is in the set."""
        if not count:
            return
        end = first + count
        at = bisect_left(self._starts, first)
        joins_next = at < len(self._starts) and self._starts[at] == end
        joins_last = at > 0 and self._ends[at - 1] == first
        if joins_last and joins_next:
            self._ends[at - 1] = self._ends.pop(at)
            del self._starts[at]
        elif joins_last:
            self._ends[at - 1] = end
        elif joins_next:
            self._starts[at] = first
        else:
            self._starts.insert(at, first)
            self._ends.insert(at, end)

    def take(self, count: int) -> int | None:
        """Remove `count` consecutive numbers and return the first, or None if no run found is long enough."""
        for at in range(min(len(self._starts), _MOST_TRIED)):
            first = self._starts[at]
            if self._ends[at] - first >= count:
                self._starts[at] = first + count
                if self._starts[at] == self._ends[at]:
                    del self._starts[at], self._ends[at]
                return first
        return None

    def take_last(self, end: int) -> int | None:
        """Remove the last run if it ends at `end` and return its first number, else None."""
        if not self._ends or self._ends[-1] != end:
            return None
        self._ends.pop()
        return self._starts.pop()
