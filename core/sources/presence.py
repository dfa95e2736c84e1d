"""Whether an inferior that only its debugger can read is still there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from ..errors import SourceDenied, SourceError
from ..maps.protection import Protection
from ..ports.target import Target

# So many areas are tried where no thread's place can be read: one that can be is among the first.
_AREAS = 64


class MemoryPresence:
    """The presence of an inferior by its memory: some byte of it can be read, past all caches.

    A thread may be where nothing can be read, so several places are tried: those of `here`, the selected
    thread's counter and stack, then the other stacks, then areas. `read` reads a byte and returns why that
    can't be done, None if it was. A machine on which nothing could be read so far may be one whose processor
    has lost its way; a process can't.
    """

    def __init__(
        self, target: Target, read: Callable[[int], str | None], here: Callable[[], Iterable[int]]
    ) -> None:
        self._target, self._read, self._here = target, read, here
        self._known: int | None = None

    def check(self) -> None:
        """Raise SourceError, with what the debugger says, if no byte can be read."""
        why = None
        for address in self._places():
            problem = self._read(address)
            if problem is None:
                self._known = address
                return
            why = why or problem
        if self._known is None and self._is_machine():
            return
        raise SourceError(f"the process is gone, or out of reach: {why or 'nothing of it is known'}")

    def _is_machine(self) -> bool:
        """Return whether it may be no process: stubs of machines tell no number, or call them process 1."""
        return self._target.pid in (None, 0, 1)

    def _places(self) -> Iterator[int]:
        if self._known is not None:
            yield self._known
        yield from self._here()
        for thread in self._target.threads.threads() if self._target.threads else ():
            if thread.stack_pointer is not None:
                yield thread.stack_pointer
        try:
            areas = self._target.listers[0].areas()
        except SourceDenied:
            return
        yield from islice((area.start for area in areas if area.allows(Protection.READ) is not False), _AREAS)
