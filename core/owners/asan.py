"""AddressSanitizer's memory: its shadow, told by its layout alone, and its allocator's space beside that.

Source: compiler-rt/lib/asan/asan_mapping.h and asan_allocator.h of LLVM, which GCC's libsanitizer follows. An
address has its shadow at (address >> 3) + offset, and the shadow's own shadow is a gap. The three parts touch
each other, and where they end depends on nothing but the offset and on where the process's addresses end:
areas with these borders are nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..elf.headers import EM_386, EM_AARCH64, EM_ARM, EM_LOONGARCH, EM_PPC64, EM_S390, EM_X86_64
from ..maps.area import Area
from ..maps.protection import Protection
from ..maps.stacks import is_forbidden
from ..ranges import Range
from .owner import AreaOwner
from .proofs import Proofs

_SCALE = 3
# ASAN_SHADOW_OFFSET_CONST by machine and word size; FreeBSD's last. Elsewhere it isn't constant.
_OFFSETS: Mapping[tuple[int | None, int], Sequence[int]] = {
    (EM_X86_64, 8): (0x7FFF8000, 1 << 46),
    (EM_AARCH64, 8): (1 << 36, 1 << 47),
    (EM_PPC64, 8): (1 << 44,),
    (EM_S390, 8): (1 << 52,),
    (EM_LOONGARCH, 8): (1 << 46,),
    (EM_386, 4): (1 << 29, 1 << 30),
    (EM_ARM, 4): (1 << 29,),
}
# Where a process's addresses may end (kHighMemEnd + 1): GetMaxUserVirtualAddress of sanitizer_linux.cpp.
_ENDS = (*(1 << bits for bits in (32, 36, 39, 42, 44, 46, 47, 48, 52, 53)), 3 << 30)
# kAllocatorSpace and kAllocatorSize: of LLVM 17 and later, and before.
_ALLOCATORS: Mapping[tuple[int | None, int], Sequence[tuple[int, int]]] = {
    (EM_X86_64, 8): ((0x500000000000, 1 << 42), (0x600000000000, 1 << 42))
}


def sanitized(proofs: Proofs, areas: Iterable[Area]) -> Iterator[tuple[Area, AreaOwner]]:
    """Yield the areas of AddressSanitizer's shadow and of its allocator."""
    machine = proofs.machine, proofs.word_size
    shadow = next(filter(None, (_shadow(proofs, offset) for offset in _OFFSETS.get(machine, ()))), None)
    if shadow is None:
        return
    space = [Range(start, start + size) for start, size in _ALLOCATORS.get(machine, ())]
    heaps = [one for one in space if _is_filled(proofs, one)]
    for area in areas:
        for part, what, text in shadow:
            if part.start <= area.start and area.end <= part.end:
                yield area, AreaOwner(what, "AddressSanitizer", text, area.start, area.end)
        if any(heap.start <= area.start and area.end <= heap.end for heap in heaps):
            is_rest = area.allows(Protection.WRITE) is False
            what, text = ("rest of heap", "reserved for ASan's heap") if is_rest else ("heap", "ASan heap")
            yield area, AreaOwner(what, "AddressSanitizer", text, area.start, area.end)
        elif any(area.start == heap.end and not area.path for heap in heaps):
            # SizeClassAllocator64's table of regions, right behind its space (AdditionalSize).
            yield area, AreaOwner("metadata", "AddressSanitizer", "ASan heap's regions", area.start, area.end)


def _shadow(proofs: Proofs, offset: int) -> Sequence[tuple[Range, str, str]] | None:
    """Return the parts of a shadow with this offset, if areas lie as they must."""
    first = proofs.areas.find(offset)
    # What is mapped begins a page before: it is where the shadow of what lies below the offset would end.
    if first is None or first.path or is_forbidden(first) or first.start < offset - proofs.page_size:
        return None
    low = Range(first.start, (offset >> _SCALE) + offset)
    for end in _ENDS:
        high_end = (end >> _SCALE) + offset
        high = Range((high_end >> _SCALE) + offset, high_end)
        if low.end <= high.start < high.end and all(_is_exact(proofs, one) for one in (low, high)):
            return (
                (low, "shadow", "ASan low shadow"),
                (Range(low.end, high.start), "shadow gap", "ASan shadow gap"),
                (high, "shadow", "ASan high shadow"),
            )
    return None


def _is_exact(proofs: Proofs, wanted: Range) -> bool:
    """Return whether areas without a name begin and end exactly there, and can be accessed."""
    first, last = proofs.areas.find(wanted.start), proofs.areas.find(wanted.end - 1)
    if first is None or last is None or first.start != wanted.start or last.end != wanted.end:
        return False
    return not (first.path or last.path or is_forbidden(first) or is_forbidden(last))


def _is_filled(proofs: Proofs, wanted: Range) -> bool:
    """Return whether areas fill all of it, from its beginning on: nobody else can have mapped there."""
    first = proofs.areas.find(wanted.start)
    if first is None or first.start != wanted.start or first.path:
        return False
    return next(proofs.areas.gaps(*wanted), None) is None
