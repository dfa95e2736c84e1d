"""Taking a snapshot of a target: which areas are read, which aren't, and what is recorded with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...maps.kinds import LEFT_OUT, NO_READ
from ...maps.protection import Protection
from ...memory.shown_files import map_problems_of
from ...ports.memory import MemoryReader
from ...ports.target import Target
from ...ports.threads import Thread
from ...walk.coverage import Unreadable
from ...watch import UNWATCHED, Watch
from ..model.asid import Asid
from ..model.snapshot import Circumstances, Snapshot, ThreadState
from .capture import take_snapshot
from .page_dedup import Destination


class ReadableAreas(NamedTuple):
    """Areas to read, areas that refuse reads, and the bytes of areas that are better not read."""

    wanted: tuple[Area, ...]
    refused: tuple[Area, ...]
    aside: int

    @classmethod
    def of(cls, areas: Iterable[Area], no_access: bool = False) -> ReadableAreas:
        """Sort areas as pt-find does; with `no_access`, none refuses reads."""
        wanted, refused, aside = [], [], 0
        for area in areas:
            if area.kind in LEFT_OUT:
                aside += area.size
            elif not no_access and area.allows(Protection.READ) is False:
                refused.append(area)
            else:
                wanted.append(area)
        return cls(tuple(wanted), tuple(refused), aside)


def take(
    name: str | None,
    readable: ReadableAreas,
    reader: MemoryReader,
    target: Target,
    circumstances: Circumstances,
    store: Destination,
    *,
    asid: Asid | None = None,
    watch: Watch = UNWATCHED,
) -> Snapshot:
    """Take a snapshot of areas of a target; its coverage counts all of them. Raise as `take_snapshot`."""
    taken = take_snapshot(
        name,
        readable.wanted,
        reader,
        store,
        circumstances,
        asid=asid,
        untouched=target.untouched,
        absent=target.absent,
        reasons=target.reasons,
        watch=watch,
    )
    denied = (Unreadable(area.start, area.end, NO_READ) for area in readable.refused)
    taken.coverage = taken.coverage.widened(denied, readable.aside)
    return taken


def circumstances_of(
    target: Target,
    areas: Iterable[Area],
    threads: Iterable[Thread],
    generation: int | None = None,
    taken: float | None = None,
    watch: Watch = UNWATCHED,
) -> Circumstances:
    """Return the circumstances of a snapshot of a target that is taken now, or at another time.

    `threads` are known already; they count where nothing tells their registers. Raise Interrupted if the
    watch says so.
    """
    known = AreaMap(areas)
    about = Circumstances(
        areas=known,
        arch=target.arch,
        generation=generation,
        pid=target.pid,
        program=target.name,
        threads=tuple(_threads(target, threads, watch)),
        auxv=target.auxv.auxv() if target.auxv else None,
        machine=target.machine,
        problems=map_problems_of(target, known),
        unproven=target.unproven,
    )
    return about if taken is None else replace(about, taken=taken)


def _threads(target: Target, threads: Iterable[Thread], watch: Watch) -> Iterator[ThreadState]:
    """Yield the threads with their registers; where those aren't known, with their stack pointers."""
    signals = target.signals.signals() if target.signals else {}
    if target.registers is not None:
        for tid, registers in target.registers.registers():
            watch.check()
            yield ThreadState(tid, registers, signals.get(tid, 0))
        return
    for thread in threads:
        if thread.stack_pointer is not None:
            yield ThreadState(thread.tid, {"sp": thread.stack_pointer}, signals.get(thread.tid, 0))
