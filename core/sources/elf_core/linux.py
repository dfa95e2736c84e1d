"""The notes that Linux writes into core files (core(5); fs/binfmt_elf.c has their order and layouts)."""

from __future__ import annotations

import struct

from ...arch import Arch, words_layout
from ...elf.auxv import parse_auxv
from ...elf.headers import ElfHeader
from ...elf.notes import Note
from ...elf.prstatus import linux_status, stack_pointer
from ...elf.register_sets import (
    CORE,
    LINUX,
    NT_FPREGSET,
    NT_PRSTATUS,
    NT_XFPREGS,
    NT_XSTATE,
    SETS,
    program_counter,
)
from ...errors import SourceError
from ...ports.threads import Thread
from .facts import CoreFacts, FileMapping

OWNER, MORE = CORE, LINUX
NT_PRPSINFO, NT_AUXV, NT_FILE = 3, 6, 0x46494C45
NT_ARM_TLS, NT_ARM_PAC_MASK = 0x401, 0x406

# struct elf_prpsinfo by its size: where pr_pid and pr_fname (16 bytes) lie; pr_psargs (80 bytes) follows. Of
# the two with words of 4 bytes, the first has user identifiers of 2 bytes.
_PROCESS_INFO = {136: (24, 40), 124: (12, 28), 128: (16, 32)}
_NAME_SIZE, _COMMAND_SIZE = 16, 80
# Where in an address signatures may be: below bit 55, which tells the kernel's half from the program's.
_SIGNABLE = (1 << 55) - (1 << 32)


def read_linux_note(header: ElfHeader, note: Note, content: bytes, facts: CoreFacts) -> None:
    """Add the facts of one of these notes; raise SourceError if it isn't as documented."""
    if note.type == NT_PRSTATUS:
        _read_status(header, content, facts)
    elif note.type == NT_PRPSINFO:
        _read_process(header, content, facts)
    elif note.type == NT_AUXV:
        facts.auxv.update(read_auxv(header, content))
        facts.auxv_content = content
    elif note.type == NT_FILE:
        facts.lists_files = True
        facts.mappings += read_file_note(header, content)
        facts.page_size = file_note_page_size(header, content)
    elif note.type == NT_FPREGSET:
        read_more_registers(header, note, content, facts)


def is_wanted(kind: int) -> bool:
    """Return whether `read_linux_note` knows notes of this type."""
    return kind in (NT_PRSTATUS, NT_PRPSINFO, NT_AUXV, NT_FILE, NT_FPREGSET)


def has_more_registers(kind: int) -> bool:
    """Return whether notes of this type have more of a thread's registers, and the owner `MORE`."""
    return kind in (NT_XFPREGS, NT_XSTATE, NT_ARM_TLS, NT_ARM_PAC_MASK)


def read_more_registers(header: ElfHeader, note: Note, content: bytes, facts: CoreFacts) -> None:
    """Add registers to those of the thread whose note came last (core files have them in that order)."""
    if note.type == NT_ARM_PAC_MASK and len(content) >= 16:
        # struct user_pac_mask of arm64's asm/ptrace.h: the masks of data's and of code's addresses.
        data, code = struct.unpack_from(header.order + "2Q", content)
        facts.signed_bits |= (data | code) & _SIGNABLE
    if note.type == NT_ARM_TLS and len(content) >= 8 and facts.threads:
        # TPIDR_EL0, then TPIDR2_EL0 where there is one (tls_get of arm64's kernel/ptrace.c).
        facts.thread_pointers[facts.threads[-1].tid] = struct.unpack_from(header.order + "Q", content)[0]
    for each in SETS.get(header.machine, ()):
        if each.type == note.type and facts.registers:
            facts.registers[-1][1].update(each.decode(content, header.endian))


def _read_status(header: ElfHeader, content: bytes, facts: CoreFacts) -> None:
    layout = linux_status(header, len(content))
    at = 32 if header.word_size == 8 else 24
    if len(content) < at + 4:
        raise SourceError("a thread's note is too short")
    tid = struct.unpack_from(header.order + "i", content, at)[0]
    pointer = stack_pointer(header, layout, content) if layout else None
    registers = _general_registers(header, content)
    facts.threads.append(Thread(tid, pointer, program_counter(registers)))
    facts.registers.append((tid, registers))
    if registers.get("fs_base"):  # what x86-64 has its thread pointer in
        facts.thread_pointers[tid] = registers["fs_base"]
    signal = struct.unpack_from(header.order + "h", content, 12)[0]  # pr_cursig, after struct elf_siginfo
    if signal:
        facts.signals[tid] = signal


def _general_registers(header: ElfHeader, content: bytes) -> dict[str, int]:
    found = (each for each in SETS.get(header.machine, ()) if each.type == NT_PRSTATUS)
    # Another size is another ABI of the same machine, whose registers lie elsewhere.
    return next((each.decode(content, header.endian) for each in found if each.size == len(content)), {})


def _read_process(header: ElfHeader, content: bytes, facts: CoreFacts) -> None:
    if len(content) not in _PROCESS_INFO:
        raise SourceError(f"a process's note of {len(content)} bytes is not known")
    pid_at, name_at = _PROCESS_INFO[len(content)]
    # Valgrind writes 0.
    facts.pid = struct.unpack_from(header.order + "i", content, pid_at)[0] or None
    facts.name = decode(content[name_at : name_at + _NAME_SIZE].partition(b"\0")[0]) or None
    command = content[name_at + _NAME_SIZE :][:_COMMAND_SIZE]
    facts.command = decode(command.partition(b"\0")[0])


def read_auxv(header: ElfHeader, content: bytes) -> dict[int, int]:
    """Read an auxiliary vector, up to AT_NULL."""
    return parse_auxv(content, Arch(header.word_size, header.endian))


def read_file_note(header: ElfHeader, content: bytes) -> list[FileMapping]:
    """Read NT_FILE: a count, a page size, `start, end, offset in pages` each, then the names."""
    head, entry = (words_layout(header.word_size, header.endian, count) for count in (2, 3))
    if len(content) < head.size:
        raise SourceError("the note of mapped files is too short")
    count, page_size = head.unpack_from(content)
    names_at = head.size + count * entry.size
    if names_at > len(content):
        raise SourceError("the note of mapped files is cut off")
    names = content[names_at:].split(b"\0", count)
    paths = {name: decode(name) for name in set(names)}
    return [
        FileMapping(start, end, offset * page_size, paths[name])
        for (start, end, offset), name in zip(entry.iter_unpack(content[head.size : names_at]), names)
        if start < end and name
    ]


def file_note_page_size(header: ElfHeader, content: bytes) -> int:
    """Return the page size in NT_FILE; GDB, which writes offsets in bytes, has 1 there."""
    return int(header.words(2).unpack_from(content)[1])


def decode(name: bytes) -> str:
    """Decode a name so that os.fsencode under UTF-8 gives the same bytes."""
    return name.decode("utf-8", "surrogateescape")
