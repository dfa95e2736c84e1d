"""Snapshots: the contents of memory at a time, with the map of then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time
from typing import TYPE_CHECKING, NamedTuple

from ...arch import Arch, Machine
from ...maps.area_map import AreaMap
from ...ports.files import UnprovenPart
from ...walk.coverage import Coverage
from .asid import Asid
from .image import Image

if TYPE_CHECKING:
    from ...memory.memory_map import MemoryMap


# By the machines' names for them.
_STACK_POINTERS, _THREAD_POINTERS = ("rsp", "esp", "sp"), ("fs_base", "tpidr")


class ThreadState(NamedTuple):
    """A thread and its registers, by the names that GDB gives them (`rip`, `fs_base`, `pc`, `x0`, ...).

    Each is an unsigned number as wide as the register: 128 bits of `xmm0`. `signal` is the one that it
    stopped by, 0 if none is known.
    """

    tid: int
    registers: Mapping[str, int]
    signal: int = 0

    @property
    def stack_pointer(self) -> int | None:
        """The thread's stack pointer, if it is known."""
        return next((self.registers[name] for name in _STACK_POINTERS if name in self.registers), None)

    @property
    def thread_pointer(self) -> int | None:
        """Where the thread's own data are (see ThreadPointers), if that is known."""
        return next((self.registers[name] for name in _THREAD_POINTERS if name in self.registers), None)


@dataclass(frozen=True)
class Circumstances:
    """The circumstances in which a snapshot was taken; None is not known.

    `areas` is the whole map, `taken` the time in seconds since 1970, `threads` has the selected one first,
    `auxv` is the auxiliary vector as the process has it (getauxval(3)), `machine` the processor. `problems`
    say why `areas` may not be the whole map; `unproven` are parts that were read from files which nothing
    proves to be the mapped ones.
    """

    areas: AreaMap = field(default_factory=AreaMap)
    arch: Arch = field(default_factory=Arch)
    taken: float = field(default_factory=time)
    generation: int | None = None
    pid: int | None = None
    program: str | None = None
    threads: tuple[ThreadState, ...] = ()
    auxv: bytes | None = None
    machine: Machine | None = None
    problems: tuple[str, ...] = ()
    unproven: tuple[UnprovenPart, ...] = ()


class Snapshot(Image):
    """An image of what memory held, with the circumstances, and with what could and couldn't be read."""

    source = "snapshot"

    def __init__(self, name: str | None, circumstances: Circumstances, coverage: Coverage) -> None:
        """Make an empty one; `capture.take_snapshot` makes others. Raise InvalidArgument as for Image."""
        super().__init__(name)
        self.circumstances = circumstances
        self.coverage = coverage

    @property
    def map(self) -> AreaMap:
        """The areas as they were."""
        return self.circumstances.areas

    def reason_at(self, address: int) -> str:
        """Return `absent` for what was mapped and not taken, else `unmapped`."""
        return "unmapped" if self.map.find(self._where(address)) is None else "absent"

    def memory(self, asid: Asid | None = None) -> MemoryMap:
        """Return what it holds as a memory map of its word size and byte order."""
        memory = super().memory(asid)
        memory.set_absent(self.map)
        memory.set_word_size(self.circumstances.arch.word_size)
        memory.set_endian(self.circumstances.arch.endian)
        return memory

    def _where(self, address: int) -> int:
        return self.circumstances.arch.untagged(address)
