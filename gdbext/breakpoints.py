"""GDB's breakpoints at addresses, several at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import gdb
from ptatlas.core.errors import SourceError

from .selection import selected


class GdbBreakpoints:
    """GDB's own breakpoints, as `break *ADDR` sets them; it is GDB that writes them into the inferior."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def addresses(self) -> Iterable[int]:
        """Return where GDB has breakpoints; before GDB 13 of those alone that were set as `*ADDR`."""
        for one in gdb.breakpoints():
            if one.type == gdb.BP_BREAKPOINT:
                yield from _addresses(one)

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


def _addresses(one: gdb.Breakpoint) -> Iterator[int]:
    if hasattr(one, "locations"):
        yield from (each.address for each in one.locations)
        return
    with suppress(ValueError):  # a name: that is in code
        yield int((one.location or "").lstrip("*"), 0)
