"""The notes of a core file: threads with their registers, the process, its files.

Layouts: struct elf_prstatus and elf_prpsinfo of Linux's include/uapi/linux/elfcore.h with the register
sets of arch/*/include/uapi/asm/ptrace.h (user_regs_struct, user_pt_regs); core(5) and elf(5) for the rest.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..maps.area import Area
from .snapshot import Circumstances, ThreadState

NT_PRSTATUS, NT_PRPSINFO, NT_AUXV, NT_FILE = 1, 3, 6, 0x46494C45
_PAGE = 4096
EM_386, EM_X86_64, EM_AARCH64 = 3, 62, 183


class _Layout(NamedTuple):
    """A machine's general registers in the order of its register set; where the set begins; the word."""

    registers: tuple[str, ...]
    start: int
    word: str


_X86_64 = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss "
    "fs_base gs_base ds es fs gs"
)
_I386 = "ebx ecx edx esi edi ebp eax ds es fs gs orig_eax eip cs eflags esp ss"
_LAYOUTS = {
    EM_X86_64: _Layout(tuple(_X86_64.split()), 112, "Q"),
    EM_386: _Layout(tuple(_I386.split()), 72, "I"),
    EM_AARCH64: _Layout((*(f"x{number}" for number in range(31)), "sp", "pc", "cpsr"), 112, "Q"),
}
# Other names of the same registers: LLDB's.
_ALIASES = {"eflags": ("rflags",), "x29": ("fp",), "x30": ("lr",), "cpsr": ("pstate",)}


def core_notes(machine: int, endian: str, circumstances: Circumstances, areas: Iterable[Area]) -> bytes:
    """Return the notes of a core file as they follow each other in its PT_NOTE segment.

    The first thread is the one that debuggers show first. Threads of a machine whose registers aren't
    known here, and what the circumstances don't tell, are left out. `endian` is `<` or `>`.
    """
    wide = circumstances.arch.word_size == 8
    notes = [(NT_PRSTATUS, status) for status in _statuses(machine, endian, circumstances)]
    if circumstances.pid is not None:
        notes.insert(1, (NT_PRPSINFO, _process(endian, wide, circumstances)))
    if circumstances.auxv:
        notes.append((NT_AUXV, circumstances.auxv))
    files = [area for area in areas if (area.path or "").startswith("/") and area.offset is not None]
    if files:
        notes.append((NT_FILE, _files(endian, wide, files)))
    return b"".join(_note(endian, kind, content) for kind, content in notes)


def _note(endian: str, kind: int, content: bytes) -> bytes:
    head = struct.pack(endian + "III", 5, len(content), kind) + b"CORE\0\0\0\0"
    return head + content + bytes(-len(content) % 4)


def _statuses(machine: int, endian: str, circumstances: Circumstances) -> list[bytes]:
    layout = _LAYOUTS.get(machine)
    if layout is None:
        return []
    return [_status(layout, endian, thread, circumstances.pid or 0) for thread in circumstances.threads]


def _status(layout: _Layout, endian: str, thread: ThreadState, pid: int) -> bytes:
    """Return a struct elf_prstatus: no signal, no times, the identifiers, and the registers."""
    size = struct.calcsize(layout.word)
    end = layout.start + size * len(layout.registers)
    # Behind the registers, an int says whether there are floating-point ones: 0.
    status = bytearray(end + size)
    # struct elf_siginfo, the current signal and two masks of signals come first.
    struct.pack_into(endian + "4i", status, 16 + 2 * size, thread.tid, 0, pid, 0)
    values = [_value(thread.registers, name, size) for name in layout.registers]
    struct.pack_into(f"{endian}{len(values)}{layout.word}", status, layout.start, *values)
    return bytes(status)


def _value(registers: Mapping[str, int], name: str, size: int) -> int:
    known = (registers[each] for each in (name, *_ALIASES.get(name, ())) if each in registers)
    return next(known, 0) & ((1 << 8 * size) - 1)


def _process(endian: str, wide: bool, circumstances: Circumstances) -> bytes:
    """Return a struct elf_prpsinfo: the process's number and its program's name."""
    name = os.fsencode(circumstances.program or "")
    numbers = struct.pack(
        endian + ("4sxxxxQIIiiii" if wide else "4sIHHiiii"), b"\0t\0\0", *[0] * 3, circumstances.pid, 0, 0, 0
    )
    return numbers + os.path.basename(name)[:15].ljust(16, b"\0") + name[:79].ljust(80, b"\0")


def _files(endian: str, wide: bool, areas: Sequence[Area]) -> bytes:
    """Return which files were mapped where (core(5) names the note; its layout is fs/binfmt_elf.c's)."""
    word = "Q" if wide else "I"
    offsets = [area.offset or 0 for area in areas]
    page = _PAGE if all(offset % _PAGE == 0 for offset in offsets) else 1
    rows = [
        number for area, offset in zip(areas, offsets) for number in (area.start, area.end, offset // page)
    ]
    table = struct.pack(f"{endian}{2 + len(rows)}{word}", len(areas), page, *rows)
    # Paths come with surrogates for bytes that aren't UTF-8, whatever this locale is.
    names = (area.path or "" for area in areas)
    return table + b"".join(name.encode("utf-8", "surrogateescape") + b"\0" for name in names)
