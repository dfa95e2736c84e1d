"""LLDB's breakpoints at addresses, several at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import lldb
from ptatlas.core.errors import SourceError


class LldbBreakpoints:
    """LLDB's own breakpoints, as `breakpoint set -a` sets them; it is LLDB that writes them."""

    def __init__(self, target: lldb.SBTarget) -> None:
        self._target = target

    def addresses(self) -> Iterable[int]:
        """Return where LLDB has breakpoints in the process."""
        for one in self._target.breakpoint_iter():
            places = (one.GetLocationAtIndex(n).GetLoadAddress() for n in range(one.GetNumLocations()))
            yield from (place for place in places if place != lldb.LLDB_INVALID_ADDRESS)

    def insert(self, addresses: Sequence[int]) -> Sequence[int]:
        """Set a breakpoint at each address; all of them or, raising SourceError, none."""
        numbers: list[int] = []
        try:
            for address in addresses:
                made = self._target.BreakpointCreateByAddress(address)
                numbers.append(made.GetID())
                if not _is_set(made):
                    raise SourceError(f"no breakpoint can be set at {address:#x}, so none was")
        except BaseException:
            for number in numbers:
                self._target.BreakpointDelete(number)
            raise
        return numbers

    @staticmethod
    def watch_command(address: int, size: int) -> str:
        """Return the command that stops the program when it writes these bytes: the first 8 at most."""
        watched = max(power for power in (1, 2, 4, 8) if power <= max(size, 1))
        return f"watchpoint set expression -w write -s {watched} -- {address:#x}"


def _is_set(made: lldb.SBBreakpoint) -> bool:
    """Return whether LLDB could write it: it does so at once while the process is stopped."""
    count = made.GetNumLocations()
    return count > 0 and all(made.GetLocationAtIndex(n).IsResolved() for n in range(count))
