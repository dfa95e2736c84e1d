"""Where the addresses end that a process can use: behind that nothing is free, nor can be mapped.

Where one kernel may give processes more addresses than another, the map shows which: the kernel puts the main
stack at the end of what it gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..elf.headers import EM_386, EM_AARCH64, EM_ARM, EM_LOONGARCH, EM_PPC64, EM_RISCV, EM_S390, EM_X86_64
from .area import Area

# Between the halves of a 64-bit address space lie addresses that no processor takes; the upper half is the
# kernel's (Documentation/arch/x86/x86_64/mm.rst, Documentation/arch/arm64/memory.rst).
UPPER_HALF = 1 << 63

# Pages of the kernel's that are mapped in every process, beyond what that can use.
_KERNEL_S_OWN = ("vsyscall",)
# The main stack is at most so much of the address space below its end (mmap_base and stack_maxrandom_size of
# arch/x86/mm/mmap.c, STACK_RND_MASK of arm64's asm/elf.h): one part of so many.
_NEAR = 16
_GIB, _PAGE = 1 << 30, 4096


class _Ends(NamedTuple):
    """The end that processes usually have, and those that there are, in order."""

    usual: int
    all: tuple[int, ...]


def _bits(usual: int, *others: int) -> _Ends:
    return _Ends(1 << usual, tuple(1 << bits for bits in sorted((usual, *others))))


# TASK_SIZE and its like, by machine and word size.
_ENDS: Mapping[tuple[int, int], _Ends] = {
    # All but the last page of 47 bits; of 56 with five levels of page tables, for who asks for an address
    # there (arch/x86/include/asm/page_64_types.h, Documentation/arch/x86/x86_64/5level-paging.rst). FreeBSD
    # gives that page too (VM_MAXUSER_ADDRESS_LA48, _LA57 of sys/amd64/include/vmparam.h).
    (EM_X86_64, 8): _Ends((1 << 47) - _PAGE, ((1 << 47) - _PAGE, 1 << 47, (1 << 56) - _PAGE, 1 << 56)),
    # All but two pages of 4 GiB (IA32_PAGE_OFFSET of page_64_types.h), on FreeBSD all but one
    # (FREEBSD32_MAXUSER); 3 GiB from a kernel of 32 bits (PAGE_OFFSET).
    (EM_X86_64, 4): _Ends(4 * _GIB - 2 * _PAGE, (4 * _GIB - 2 * _PAGE, 4 * _GIB)),
    (EM_386, 4): _Ends(4 * _GIB - 2 * _PAGE, (3 * _GIB, 4 * _GIB - 2 * _PAGE, 4 * _GIB)),
    # VA_BITS; 52 for who asks for an address there (Documentation/arch/arm64/memory.rst).
    (EM_AARCH64, 8): _bits(48, 36, 39, 42, 47, 52),
    # 4 GiB from a kernel of 64 bits (TASK_SIZE_32), 16 MiB less than 3 GiB from one of 32 (asm/memory.h).
    (EM_ARM, 4): _Ends(4 * _GIB, (3 * _GIB - (16 << 20), 3 * _GIB, 4 * _GIB)),
    # Half of Sv39, Sv48 and Sv57 (Documentation/arch/riscv/vm-layout.rst).
    (EM_RISCV, 8): _bits(47, 38, 56),
    # 47 bits, 52 for who asks (arch/powerpc/include/asm/task_size_64.h).
    (EM_PPC64, 8): _bits(47, 46, 52),
    # Three or four levels of page tables (arch/s390/include/asm/processor.h).
    (EM_S390, 8): _bits(53, 42),
    # cpu_vabits of arch/loongarch/include/asm/processor.h.
    (EM_LOONGARCH, 8): _bits(47, 39),
}


def user_end(
    areas: Iterable[Area], machine: int | None, word_size: int, *, is_whole: bool = True
) -> int | None:
    """Return one past the highest address that the process can use, or None where that isn't known.

    `machine` is ELF's number of the processor. A map that isn't whole shows nothing of what it leaves out.
    """
    ends = None if machine is None else _ENDS.get((machine, word_size))
    if ends is None:
        return 1 << 32 if word_size == 4 else None
    used = (area.end for area in areas if area.end <= UPPER_HALF and area.kind not in _KERNEL_S_OWN)
    highest = max(used, default=0)
    if is_whole:
        near = (end for end in ends.all if end - end // _NEAR < highest <= end)
        found = next(near, None)
        if found is not None:
            return found
    return next((end for end in (ends.usual, *ends.all) if highest <= end), None)
