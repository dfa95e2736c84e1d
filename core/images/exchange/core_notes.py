"""The notes of a core file: threads with their registers, the process, its files.

Layouts: struct elf_prstatus and elf_prpsinfo of Linux's include/uapi/linux/elfcore.h; core(5) and elf(5)
for the rest. `sources.elf_core.register_sets` has the registers' places.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from itertools import chain

from ...arch import SMALLEST_PAGE, UNSIGNED_CODES
from ...elf.register_sets import CORE, FXSAVE_SIZE, NT_PRSTATUS, NT_XSTATE, SETS, by_note_name, finish_xsave
from ...maps.area import Area
from ...sources.elf_core.area_note import NT_AREAS, OWNER, encode_areas
from ...sources.elf_core.linux import NT_AUXV, NT_FILE, NT_PRPSINFO
from ..model.snapshot import Circumstances, ThreadState


def core_notes(machine: int, order: str, circumstances: Circumstances, areas: Sequence[Area]) -> bytes:
    """Return the notes of a core file as they follow each other in its PT_NOTE segment.

    The first thread is the one that debuggers show first. Threads of a machine whose register layout isn't
    known here, and facts that the circumstances lack, are left out. `order` is `<` or `>`.
    """
    wide = circumstances.arch.word_size == 8
    first, *others = [
        list(_of_thread(machine, order, thread, circumstances)) for thread in circumstances.threads
    ] or [[]]
    notes = [*first[:1], *_of_process(order, wide, circumstances, areas), *first[1:], *chain(*others)]
    return b"".join(_note(order, *note) for note in notes)


def has_registers(machine: int, thread: ThreadState) -> bool:
    """Return whether a core file of this machine has room for a thread's registers, and these are known."""
    general = next((each for each in SETS.get(machine, ()) if each.type == NT_PRSTATUS), None)
    return general is not None and general.is_known(by_note_name(machine, thread.registers))


def _note(order: str, owner: bytes, kind: int, content: bytes) -> bytes:
    """Return a note; its parts are padded to words of 4 bytes."""
    name = owner + b"\0"
    parts = (struct.pack(order + "III", len(name), len(content), kind), name, content)
    return b"".join(part + bytes(-len(part) % 4) for part in parts)


def _of_process(
    order: str, wide: bool, about: Circumstances, areas: Sequence[Area]
) -> Iterator[tuple[bytes, int, bytes]]:
    if about.pid is not None:
        yield CORE, NT_PRPSINFO, _process(order, wide, about)
    if about.auxv:
        yield CORE, NT_AUXV, about.auxv
    files = [area for area in areas if (area.path or "").startswith("/") and area.offset is not None]
    if files:
        yield CORE, NT_FILE, _files(order, wide, files)
    if len(about.areas):
        yield OWNER, NT_AREAS, encode_areas(areas)


def _of_thread(
    machine: int, order: str, thread: ThreadState, about: Circumstances
) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield a thread's notes, that with its general registers first."""
    registers = by_note_name(machine, thread.registers)
    sets = [each for each in SETS.get(machine, ()) if each.is_known(registers)]
    if not sets or sets[0].type != NT_PRSTATUS:
        return
    legacy = b""
    for each in sets:
        content = each.encode(registers, about.arch.endian)
        if each.type == NT_PRSTATUS:
            _identify(content, order, about, thread, len(sets) > 1)
        elif each.type == NT_XSTATE:
            finish_xsave(content, legacy)
        elif each.size == FXSAVE_SIZE:
            legacy = bytes(content)
        yield each.owner, each.type, bytes(content)


def _identify(
    status: bytearray, order: str, about: Circumstances, thread: ThreadState, has_more: bool
) -> None:
    """Write what else a struct elf_prstatus says: the signal, the identifiers, whether registers follow."""
    size = about.arch.word_size
    # struct elf_siginfo begins it, with the signal's number; then come the current signal and two masks.
    struct.pack_into(order + "iiih", status, 0, thread.signal, 0, 0, thread.signal)
    struct.pack_into(order + "4i", status, 16 + 2 * size, thread.tid, 0, about.pid or 0, 0)
    struct.pack_into(order + "i", status, len(status) - size, has_more)


def _process(order: str, wide: bool, circumstances: Circumstances) -> bytes:
    """Return a struct elf_prpsinfo: the process's number and its program's name."""
    name = os.fsencode(circumstances.program or "")
    numbers = struct.pack(
        order + ("4sxxxxQIIiiii" if wide else "4sIHHiiii"), b"\0t\0\0", *[0] * 3, circumstances.pid, 0, 0, 0
    )
    return numbers + os.path.basename(name)[:15].ljust(16, b"\0") + name[:79].ljust(80, b"\0")


def _files(order: str, wide: bool, areas: Sequence[Area]) -> bytes:
    """Return which files were mapped where (core(5) names the note; its layout is fs/binfmt_elf.c's)."""
    word = UNSIGNED_CODES[8 if wide else 4]
    offsets = [area.offset or 0 for area in areas]
    page = SMALLEST_PAGE if all(offset % SMALLEST_PAGE == 0 for offset in offsets) else 1
    rows = [
        number for area, offset in zip(areas, offsets) for number in (area.start, area.end, offset // page)
    ]
    table = struct.pack(f"{order}{2 + len(rows)}{word}", len(areas), page, *rows)
    # Paths come with surrogates for bytes that aren't UTF-8, whatever this locale is.
    names = (area.path or "" for area in areas)
    return table + b"".join(name.encode("utf-8", "surrogateescape") + b"\0" for name in names)
