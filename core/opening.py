"""Inferiors without a debugger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .arch import Arch
from .files.paths import FilePath, path_text
from .images.model.asid import ANY
from .images.model.image import Image
from .images.model.image_areas import image_areas
from .images.model.snapshot import Circumstances, Snapshot
from .images.model.unproven import unproven_parts
from .inferior import Inferior
from .integers import as_integer
from .maps.area import Area
from .maps.area_map import AreaMap
from .maps.kinds import may_have_symbols
from .ports.program import Symbol
from .ports.target import Target
from .ports.threads import Thread
from .range_set import RangeSet
from .ranges import TOP, Range
from .segments.content import ZEROS
from .sources import process_target
from .sources.dumps import open_dump
from .sources.fixed import (
    FixedAbsent,
    FixedAreas,
    FixedRegisters,
    FixedThreadPointers,
    FixedThreads,
    FixedUntouched,
)


def open_process(pid: int) -> Inferior:
    """Return a process of this machine as an inferior; it is neither traced nor stopped.

    Raise SourceError if there is no such process, SourceDenied if it may not be looked at.
    """
    return Inferior(process_target(as_integer(pid)))


def open_core(path: FilePath, *, trust_files: bool = False) -> Inferior:
    """Return a core file as an inferior, in any format of `sources.dumps`.

    Files that it names are read where a build-id or dumped bytes prove them; with `trust_files` also where
    nothing does, if nothing speaks against them. Raise SourceError for what is none, SourceDenied if it may
    not be read.
    """
    inferior = Inferior(open_dump(path_text(path)))
    return inferior.trusting() if trust_files else inferior


def symbols_of(inferior: Inferior | None, areas: AreaMap) -> SymbolsWhereMapped | None:
    """Return the inferior's symbols for another memory; None if it has none, or if they aren't known now."""
    if inferior is None or inferior.target.symbols is None:
        return None
    state = inferior.target.run_state
    return None if state is not None and state.is_running() else SymbolsWhereMapped(inferior, areas)


class SymbolsWhereMapped:
    """An inferior's symbols, at addresses where it maps the same place of the same file as other areas do."""

    def __init__(self, inferior: Inferior, areas: AreaMap) -> None:
        self._inferior, self._areas = inferior, areas

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol, or None; see SymbolResolver."""
        here, areas = self._areas.find(address), self._inferior.areas
        now = areas.find(address)
        symbols = self._inferior.target.symbols
        if symbols is None or here is None or now is None or not may_have_symbols(now, areas):
            return None
        return symbols.symbol_at(address) if _is_same_place(here, now) else None


def _is_same_place(here: Area, now: Area) -> bool:
    if (here.path or "") != (now.path or ""):
        return False
    if here.offset is None or now.offset is None:
        return here.start == now.start
    return here.offset - here.start == now.offset - now.start


def as_inferior(image: Image, inferior: Inferior | None) -> Inferior:
    """Return an image as something to search: a snapshot under its own map, others as their sections lie.

    Ranges in a snapshot's map without content in the snapshot are absent.
    """
    arch = image.circumstances.arch if isinstance(image, Snapshot) else inferior.arch if inferior else Arch()
    areas = list(image.map) if isinstance(image, Snapshot) else []
    problems = image.circumstances.problems if isinstance(image, Snapshot) else ()
    areas = areas or image_areas(image)
    held = RangeSet(part for part, _ in image.visible(0, 1 << 64))
    missing = RangeSet(part for area in areas for part in held.outside(area.start, area.end))
    target = Target(
        arch,
        (FixedAreas(areas, image.source),),
        (image,),
        name=image.name,
        absent=FixedAbsent(missing),
        untouched=FixedUntouched(RangeSet(_zeros(image)), [Range(0, TOP)]),
        symbols=symbols_of(inferior, AreaMap(areas)),
        problems=problems,
        unproven=tuple(unproven_parts(image)),
        is_map_whole=not problems,
    )
    return Inferior(_with_threads(target, image.circumstances) if isinstance(image, Snapshot) else target)


def _with_threads(target: Target, about: Circumstances) -> Target:
    """Return the target with the threads of a snapshot as they were, and with their registers."""
    pointers = {one.tid: one.thread_pointer for one in about.threads}
    known = [(one.tid, one.registers) for one in about.threads]
    return replace(
        target,
        pid=about.pid,
        machine=about.machine,
        threads=FixedThreads(Thread(one.tid, one.stack_pointer) for one in about.threads),
        thread_pointers=FixedThreadPointers({tid: one for tid, one in pointers.items() if one}),
        registers=FixedRegisters(known) if known else None,
    )


def _zeros(image: Image) -> Iterator[Range]:
    """Yield, in order, the ranges that are zeros without any stored content."""
    for part, section in image.visible(0, 1 << 64, ANY):
        place = part.start
        for size, thing, _ in section.origins(*part):
            if thing == ZEROS:
                yield Range(place, place + size)
            place += size
