"""The general registers of NetBSD and OpenBSD, in the order of struct reg.

NetBSD: sys/arch/amd64/include/frame_regs.h, sys/arch/aarch64/include/reg.h, sys/arch/i386/include/reg.h.
OpenBSD: sys/arch/{amd64,arm64,i386}/include/reg.h. The names are GDB's.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from ..arch import UNSIGNED_CODES
from .headers import EM_386, EM_AARCH64, EM_X86_64, ElfHeader


class BsdRegisters(NamedTuple):
    """Registers of one word each, in order, "" for what is none; and which of them points to the stack."""

    names: tuple[str, ...]
    stack_pointer: str

    def decode(self, header: ElfHeader, content: bytes) -> dict[str, int]:
        """Return the registers, as far as the content reaches."""
        layout = struct.Struct(header.order + UNSIGNED_CODES[header.word_size])
        whole = content[: len(content) // layout.size * layout.size]
        return {name: value for name, (value,) in zip(self.names, layout.iter_unpack(whole)) if name}


def _registers(stack_pointer: str, names: str) -> BsdRegisters:
    return BsdRegisters(tuple(name.strip("-") for name in names.split()), stack_pointer)


_AMD64 = "rdi rsi rdx rcx r8 r9 r10 r11 r12 r13 r14 r15 rbp rbx rax "
_AARCH64 = _registers("sp", " ".join(f"x{number}" for number in range(31)) + " sp pc cpsr")
_I386 = _registers("esp", "eax ecx edx ebx esp ebp esi edi eip eflags cs ss ds es fs gs")

# By machine. NetBSD's has a trap number and an error code among them.
NETBSD_REGISTERS = {
    EM_X86_64: _registers("rsp", _AMD64 + "gs fs es ds - - rip cs eflags rsp ss"),
    EM_AARCH64: _AARCH64,
    EM_386: _I386,
}
OPENBSD_REGISTERS = {
    EM_X86_64: _registers("rsp", _AMD64 + "rsp rip eflags cs ss ds es fs gs"),
    EM_AARCH64: _AARCH64,
    EM_386: _I386,
}
