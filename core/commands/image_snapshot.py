"""pt-image snapshot: a copy of what memory holds now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Optional

from ..images.capture import take_snapshot
from ..images.coverage import Unreadable
from ..images.snapshot import Circumstances, ThreadState
from ..inferior import Inferior
from ..maps.area import Area
from ..maps.area_map import AreaMap
from ..maps.protection import Protection
from ..ports import Target
from ..render.document import Result
from ..sources.procfs.auxv import auxiliary_vector
from .context import Context
from .coverage import LEFT_OUT, NO_READ
from .image_calls import add_image, check_name, image_document
from .parse import Arguments
from .scope import Scope
from .values import Values

PROCFS = "procfs"  # what serves the areas of a process of this machine


def snapshot(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image snapshot`."""
    inferior, (name,) = context.process, arguments.positionals
    check_name(context.session, name)
    areas = Scope.of(arguments, arguments.all("in"), Values(inferior)).areas(inferior.areas)
    wanted, refused, aside = _sorted(areas)
    taken = take_snapshot(
        name,
        wanted,
        inferior.memory.ready([area.range for area in wanted]),
        context.session.pages,
        _circumstances(inferior),
        untouched=inferior.target.untouched,
        absent=inferior.target.absent,
        interrupted=context.interrupted,
    )
    denied = tuple(Unreadable(area.start, area.end, NO_READ) for area in refused)
    taken.coverage = taken.coverage._replace(
        unreadable=tuple(sorted((*taken.coverage.unreadable, *denied))),
        left_out=taken.coverage.left_out + aside,
    )
    add_image(context.session, taken)
    return image_document(taken, listed=False)


def _sorted(areas: Iterable[Area]) -> tuple[list[Area], list[Area], int]:
    """Return which areas to read, which refuse to be read, and how many bytes are left out, as by pt-find."""
    wanted, refused, aside = [], [], 0
    for area in areas:
        if area.kind in LEFT_OUT:
            aside += area.size
        elif area.allows(Protection.READ) is False:
            refused.append(area)
        else:
            wanted.append(area)
    return wanted, refused, aside


def _circumstances(inferior: Inferior) -> Circumstances:
    return Circumstances(
        areas=AreaMap(inferior.areas),
        arch=inferior.arch,
        generation=inferior.generation,
        pid=inferior.pid,
        program=inferior.target.name,
        threads=tuple(_threads(inferior.target)),
        auxv=_auxv(inferior),
    )


def _auxv(inferior: Inferior) -> Optional[bytes]:
    """Return the auxiliary vector of a process of this machine: debuggers find a core's program by it."""
    if inferior.pid is None or inferior.source != PROCFS:
        return None
    return auxiliary_vector(inferior.pid)


def _threads(target: Target) -> Iterator[ThreadState]:
    """Yield the threads with their registers; where those can't be told, with their stack pointers."""
    if target.registers is not None:
        for tid, registers in target.registers.registers():
            yield ThreadState(tid, registers)
        return
    for thread in target.threads.threads() if target.threads else ():
        if thread.stack_pointer is not None:
            yield ThreadState(thread.tid, {"sp": thread.stack_pointer})
