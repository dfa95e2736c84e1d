"""What ptatlas needs from a debugger, a process or a file: small abilities, one Protocol each.

A target that lacks an ability lacks the port: the field of `Target` is None, and no port has a
method that only raises. Ports are implemented by `core/sources` and by the debugger's adapters;
everything a port raises is an AtlasError.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from .arch import Arch, Machine
from .maps.area import Area
from .ranges import Range
from .watch import Watch

if TYPE_CHECKING:
    from .files.pinned import RegularFile


class AreaLister(Protocol):
    """Lists the areas of an address space."""

    @property
    def source(self) -> str:
        """What it is, as results name it (`procfs`, `core`, ...)."""

    def areas(self) -> Sequence[Area]:
        """Return the areas as they are now, ordered by (start, end).

        Raise SourceDenied if another lister may serve, SourceError if none will.
        """


@runtime_checkable
class PartialLister(Protocol):
    """A lister of areas beside which there may be others: it lists what is known."""

    is_partial: bool


class AreaLocator(Protocol):
    """Finds one area without listing them all."""

    def area_at(self, address: int) -> Area | None:
        """Return the area that contains the address, or None."""


class MemoryReader(Protocol):
    """Reads contents."""

    @property
    def source(self) -> str:
        """What it is, as results name it (`procfs`, `core`, ...)."""

    @property
    def thread_safe(self) -> bool:
        """Whether threads other than the debugger's may call it."""

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the writable buffer with the bytes from `address` on, as far as they can be read.

        Return how many bytes were read before the first that can't be: 0 to the buffer's size; the rest of
        the buffer is undefined. Never raise for memory that can't be read; raise SourceDenied if the whole
        source refuses, SourceError if it is gone.
        """


class UntouchedPages(Protocol):
    """Knows which pages are zeros without being read.

    They were never touched: private anonymous memory, neither present nor swapped. Or, if `is_content`, they
    are zeros by the word of whoever recorded them (the holes of a dump): then they count as searched.
    """

    @property
    def is_content(self) -> bool:
        """Whether the zeros are content that was recorded, not memory that nobody touched."""

    def untouched(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, the page-aligned ranges in `start..end` that are such zeros."""


class AbsentRanges(Protocol):
    """Knows which mapped ranges have no content anywhere (a core file that left them out)."""

    def absent(self, start: int, end: int) -> Iterable[Range]:
        """Return, in order, the ranges in `start..end` that are mapped and have no content anywhere."""


@runtime_checkable
class SparseReader(Protocol):
    """A reader that knows where it may find bytes, so that nobody has to look for them page by page."""

    def next_readable(self, address: int, end: int) -> int:
        """Return the first address in `address`..`end` from which on bytes may be read; `end` for none."""


class UnreadableReasons(Protocol):
    """Knows why memory that can't be read can't be."""

    def reasons(self, start: int, end: int) -> Iterable[tuple[Range, str]]:
        """Return, in order, ranges in `start..end` and why a read fails there, if it does; never raise."""


class FilePart(NamedTuple):
    """Addresses `start`..`end` whose content is that of a file from `offset` on.

    `path` opens it, and `identity` is the device and inode that it must have then.
    """

    start: int
    end: int
    path: str
    identity: tuple[int, int]
    offset: int


class FileProof(NamedTuple):
    """The file that was mapped, if it is there; else `why` it isn't, worded to follow a path."""

    file: RegularFile | None
    why: str | None = None


class FileProver(Protocol):
    """Knows which file of this computer is the one that was mapped, by evidence of its own."""

    def proof(self, areas: Sequence[Area]) -> FileProof:
        """Return the file that these areas, all of one path, show."""


class FilePaths(Protocol):
    """Knows paths to the files that a process maps, where their names lead to nothing or elsewhere."""

    def is_apart(self) -> bool:
        """Return whether names mean other files to the process: it has another root, or other mounts."""

    def inside(self, path: str) -> str:
        """Return a path here to what the process means by this one."""

    def mapped(self, area: Area) -> str:
        """Return a path to the very file that is mapped, whatever its name; few may open it."""


