"""The names that the kernel gives to areas without a file, where a core file says which areas they are.

Only what is proven is named: by what the auxiliary vector points to, by libc's own variable, by where the
kernel must have put it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ...elf.auxv import AT_EXECFN, AT_RANDOM, AT_SYSINFO_EHDR
from ...elf.headers import EM_X86_64, ElfHeader, ReadAt
from ...maps.area import Area
from ...maps.protection import Protection
from ...ranges import align_up
from .allowance import GUARDS, Allowance
from .facts import CoreFacts
from .program import Program

_VSYSCALL = 0xFFFFFFFFFF600000  # Documentation/arch/x86/x86_64/mm.rst
# How far behind a program's memory its heap begins at most, by word size: arch_randomize_brk of Linux.
_FARTHEST_HEAP = {8: (1 << 30) + (32 << 20), 4: 32 << 20}
# Pages of the vDSO's data, at most (lib/vdso, arch/x86/entry/vdso/vma.c): of all of it, and of [vvar_vclock].
_LARGEST_VVAR, _VCLOCK = 8, 2
# Bytes that are looked at below a stack; guards have a page as a rule (pthread_attr_setguardsize(3)).
_LARGEST_GUARD = 1 << 20


class Process(NamedTuple):
    """What names are found by: the core's header and notes, memory, program, and where the heap ends.

    `heap_end` asks libc for that: None where it can't be asked, 0 if there is no heap.
    """

    header: ElfHeader
    facts: CoreFacts
    read: ReadAt
    program: Program
    page_size: int
    heap_end: Callable[[], int | None]


def with_names(areas: Sequence[Area], process: Process) -> list[Area]:
    """Return the areas, those without a file with the names that Linux gives them."""
    if not process.facts.is_linux:
        return list(areas)
    named = _pointed_to(areas, process)
    names = {**_data_of_vdso(named, process), **_heap(named, process)}
    guards = set(_guards(named, process))
    return [
        area._replace(
            path=names.get(area.start, area.path), kind="guard" if area.start in guards else area.kind
        )
        if area.start in names or area.start in guards
        else area
        for area in named
    ]


def _pointed_to(areas: Iterable[Area], process: Process) -> list[Area]:
    facts, header = process.facts, process.header
    places = [
        (facts.auxv.get(AT_SYSINFO_EHDR), "[vdso]"),
        # The kernel puts both on the main stack (execve(2)).
        (facts.auxv.get(AT_RANDOM), "[stack]"),
        (facts.auxv.get(AT_EXECFN), "[stack]"),
        (_VSYSCALL if header.machine == EM_X86_64 and header.word_size == 8 else None, "[vsyscall]"),
    ]
    known = [(address, name) for address, name in places if address]
    return [
        next((area._replace(path=name) for address, name in known if address in area), area)
        if not area.path
        else area
        for area in areas
    ]


def _data_of_vdso(areas: Sequence[Area], process: Process) -> dict[int, str]:
    """Return the names of the areas right below the vDSO, where the kernel puts its data.

    It is dumped as zeros, and nothing but the kernel maps memory there: from Linux 6.13 on in two areas.
    """
    index = next((n for n, area in enumerate(areas) if area.path == "[vdso]"), 0)
    upper = _data_below(areas, index, process, _LARGEST_VVAR)
    if upper is None:
        return {}
    if upper.size == _VCLOCK * process.page_size:
        lower = _data_below(areas, index - 1, process, _LARGEST_VVAR)
        if lower is not None:
            return {lower.start: "[vvar]", upper.start: "[vvar_vclock]"}
    return {upper.start: "[vvar]"}


def _data_below(areas: Sequence[Area], index: int, process: Process, most: int) -> Area | None:
    """Return the area that ends where one begins, if it may be the vDSO's data: small, read-only zeros."""
    if index < 1 or areas[index - 1].end != areas[index].start:
        return None
    area = areas[index - 1]
    is_small = area.size <= most * process.page_size
    fits = not area.path and is_small and _may_only_be_read(area)
    return area if fits and _is_zeros(area, process) else None


def _may_only_be_read(area: Area) -> bool:
    return area.allows(Protection.WRITE) is False and area.allows(Protection.EXEC) is False


def _heap(areas: Sequence[Area], process: Process) -> dict[int, str]:
    """Return the names of the areas of the heap that brk(2) makes: up to where libc says that it ends.

    Without libc's word it is the first area behind the program, as far behind as the kernel may put it.
    """
    begin = align_up(process.program.end(), process.page_size)
    end = process.heap_end()
    if end is None:
        first = next((a for a in areas if begin and a.end > begin), None)
        limit = begin + _FARTHEST_HEAP[process.header.word_size]
        is_heap = first is not None and first.path == "" and first.start <= limit and _may_be_written(first)
        return {first.start: "[heap]"} if first is not None and is_heap else {}
    found: dict[int, str] = {}
    for area in reversed(areas):
        if not area.path and begin < area.end and area.start < end and (not found or area.end in found):
            # Touching areas are one heap of which a part was protected otherwise.
            found[area.start] = "[heap]"
        elif found:
            break
    return found


def _may_be_written(area: Area) -> bool:
    return area.allows(Protection.WRITE) is not False


def _guards(areas: Sequence[Area], process: Process) -> Iterator[int]:
    """Yield where the guard pages below threads' stacks begin, which GDB writes as readable zeros."""
    if not process.facts.by_gdb:
        return
    pointers = sorted(t.stack_pointer for t in process.facts.threads if t.stack_pointer is not None)
    allowance, at = Allowance(GUARDS), 0
    looking = process._replace(read=allowance.reading(process.read))
    for below, stack in zip(areas, areas[1:]):
        while at < len(pointers) and pointers[at] < stack.start:
            at += 1
        holds_one = at < len(pointers) and pointers[at] < stack.end
        is_below = below.end == stack.start and below.size <= _LARGEST_GUARD and below.path == ""
        if holds_one and is_below and _may_only_be_read(below) and _is_zeros(below, looking):
            if allowance.is_spent:
                return  # nothing was read, which proves nothing
            yield below.start


def _is_zeros(area: Area, process: Process) -> bool:
    """Return whether the dump has only zeros of the area, or nothing: GDB 18 leaves out guard pages."""
    content = process.read(area.start, area.size)
    return content.count(0) == len(content)
