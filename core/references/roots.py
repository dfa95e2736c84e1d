"""Where chains of pointers begin: stacks, global variables, thread-local storage; and other memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..blocks.table import Blocks
from ..elf.headers import EM_PPC64, EM_X86_64
from ..inferior import Inferior
from ..maps.area import Area
from ..maps.kinds import LEFT_OUT
from ..maps.protection import Protection
from ..owners.bss import bss_of_modules
from ..owners.proofs import Proofs
from ..range_set import RangeSet
from ..ranges import Range
from ..watch import UNWATCHED, Watch
from .thread_places import ThreadPlaces

# Bytes below the stack pointer that a function may use by machine: System V ABI of AMD64, 3.2.2, and of PPC64
# (ELFv1 3.2.2, ELFv2 2.2.2.4).
_RED_ZONES = {EM_X86_64: 128, EM_PPC64: 288}


class Roots(NamedTuple):
    """The memory where chains may begin; the kinds are apart, and no allocator's blocks are in any.

    `other` is memory that can be written and that nothing says whose it is: mappings of the program's own.
    `unused` is what lies below stack pointers.
    """

    stacks: RangeSet
    globals: RangeSet
    tls: RangeSet
    other: RangeSet
    unused: RangeSet

    @property
    def proven(self) -> RangeSet:
        """Where chains begin."""
        return RangeSet(part for kind in (self.stacks, self.globals, self.tls) for part in kind)


def roots_of(inferior: Inferior, blocks: Sequence[Blocks], watch: Watch = UNWATCHED) -> Roots:
    """Return the memory of the roots.

    Of a stack that is what lies above its threads' stack pointers, less what the machine lets functions use
    below them; all where none is known. A thread may run
    on a stack in a block: from its stack pointer on that is one too. Raise Interrupted.
    """
    threads, proofs = ThreadPlaces(inferior, watch), Proofs(inferior)
    taken = RangeSet(part for one in blocks for part in _own(one))
    areas = [area for area in inferior.areas if _may_hold(area)]
    red_zone = _RED_ZONES.get(proofs.machine or 0, 0)
    stacks, unused = _stacks(threads, red_zone)
    on_blocks = RangeSet(_stacks_in_blocks(proofs, blocks, red_zone))
    tls = _outside(threads.storage, taken)
    stacks = _outside(stacks, RangeSet([*taken, *tls]))
    globals_ = _outside(_globals(proofs, areas), RangeSet([*taken, *tls, *stacks]))
    known = RangeSet([*taken, *tls, *stacks, *globals_, *unused])
    other = _outside((area.range for area in areas if _may_write(area)), known)
    return Roots(RangeSet([*stacks, *on_blocks]), globals_, tls, other, unused)


def _own(blocks: Blocks) -> Iterator[Range]:
    """Yield what is an allocator's: regions of blocks, and its own structures elsewhere."""
    yield from (Range(region.start, region.end) for region in blocks.regions)
    yield from (Range(one.address, one.address + one.size) for one in blocks.arenas if one.size)


def _may_hold(area: Area) -> bool:
    return area.kind not in LEFT_OUT and area.allows(Protection.READ) is not False


def _may_write(area: Area) -> bool:
    return area.allows(Protection.WRITE) is not False


def _stacks(threads: ThreadPlaces, red_zone: int) -> tuple[RangeSet, RangeSet]:
    """Return the parts of stacks that are in use, and those that aren't."""
    used, unused = [], []
    for area, held in threads.stacks():
        low = min((one.stack_pointer or 0 for one in held), default=area.start)
        start = min(max(low - red_zone, area.start), area.end)
        used.append(Range(start, area.end))
        unused.append(Range(area.start, start))
    return RangeSet(used), RangeSet(unused)


def _stacks_in_blocks(proofs: Proofs, blocks: Sequence[Blocks], red_zone: int) -> Iterator[Range]:
    for thread in proofs.threads:
        pointer = thread.stack_pointer
        for one in blocks if pointer is not None else ():
            block = one.at(pointer or 0)
            if block is not None and block.is_used:
                yield Range(max((pointer or 0) - red_zone, block.start), block.end)


def _globals(proofs: Proofs, areas: Sequence[Area]) -> Iterator[Range]:
    """Yield modules' data: what can be written, and what was until all was relocated (RELRO), right below."""
    below: Area | None = None
    for area in areas:
        if area.kind == "module" and _may_write(area):
            yield area.range
            if below is not None and (below.path, below.end) == (area.path, area.start):
                yield below.range
        below = area if area.kind == "module" and not area.allows(Protection.EXEC) else None
    for area, owner in bss_of_modules(proofs, areas):
        yield Range(area.start, owner.end)


def _outside(ranges: Iterable[Range], others: RangeSet) -> RangeSet:
    return RangeSet(part for one in ranges for part in others.outside(*one))
