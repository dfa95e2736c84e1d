"""What knows the threads: their names, their registers and what stopped them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol


class Thread(NamedTuple):
    """A thread's identifier (TID on Linux), stack pointer and program counter; None is not known."""

    tid: int
    stack_pointer: int | None
    program_counter: int | None = None


class ThreadLister(Protocol):
    """Lists the threads of the inferior."""

    def threads(self) -> Sequence[Thread]:
        """Return the threads, the main one first."""


class ThreadName(NamedTuple):
    """A thread's number in the debugger, and the name that it has in the system; None is not known."""

    number: int | None = None
    name: str | None = None


class ThreadNames(Protocol):
    """Knows what the threads are called."""

    def names(self) -> Mapping[int, ThreadName]:
        """Return the names of the threads, by identifier, as far as there are any."""


class ThreadPointers(Protocol):
    """Knows where the threads' own data are: what the ABI's thread pointer points to.

    That is the base of FS on x86-64, TPIDR_EL0 on AArch64 (Drepper, ELF Handling For Thread-Local Storage).
    """

    def thread_pointers(self, tids: Iterable[int]) -> Mapping[int, int]:
        """Return the thread pointers of these threads, as far as they are known; 0 is none."""


class ThreadRegisters(Protocol):
    """Reads the registers of the threads: the general ones, and those of the FPU where they can be read."""

    def registers(self) -> Iterable[tuple[int, Mapping[str, int]]]:
        """Return each thread's identifier and its registers by name, the selected thread first.

        The names are GDB's or LLDB's; a register of any width is an unsigned number (a vector's first byte
        in memory is its lowest), and one that can't be read is left out.
        """


class Frame(NamedTuple):
    """A frame of a stack: its stack pointer, above which its own data begin, and its program counter.

    They end where the stack pointer of the next older one is; of the oldest, at `end`; None: not known.
    """

    stack_pointer: int
    program_counter: int
    end: int | None = None


class ThreadFrames(Protocol):
    """Unwinds the stacks of the threads."""

    def frames(self, tid: int) -> Iterable[Frame]:
        """Yield the frames of a thread, the newest first, each as the debugger numbers it from 0 on.

        They end where it can unwind no further.
        """


class StopSignals(Protocol):
    """Knows which signals stopped the threads."""

    def signals(self) -> Mapping[int, int]:
        """Return a signal's number (signal(7)) for each thread's identifier; none for the others."""