class DumpedParts(Protocol):
    """Knows where in a dump's file the memory lies that it holds as it was: neither packed nor encoded."""

    def parts(self) -> Sequence[FilePart]:
        """Return the parts, in order and without overlap, all of the one file."""


class PagesInFiles(Protocol):
    """Knows which pages have their content in a file, where reading through the process would map them."""

    def at_rest(self, ranges: Iterable[Range]) -> Iterable[FilePart]:
        """Return the parts of the ranges, in order, that lie in files and were not touched."""


class Symbol(NamedTuple):
    """A symbol's name and how far into it an address lies, in bytes."""

    name: str
    offset: int

    def __str__(self) -> str:
        return f"{self.name}+{self.offset:#x}" if self.offset else self.name


@runtime_checkable
class PreparedReader(Protocol):
    """A reader that must prepare on the debugger's own thread before other threads may read."""

    def prepare(self, ranges: Iterable[Range], watch: Watch) -> None:
        """Get ready for reads in these ranges, until the inferior may have changed.

        Call it on the debugger's thread, and read elsewhere only what was prepared. Raise Interrupted if the
        watch says so.
        """


@runtime_checkable
class ScatteredReader(Protocol):
    """A reader that reads at many places at once for little more than at one."""

    def read_each(self, addresses: Sequence[int], size: int, buffer: memoryview) -> int:
        """Fill the buffer with `size` bytes from each address, one after the other.

        Return how many were read whole before the first that wasn't, for whatever reason: that one is to be
        read by itself. The addresses are in ascending order. Raise as `read_into` does.
        """


class Residency(NamedTuple):
    """How much of an area is where, in bytes, and the kernel's flags for it; None is not known.

    `dirty` counts pages changed since they were read, private and shared; `vmflags` are the two-letter
    codes of proc_pid_smaps(5).
    """

    rss: int | None = None
    pss: int | None = None
    swap: int | None = None
    dirty: int | None = None
    vmflags: tuple[str, ...] | None = None


class ResidencyTeller(Protocol):
    """Knows how much of each area is in memory."""

    def residency(self) -> Mapping[Range, Residency]:
        """Return the residency by the range of each area. Costs a walk of the inferior's page tables."""


class SymbolResolver(Protocol):
    """Names addresses."""

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the nearest symbol at or below the address in its section, or None."""


class Instruction(NamedTuple):
    """An instruction: its address, its size in bytes, and its text in the debugger's own syntax."""

    address: int
    size: int
    text: str


class Disassembler(Protocol):
    """Turns given bytes into instructions, without reading memory."""

    def instructions(self, address: int, content: bytes) -> Sequence[Instruction]:
        """Return the instructions that the bytes encode at this address, without a partial one at the end."""


class Evaluator(Protocol):
    """Evaluates the debugger's expressions, never running code in the inferior."""

    def integer(self, expression: str) -> int:
        """Return the value as an integer: a pointer's, an array's or a function's address.

        Negative values stay negative. Raise InvalidArgument for what is no expression or no integer.
        """

    def real(self, expression: str) -> float:
        """Return the value of a real number or an integer as the nearest float of 64 bits.

        Raise InvalidArgument for what is no expression or no number.
        """

    def content(self, expression: str) -> bytes:
        """Return the bytes of the value, in target order; raise InvalidArgument as for `integer`."""


class RemoteSearch(Protocol):
    """Searches on the far side of a remote connection, without transferring the memory."""

    @property
    def source(self) -> str:
        """What it is, as results name it (`stub`)."""

    def search(self, start: int, size: int, pattern: bytes) -> int | None:
        """Return the first address in `start..start+size` where the pattern begins and ends, or None.

        The link is busy until the answer comes, so the range should be searched in a fraction of a second,
        and patterns are at most 64 bytes long. Raise MemoryFault if nothing was found and not all of the
        range could be read, and SourceError if the link is gone.
        """

    def differing(self) -> Iterable[Range]:
        """Return the ranges that differ on the far side: inserted breakpoints."""


