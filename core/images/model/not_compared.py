"""What a comparison didn't compare of its scope, by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ...walk.coverage import Coverage

# Reasons beside those of Unreadable.
IN_NO_FILE, IN_NO_IMAGE = "in no file", "not in the image"
NOT_DUMPED, NOT_REACHED = "not dumped", "not reached"
ON_ONE_SIDE = "on one side only, or not taken"


class NotCompared(NamedTuple):
    """Bytes that weren't compared, and why; `path` is the file that the reason is about, None if none is."""

    why: str
    size: int
    path: str | None = None


class LeftOutTally:
    """Bytes that were left out, added up by reason."""

    def __init__(self) -> None:
        self._sizes: Counter[tuple[str, str | None]] = Counter()

    def add(self, size: int, why: str, path: str | None = None) -> None:
        """Add bytes; none change nothing."""
        if size:
            self._sizes[why, path] += size

    def result(self, coverage: Coverage) -> tuple[NotCompared, ...]:
        """Return what was left out and, by a coverage, what couldn't be read; the largest first."""
        return tuple(sorted((*self._all(), *unreadable(coverage)), key=lambda each: -each.size))

    def _all(self) -> Iterator[NotCompared]:
        return (NotCompared(why, size, path) for (why, path), size in self._sizes.items())


def unreadable(coverage: Coverage) -> Iterator[NotCompared]:
    """Yield what of a coverage couldn't be read, by reason."""
    sizes: Counter[str] = Counter()
    for start, end, why in coverage.unreadable:
        sizes[why] += end - start
    return (NotCompared(why, size) for why, size in sizes.items())
