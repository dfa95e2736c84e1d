"""Decides by measurement how much to ask of the far side at a time, and when fetching is faster."""

from __future__ import annotations

from ...ranges import TOP

# An answer must come before the debugger gives the link up (GDB: after 2 s), and an interrupt waits for it:
# so pieces are as large as takes about this long, in seconds.
_PATIENCE = 0.03
_LARGEST = 1 << 30
_GROWTH, _SHRINKAGE = 4, 8

# Candidates after which it is decided whether to go on asking, and bytes that are fetched at most before
# asking again.
_SAMPLE = 16
_MOST_FETCHED = 1 << 24
# No link brings a byte in less than this, in seconds.
_CHEAPEST = 2e-9


class RemotePace:
    """The size of the pieces in which the far side is asked."""

    def __init__(self, smallest: int) -> None:
        self.piece = self._smallest = smallest

    def answered(self, seen: int, asked: int, seconds: float) -> None:
        """Learn from an answer: the far side searched `seen` of the `asked` bytes."""
        if seconds > 2 * _PATIENCE:
            self.piece = max(self._smallest, int(seen * _PATIENCE / seconds))
        elif seen == asked == self.piece:
            fitting = int(seen * _PATIENCE / max(seconds, 1e-6))
            self.piece = max(self._smallest, min(_GROWTH * self.piece, fitting, _LARGEST))

    def refused(self, asked: int) -> None:
        """Ask for less, to get closer to the bytes that can't be read."""
        self.piece = max(self._smallest, asked // _SHRINKAGE)


class Crowding:
    """Decides where candidates lie so close that fetching everything is faster than asking for each."""

    def __init__(self, chunk: int) -> None:
        """Take the size of the chunks that are fetched, in bytes."""
        self._count = 0
        self._since, self._seconds = 0, 0.0
        self._fetching: float | None = None  # seconds a byte
        self._until = 0
        self._chunk = self._stretch = chunk

    def candidate(self, at: int, seconds: float) -> None:
        """Record a candidate, and how long it took to find and check it."""
        if self._count == 0:
            self._since, self._seconds = at, 0.0
        self._count += 1
        self._seconds += seconds
        if self._count < _SAMPLE:
            return
        self._count = 0
        asking = self._seconds / max(1, at - self._since)
        if asking > (_CHEAPEST if self._fetching is None else self._fetching):
            self._until = at + self._stretch
            self._stretch = min(2 * self._stretch, _MOST_FETCHED)
        else:
            self._stretch = self._chunk

    def give_up(self) -> None:
        """Fetch everything from now on."""
        self._until = TOP

    def fetched(self, size: int, seconds: float) -> None:
        """Learn what fetching costs, from pieces that are large enough to show it."""
        if size >= self._chunk // 4:
            self._fetching = seconds / size

    def fetch(self, at: int, limit: int) -> int:
        """Return up to where to fetch, or `at` if asking is better there."""
        return max(at, min(self._until, limit, at + self._chunk))
