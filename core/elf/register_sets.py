"""The register sets in a core file's notes, by machine: where each register is, by GDB's name for it.

Linux: struct elf_prstatus of include/uapi/linux/elfcore.h with the sets of arch/*/include/uapi/asm/ptrace.h
(user_regs_struct, user_pt_regs, user_fpsimd_state); the FXSAVE and XSAVE areas of the Intel 64 manual,
volume 1, chapters 10.5.1 and 13.4, with the kernel's XCR0 in the part for software (linux/regset.h).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ..byte_order import Endian
from .headers import EM_386, EM_AARCH64, EM_PPC, EM_X86_64

NT_PRSTATUS, NT_FPREGSET, NT_XFPREGS, NT_XSTATE = 1, 2, 0x46E62B7F, 0x202
CORE, LINUX = b"CORE", b"LINUX"
# x87, SSE and AVX: the state components that XSTATE notes here have.
_AVX = 0b111
FXSAVE_SIZE = 512
_XSAVE_SIZE, _XCR0_AT, _XSTATE_BV_AT = 832, 464, 512


class Field(NamedTuple):
    """A register, or the part of one from bit `shift` on: where it lies in its set, and its bytes."""

    name: str
    at: int
    size: int
    shift: int = 0


class RegisterSet(NamedTuple):
    """A note with registers: its owner and type, its size, and what lies where."""

    owner: bytes
    type: int
    size: int
    fields: tuple[Field, ...]

    def decode(self, content: bytes, endian: Endian) -> dict[str, int]:
        """Return the registers in a note's content, as far as that reaches; none if it is too short."""
        found: dict[str, int] = {}
        for name, at, size, shift in self.fields:
            if at + size <= len(content):
                value = int.from_bytes(content[at : at + size], endian)
                found[name] = found.get(name, 0) | value << shift
        return found

    def encode(self, registers: Mapping[str, int], endian: Endian) -> bytearray:
        """Return a note's content with these registers; zeros for those that aren't known."""
        content = bytearray(self.size)
        for name, at, size, shift in self.fields:
            value = registers.get(name, 0) >> shift & (1 << 8 * size) - 1
            content[at : at + size] = value.to_bytes(size, endian)
        return content

    def is_known(self, registers: Mapping[str, int]) -> bool:
        """Return whether any of its registers is."""
        return any(field.name in registers for field in self.fields)


def _row(names: Iterable[str], at: int, size: int, step: int = 0, shift: int = 0) -> Iterator[Field]:
    for number, name in enumerate(names):
        yield Field(name, at + number * (step or size), size, shift)


def _status(start: int, word: int, names: str) -> RegisterSet:
    """Return a struct elf_prstatus: behind the registers, an int says whether there are more of them."""
    fields = tuple(_row(names.split(), start, word))
    return RegisterSet(CORE, NT_PRSTATUS, start + word * len(fields) + word, fields)


def _numbered(name: str, count: int) -> list[str]:
    return [f"{name}{number}" for number in range(count)]


def _fxsave(vectors: int) -> tuple[Field, ...]:
    """Return the fields of the FXSAVE area; `ftw` is its short tag word, a bit for each register in use."""
    return (
        *(Field(name, at, 2) for name, at in (("fctrl", 0), ("fstat", 2), ("fop", 6))),
        Field("ftw", 4, 1),
        *_row(("fioff", "fiseg", "fooff", "foseg", "mxcsr", "mxcsrmask"), 8, 4),
        *_row(_numbered("st", 8), 32, 10, 16),
        *_row(_numbered("xmm", vectors), 160, 16),
    )


def _xsave(vectors: int) -> tuple[Field, ...]:
    low, high = (_row(_numbered("ymm", vectors), at, 16, shift=shift) for at, shift in ((160, 0), (576, 128)))
    return (*low, *high)


_X86_64 = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss "
    "fs_base gs_base ds es fs gs"
)
_I386 = "ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss"
_I387 = (
    *_row(("fctrl", "fstat", "ftag", "fioff", "fiseg", "fooff", "foseg"), 0, 4),
    *_row(_numbered("st", 8), 28, 10),
)
# struct pt_regs, of which a core has 48 words (ELF_NGREG).
_PPC = " ".join(
    [*_numbered("r", 32), "pc msr orig_r3 ctr lr xer cr mq trap dar dsisr result", *_numbered("_", 4)]
)
_AARCH64 = " ".join([*_numbered("x", 31), "sp", "pc", "cpsr"])

SETS: Mapping[int, tuple[RegisterSet, ...]] = {
    EM_X86_64: (
        _status(112, 8, _X86_64),
        RegisterSet(CORE, NT_FPREGSET, FXSAVE_SIZE, _fxsave(16)),
        RegisterSet(LINUX, NT_XSTATE, _XSAVE_SIZE, _xsave(16)),
    ),
    EM_386: (
        _status(72, 4, _I386),
        RegisterSet(CORE, NT_FPREGSET, 108, _I387),
        RegisterSet(LINUX, NT_XFPREGS, FXSAVE_SIZE, _fxsave(8)),
        RegisterSet(LINUX, NT_XSTATE, _XSAVE_SIZE, _xsave(8)),
    ),
    EM_PPC: (_status(72, 4, _PPC),),
    EM_AARCH64: (
        _status(112, 8, _AARCH64),
        RegisterSet(
            CORE, NT_FPREGSET, 528, (*_row(_numbered("v", 32), 0, 16), *_row(("fpsr", "fpcr"), 512, 4))
        ),
    ),
}
# Other names of the same registers: LLDB's.
_ALIASES = {"rflags": "eflags", "fp": "x29", "lr": "x30", "pstate": "cpsr"}

# All that a note can have; of the hundreds of names for parts and views of vectors, no others are of use.
NAMES = frozenset(field.name for sets in SETS.values() for each in sets for field in each.fields) | set(
    _ALIASES
)


# What the program counter is called.
_PROGRAM_COUNTERS = ("rip", "eip", "pc")


def program_counter(registers: Mapping[str, int]) -> int | None:
    """Return the program counter among registers, or None if it isn't."""
    return next((registers[name] for name in _PROGRAM_COUNTERS if name in registers), None)


def by_note_name(machine: int, registers: Mapping[str, int]) -> dict[str, int]:
    """Return registers by the names that the sets have: LLDB's other names, tag words of either form."""
    known = {field.name for each in SETS.get(machine, ()) for field in each.fields}
    named = {
        _ALIASES.get(name, name) if name not in known else name: value for name, value in registers.items()
    }
    if "ftag" in named and "ftw" not in named:
        # Two bits each; 3 is an empty register.
        named["ftw"] = sum((named["ftag"] >> 2 * each & 3 != 3) << each for each in range(8))
    for number in range(16):
        if f"ymm{number}" in named:
            named.setdefault(f"xmm{number}", named[f"ymm{number}"] & (1 << 128) - 1)
    return named


def finish_xsave(content: bytearray, legacy: bytes) -> None:
    """Complete an XSAVE area: the FXSAVE area at its beginning, and which components there are."""
    content[: len(legacy)] = legacy
    content[_XCR0_AT : _XCR0_AT + 8] = _AVX.to_bytes(8, "little")
    content[_XSTATE_BV_AT : _XSTATE_BV_AT + 8] = _AVX.to_bytes(8, "little")
