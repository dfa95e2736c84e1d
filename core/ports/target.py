"""Everything that one inferior is known by."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .moment import held
from .running import StillClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..arch import Arch, Machine
    from .areas import AreaLister, AreaLocator, ResidencyTeller
    from .files import DumpedParts, FilePaths, FileProver, PagesInFiles, UnprovenPart
    from .memory import (
        AbsentRanges,
        AddressTags,
        MemoryReader,
        MissingPages,
        RemoteSearch,
        UnreadableReasons,
        UntouchedPages,
    )
    from .program import (
        AuxiliaryVector,
        Breakpoints,
        Disassembler,
        Evaluator,
        FilePlaces,
        ModuleLister,
        SymbolResolver,
    )
    from .running import Clock, Presence, RunState
    from .threads import (
        StopSignals,
        ThreadFrames,
        ThreadLister,
        ThreadNames,
        ThreadPointers,
        ThreadRegisters,
    )


@dataclass(frozen=True)
class Target:
    """Everything one inferior is known by: its architecture and the ports that it has.

    `listers` and `readers` are in the order in which they are tried: the fastest that is proven right first,
    the debugger's own API last; they show what the debugger shows. `raw` reads what is really there: inserted
    breakpoints too, and of a core file only what was dumped; None if nothing can. `name` is the program's.
    `machine` is the processor that it runs on, None if it isn't known. `problems` says in words what was
    wrong with the source, and what that costs; the rest holds all the same. Where the map may not be whole
    (`is_map_whole`), memory may be readable that is in no area.
    `shown_files` reads what the debugger shows where a dump has no area: the files that it has loaded.
    The bits of addresses that are tags are those of `arch` and those that `tags` tells.
    Whatever clock is given, `clock` is one that a moment holds (`HeldClock`).
    `as_of` is when a core file was written (seconds since 1970): what it maps is older. `began` is when a
    process of this machine began (seconds since 1970): a file that was written later may have been mapped
    before.
    `unproven` are the parts of memory that are read from files which nothing proves to be the mapped ones.
    Where `trusts_files`, the user trusts the names of files that the target tells; `trusting` makes the same
    target with that, where it has to be made anew.
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
    missing_pages: MissingPages | None = None
    file_pages: PagesInFiles | None = None
    file_prover: FileProver | None = None
    file_paths: FilePaths | None = None
    absent: AbsentRanges | None = None
    reasons: UnreadableReasons | None = None
    tags: AddressTags | None = None
    dumped: DumpedParts | None = None
    residency: ResidencyTeller | None = None
    symbols: SymbolResolver | None = None
    disassembler: Disassembler | None = None
    evaluator: Evaluator | None = None
    remote_search: RemoteSearch | None = None
    threads: ThreadLister | None = None
    thread_names: ThreadNames | None = None
    thread_pointers: ThreadPointers | None = None
    registers: ThreadRegisters | None = None
    frames: ThreadFrames | None = None
    signals: StopSignals | None = None
    auxv: AuxiliaryVector | None = None
    modules: ModuleLister | None = None
    places: FilePlaces | None = None
    shown_files: MemoryReader | None = None
    run_state: RunState | None = None
    presence: Presence | None = None
    breakpoints: Breakpoints | None = None
    machine: Machine | None = None
    as_of: float | None = None
    began: float | None = None
    problems: tuple[str, ...] = ()
    unproven: tuple[UnprovenPart, ...] = ()
    trusts_files: bool = False
    trusting: Callable[[], Target] | None = None
    is_map_whole: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "clock", held(self.clock))

    def with_trust(self) -> Target:
        """Return the same target, for which files that it names are read although nothing proves them."""
        return self.trusting() if self.trusting is not None else replace(self, trusts_files=True)