class Breakpoints(Protocol):
    """Sets the debugger's breakpoints."""

    def insert(self, addresses: Sequence[int]) -> Sequence[int]:
        """Set a breakpoint at each address and return the debugger's numbers for them, in this order.

        All of them or, raising SourceError, none.
        """

    def watch_command(self, address: int, size: int) -> str:
        """Return the debugger's command that stops where these bytes are written, the first 8 at most."""


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


class AuxiliaryVector(Protocol):
    """Has the auxiliary vector: what the kernel passed to the program when it started."""

    def auxv(self) -> bytes | None:
        """Return the auxiliary vector as the process has it (getauxval(3)); None if it can't be read."""


class Module(NamedTuple):
    """A loaded object: its path on this machine and its build-id, where known."""

    path: str
    build_id: bytes | None = None


class ModuleLister(Protocol):
    """Lists the objects that the debugger has loaded, the program first."""

    def modules(self) -> Sequence[Module]:
        """Return the loaded objects."""


class LoadedRange(NamedTuple):
    """Addresses where something lies; `path` and `offset` of the file, None where not known."""

    start: int
    end: int
    path: str | None = None
    offset: int | None = None


class FilePlaces(Protocol):
    """Knows where in memory the debugger has placed the contents of files."""

    def places(self) -> Sequence[LoadedRange]:
        """Return the ranges with what is known of each; where they overlap, the first one counts."""


class Clock(Protocol):
    """Shows whether the inferior may have changed."""

    def now(self) -> Hashable:
        """Return a value that differs from an earlier one if the inferior may have changed.

        That is: if it may have run in between, or its map may have changed for another reason.
        Costs next to nothing.
        """


class RunState(Protocol):
    """Knows whether the inferior is running now."""

    def is_running(self) -> bool:
        """Return whether the inferior runs, so that it can't be read now."""


class StillClock:
    """The clock of targets that never run: a core file, a buffer."""

    def now(self) -> Hashable:
        """Return the same value always."""
        return 0


@dataclass(frozen=True)
class Target:
    """Everything one inferior is known by: its architecture and the ports that it has.

    `listers` and `readers` are in the order in which they are tried: the fastest that is proven right first,
    the debugger's own API last; they show what the debugger shows. `raw` reads what is really there: inserted
    breakpoints too, and of a core file only what was dumped; None if nothing can. `name` is the program's.
    `machine` is the processor that it runs on, None if it isn't known. `problems` says in words what was
    wrong with the source, and what that costs; the rest holds all the same. Where the map may not be whole
    (`is_map_whole`), memory may be readable that is in no area.
    `as_of` is when a core file was written (seconds since 1970): what it maps is older. `began` is when a
    process of this machine began (seconds since 1970): a file that was written later may have been mapped
    before.
    """

    arch: Arch
    listers: tuple[AreaLister, ...]
    readers: tuple[MemoryReader, ...]
    pid: int | None = None
    name: str | None = None
    clock: Clock = field(default_factory=StillClock)
    raw: MemoryReader | None = None
    locator: AreaLocator | None = None
    untouched: UntouchedPages | None = None
    file_pages: PagesInFiles | None = None
    file_prover: FileProver | None = None
    file_paths: FilePaths | None = None
    absent: AbsentRanges | None = None
    reasons: UnreadableReasons | None = None
    dumped: DumpedParts | None = None
    residency: ResidencyTeller | None = None
    symbols: SymbolResolver | None = None
    disassembler: Disassembler | None = None
    evaluator: Evaluator | None = None
    remote_search: RemoteSearch | None = None
    threads: ThreadLister | None = None
    registers: ThreadRegisters | None = None
    signals: StopSignals | None = None
    auxv: AuxiliaryVector | None = None
    modules: ModuleLister | None = None
    places: FilePlaces | None = None
    run_state: RunState | None = None
    breakpoints: Breakpoints | None = None
    machine: Machine | None = None
    as_of: float | None = None
    began: float | None = None
    problems: tuple[str, ...] = ()
    is_map_whole: bool = True
