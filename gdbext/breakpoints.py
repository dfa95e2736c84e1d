"""GDB's breakpoints at addresses, several at a time."""

from __future__ import annotations

from collections.abc import Sequence

import gdb
from ptatlas.core.errors import SourceError

from .selection import selected


class GdbBreakpoints:
    """Sets breakpoints of GDB's own, as `break *ADDR` does; it is GDB that writes them into the inferior."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def insert(self, addresses: Sequence[int]) -> Sequence[int]:
        """Set a breakpoint at each address; all of them or, raising SourceError, none."""
        before = {one.number for one in gdb.breakpoints()}
        numbers: list[int] = []
        with selected(self._inferior):
            try:
                for address in addresses:
                    # As a string: GDB prints a line for each breakpoint that it sets, which must not end up
                    # in documents.
                    gdb.execute(f"break *{address:#x}", to_string=True)
                    numbers.append(int(gdb.convenience_variable("bpnum") or 0))
            except BaseException as error:
                for one in gdb.breakpoints():
                    if one.number not in before:
                        one.delete()
                if not isinstance(error, gdb.error):
                    raise
                where = f"no breakpoint can be set at {addresses[len(numbers)]:#x}"
                raise SourceError(f"{where}, so none was: {str(error).splitlines()[0]}") from None
        return numbers

    @staticmethod
    def watch_command(address: int, size: int) -> str:
        """Return the command that stops the program when it writes these bytes: the first 8 at most."""
        return f"watch -location *(char (*)[{min(size, 8)}]) {address:#x}"
