"""Why memory of a process can't be read, by the flags that the kernel shows."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import SourceError
from ...ranges import Range
from .flagged import FlaggedRanges

FILLED_IN = "filled in by userfaultfd"
NO_HUGE_PAGE = "no huge page is there"


class ProcfsReasons:
    """Knows where a missing page is one that another program supplies, or that a pool has to give."""

    def __init__(self, flagged: FlaggedRanges) -> None:
        self._flagged = flagged

    def reasons(self, start: int, end: int) -> Iterable[tuple[Range, str]]:
        """Return why reads fail in parts of the range; see UnreadableReasons."""
        try:
            filled_in, huge = self._flagged.filled_in(), self._flagged.huge()
        except SourceError:
            return ()  # the process can't be asked
        known = [(part, FILLED_IN) for part in filled_in.within(start, end)]
        return sorted([*known, *((part, NO_HUGE_PAGE) for part in huge.within(start, end))])
