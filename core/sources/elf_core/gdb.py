"""The note by which GDB's generate-core-file is known: only GDB writes it.

NT_GDB_TDESC of include/elf/common.h (binutils), since GDB 11: the target's description, of no use here.
"""

from __future__ import annotations

from ...elf.headers import ElfHeader
from ...elf.notes import Note
from .facts import CoreFacts

OWNER = b"GDB"
NT_GDB_TDESC = 0xFF000000


def read_gdb_note(_header: ElfHeader, _note: Note, _content: bytes, facts: CoreFacts) -> None:
    """Note that GDB wrote the core."""
    facts.by_gdb = True


def is_wanted(kind: int) -> bool:
    """Return whether notes of this type say so."""
    return kind == NT_GDB_TDESC
