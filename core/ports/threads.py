"""What knows the threads: their registers and what stopped them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Thread(NamedTuple):
    """A thread's identifier (TID on Linux) and stack pointer; None is not known."""

    tid: int
    stack_pointer: int | None


class ThreadLister(Protocol):
    """Lists the threads of the inferior."""

    def threads(self) -> Sequence[Thread]:
        """Return the threads, the main one first."""


class ThreadRegisters(Protocol):
    """Reads the registers of the threads: the general ones, and those of the FPU where they can be read."""

    def registers(self) -> Sequence[tuple[int, Mapping[str, int]]]:
        """Return each thread's identifier and its registers by name, the selected thread first.

        The names are GDB's or LLDB's; a register of any width is an unsigned number (a vector's first byte
        in memory is its lowest), and one that can't be read is left out.
        """


class StopSignals(Protocol):
    """Knows which signals stopped the threads."""

    def signals(self) -> Mapping[int, int]:
        """Return a signal's number (signal(7)) for each thread's identifier; none for the others."""
