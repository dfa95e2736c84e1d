"""Where a thread's stack pointer lies in its NT_PRSTATUS note, by machine.

Linux: struct elf_prstatus of linux/elfcore.h, then elf_gregset_t of each asm/elf.h and asm/ptrace.h.
FreeBSD: struct prstatus of sys/procfs.h, then struct reg of each machine/reg.h.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from .headers import (
    EM_386,
    EM_AARCH64,
    EM_ARM,
    EM_LOONGARCH,
    EM_MIPS,
    EM_PPC,
    EM_PPC64,
    EM_RISCV,
    EM_S390,
    EM_X86_64,
    ElfHeader,
)


class StatusLayout(NamedTuple):
    """A whole note's size, and in it where the thread's identifier and its stack pointer are."""

    size: int
    tid: int
    stack_pointer: int
    register: str  # struct's letter


# Before the registers: 112 bytes where a long has 8, 72 where it has 4.
_LINUX = {
    (EM_X86_64, 8): StatusLayout(336, 32, 112 + 19 * 8, "Q"),  # rsp
    (EM_X86_64, 4): StatusLayout(296, 24, 72 + 19 * 8, "Q"),  # x32: rsp
    (EM_386, 4): StatusLayout(144, 24, 72 + 15 * 4, "I"),  # esp
    (EM_AARCH64, 8): StatusLayout(392, 32, 112 + 31 * 8, "Q"),  # sp
    (EM_ARM, 4): StatusLayout(148, 24, 72 + 13 * 4, "I"),  # r13
    (EM_PPC64, 8): StatusLayout(504, 32, 112 + 1 * 8, "Q"),  # r1
    (EM_PPC, 4): StatusLayout(268, 24, 72 + 1 * 4, "I"),  # r1
    (EM_S390, 8): StatusLayout(336, 32, 112 + 16 + 15 * 8, "Q"),  # r15, after the PSW
    (EM_S390, 4): StatusLayout(224, 24, 72 + 8 + 15 * 4, "I"),  # r15, after the PSW
    (EM_MIPS, 8): StatusLayout(480, 32, 112 + 29 * 8, "Q"),  # r29
    (EM_MIPS, 4): StatusLayout(256, 24, 72 + (6 + 29) * 4, "I"),  # r29; o32 begins with 6 empty words
    (EM_RISCV, 8): StatusLayout(376, 32, 112 + 2 * 8, "Q"),  # x2, after the pc
    (EM_RISCV, 4): StatusLayout(204, 24, 72 + 2 * 4, "I"),  # x2, after the pc
    (EM_LOONGARCH, 8): StatusLayout(480, 32, 112 + 3 * 8, "Q"),  # r3
}

# Before the registers: 48 bytes where a long has 8, 28 where it has 4.
_FREEBSD = {
    (EM_X86_64, 8): StatusLayout(48 + 176, 40, 48 + 160, "Q"),  # r_rsp
    (EM_386, 4): StatusLayout(28 + 76, 24, 28 + 16 * 4, "I"),  # r_esp
    (EM_AARCH64, 8): StatusLayout(48 + 272, 40, 48 + 31 * 8, "Q"),  # sp, after x0 to x29 and lr
}


def linux_status(header: ElfHeader, size: int) -> StatusLayout | None:
    """Return the layout of Linux's note of this size; None if it isn't known for the machine."""
    return _of_size(_LINUX.get((header.machine, header.word_size)), size)


def freebsd_status(header: ElfHeader, size: int) -> StatusLayout | None:
    """Return the layout of FreeBSD's note of this size; None if it isn't known for the machine."""
    return _of_size(_FREEBSD.get((header.machine, header.word_size)), size)


def _of_size(layout: StatusLayout | None, size: int) -> StatusLayout | None:
    # Another size is another ABI of the same machine, whose registers lie elsewhere.
    return layout if layout is not None and layout.size == size else None


def stack_pointer(header: ElfHeader, layout: StatusLayout, content: bytes) -> int:
    """Return the stack pointer in a note's content."""
    return int(struct.unpack_from(header.order + layout.register, content, layout.stack_pointer)[0])
