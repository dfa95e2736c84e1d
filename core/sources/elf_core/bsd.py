"""The notes that NetBSD and OpenBSD write into core files.

Sources: sys/sys/exec_elf.h of each (struct netbsd_elfcore_procinfo, struct elfcore_procinfo, the types of
notes), sys/kern/core_elf32.c (NetBSD), sys/kern/exec_elf.c (OpenBSD). What is of one thread has the thread's
number in the owner: `NetBSD-CORE@1`, `OpenBSD@100123`. Both write a segment for each area.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...elf.auxv import AT_EXECFN
from ...elf.bsd_registers import NETBSD_REGISTERS, OPENBSD_REGISTERS, BsdRegisters
from ...elf.headers import EM_AARCH64, EM_ALPHA, EM_SPARC, EM_SPARC32PLUS, EM_SPARCV9, ElfHeader
from ...elf.notes import Note
from ...elf.register_sets import program_counter
from ...errors import SourceError
from ...ports.threads import Thread
from .facts import CoreFacts
from .linux import decode

NETBSD, OPENBSD = b"NetBSD-CORE", b"OpenBSD"

_NETBSD_PROCESS, _NETBSD_AUXV, _NETBSD_FIRST_OF_MACHINE = 1, 2, 32
_OPENBSD_PROCESS, _OPENBSD_AUXV, _OPENBSD_REGISTERS = 10, 11, 20
# Where PT_GETREGS is the first request of the machine (machine/ptrace.h); elsewhere PT_STEP is.
_GETREGS_FIRST = (EM_AARCH64, EM_ALPHA, EM_SPARC, EM_SPARC32PLUS, EM_SPARCV9)
# The types that have Linux's numbers: AT_PHDR to AT_ENTRY; and the program's name on NetBSD, AT_SUN_EXECNAME.
_SAME = range(3, 10)
_NETBSD_NAMES = {2014: AT_EXECFN}
_NAME_SIZE = 32


class _Process(NamedTuple):
    """Where the process's structure has its identifier, its name, and the signalled thread (NetBSD)."""

    pid: int
    name: int
    thread: int | None


_NETBSD_STRUCTURE = _Process(80, 124, 156)
_OPENBSD_STRUCTURE = _Process(32, 72, None)


def is_wanted_netbsd(kind: int) -> bool:
    """Return whether `read_netbsd_note` may know notes of this type."""
    return kind in (_NETBSD_PROCESS, _NETBSD_AUXV, _NETBSD_FIRST_OF_MACHINE, _NETBSD_FIRST_OF_MACHINE + 1)


def is_wanted_openbsd(kind: int) -> bool:
    """Return whether `read_openbsd_note` knows notes of this type."""
    return kind in (_OPENBSD_PROCESS, _OPENBSD_AUXV, _OPENBSD_REGISTERS)


def read_netbsd_note(header: ElfHeader, note: Note, content: bytes, facts: CoreFacts) -> None:
    """Add the facts of one of these notes; raise SourceError if it isn't as documented."""
    registers = _NETBSD_FIRST_OF_MACHINE + (header.machine not in _GETREGS_FIRST)
    if note.thread is not None:
        if note.type == registers:
            _read_registers(header, note.thread, content, facts, NETBSD_REGISTERS)
    elif note.type == _NETBSD_PROCESS:
        _read_process(header, content, facts, _NETBSD_STRUCTURE)
    elif note.type == _NETBSD_AUXV:
        facts.auxv.update(_same_as_linux(_netbsd_entries(header, content), _NETBSD_NAMES))


def read_openbsd_note(header: ElfHeader, note: Note, content: bytes, facts: CoreFacts) -> None:
    """Add the facts of one of these notes; raise SourceError if it isn't as documented."""
    if note.thread is not None:
        if note.type == _OPENBSD_REGISTERS:
            _read_registers(header, note.thread, content, facts, OPENBSD_REGISTERS)
    elif note.type == _OPENBSD_PROCESS:
        _read_process(header, content, facts, _OPENBSD_STRUCTURE)
    elif note.type == _OPENBSD_AUXV:
        facts.auxv.update(_same_as_linux(_words(header, content, "iI", "qQ"), {}))


def _read_process(header: ElfHeader, content: bytes, facts: CoreFacts, places: _Process) -> None:
    if len(content) < places.name + _NAME_SIZE:
        raise SourceError("the process's note is too short")
    facts.pid = struct.unpack_from(header.order + "i", content, places.pid)[0] or None
    facts.name = decode(content[places.name : places.name + _NAME_SIZE].partition(b"\0")[0]) or None
    signal = struct.unpack_from(header.order + "I", content, 8)[0]  # cpi_signo
    if places.thread is not None and signal and len(content) >= places.thread + 4:
        facts.signals[struct.unpack_from(header.order + "i", content, places.thread)[0]] = signal


def _read_registers(
    header: ElfHeader, thread: int, content: bytes, facts: CoreFacts, known: Mapping[int, BsdRegisters]
) -> None:
    """Add a thread; its registers as far as the machine's are known."""
    layout = known.get(header.machine)
    found = layout.decode(header, content) if layout is not None else {}
    stack_pointer = found.get(layout.stack_pointer) if layout is not None else None
    facts.threads.append(Thread(thread, stack_pointer, program_counter(found)))
    facts.registers.append((thread, found))


def _same_as_linux(entries: Iterator[tuple[int, int]], others: Mapping[int, int]) -> dict[int, int]:
    """Return an auxiliary vector up to its end, under Linux's types, without the types that Linux hasn't."""
    found: dict[int, int] = {}
    for kind, value in entries:
        if kind == 0:
            break
        if kind in _SAME or kind in others:
            found[others.get(kind, kind)] = value
    return found


def _netbsd_entries(header: ElfHeader, content: bytes) -> Iterator[tuple[int, int]]:
    """Yield the entries of AuxInfo: the type has 4 bytes in either word size."""
    return _words(header, content, "iI", "i4xQ")


def _words(header: ElfHeader, content: bytes, narrow: str, wide: str) -> Iterator[tuple[int, int]]:
    layout = struct.Struct(header.order + (narrow if header.word_size == 4 else wide))
    return layout.iter_unpack(content[: len(content) // layout.size * layout.size])
