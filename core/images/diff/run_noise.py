"""Noise of every run: the random bytes that the kernel passes, and the process's identifier."""

from __future__ import annotations

from ...arch import Arch
from ...elf.auxv import AT_RANDOM
from ...walk.reading import read_up_to
from .change import CHANGED, MemoryChange
from .execution import RANDOM_SIZE
from .sides import Side

RANDOM_BYTES = "the random bytes that the kernel passes (AT_RANDOM)"
IDENTIFIER = "the process's identifier"
_PID_SIZE = 4  # pid_t


class RunNoise:
    """Recognises what differs only because the kernel gave each of two processes its own."""

    def __init__(self, before: Side, after: Side, arch: Arch) -> None:
        self._before, self._after, self._order = before, after, arch.endian

    def noted(self, change: MemoryChange) -> MemoryChange:
        """Return the change, with a note if it is noise and nothing else."""
        if change.change != CHANGED or change.start_before is None:
            return change
        if self._is_random(change):
            return change._replace(note=RANDOM_BYTES)
        return change._replace(note=IDENTIFIER) if self._is_identifier(change) else change

    def _is_random(self, change: MemoryChange) -> bool:
        place = self._after.execution.auxv.get(AT_RANDOM)
        return place is not None and place <= change.start and change.end <= place + RANDOM_SIZE

    def _is_identifier(self, change: MemoryChange) -> bool:
        """Return whether a whole number that was the one process's identifier is the other one's."""
        skip = change.start % _PID_SIZE
        if change.start_before is None or skip + change.end - change.start > _PID_SIZE:
            return False
        pids = (self._before.execution.pid, self._after.execution.pid)
        return None not in pids and pids == (
            self._number(self._before, change.start_before - skip),
            self._number(self._after, change.start - skip),
        )

    def _number(self, side: Side, address: int) -> int | None:
        content = read_up_to(side, address, _PID_SIZE)
        return int.from_bytes(content, self._order) if len(content) == _PID_SIZE else None
