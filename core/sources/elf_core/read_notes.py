"""Reading all notes of a core file, whichever system wrote them."""

from __future__ import annotations

from collections.abc import Iterable

from ...elf.headers import ElfHeader, ProgramHeader
from ...elf.notes import Note, SlidingWindow, note_segments, notes
from ...errors import SourceError
from ...files.pinned import OpenFile
from . import area_note, bsd, freebsd, gdb, linux
from .facts import CoreFacts

_SYSTEMS = {
    linux.OWNER: (linux.is_wanted, linux.read_linux_note),
    linux.MORE: (linux.has_more_registers, linux.read_more_registers),
    area_note.OWNER: (area_note.is_wanted, area_note.read_own_note),
    freebsd.OWNER: (freebsd.is_wanted, freebsd.read_freebsd_note),
    gdb.OWNER: (gdb.is_wanted, gdb.read_gdb_note),
    bsd.NETBSD: (bsd.is_wanted_netbsd, bsd.read_netbsd_note),
    bsd.OPENBSD: (bsd.is_wanted_openbsd, bsd.read_openbsd_note),
}
# Far more than the largest map; only a damaged file claims it.
_LARGEST = 1 << 28


def read_notes(
    header: ElfHeader, segments: Iterable[ProgramHeader], core: OpenFile, problems: list[str]
) -> CoreFacts:
    """Return the facts in the notes; damaged ones are listed in `problems`, and the rest is used."""
    facts = CoreFacts()
    read = SlidingWindow(core.read)
    of_notes = [segment for segment in segments if segment.file_size]
    read_once = list(note_segments(of_notes))
    if len(read_once) < len(of_notes):
        rest = len(of_notes) - len(read_once)
        problems.append(f"{core.path}: {rest} segments of notes share bytes with others, and aren't read")
    for segment in read_once:
        try:
            for note in notes(header.order, segment, core.read):
                _read_note(header, note, read, facts, problems)
        except SourceError as error:
            problems.append(f"{core.path}: {error}")
    # Linux numbers a process's first thread like the process; other systems number threads for themselves.
    if facts.pid is None and facts.is_linux and len(facts.threads) == 1:
        facts.pid = facts.threads[0].tid
    return facts


def _read_note(
    header: ElfHeader, note: Note, read: SlidingWindow, facts: CoreFacts, problems: list[str]
) -> None:
    is_wanted, read_into = _SYSTEMS.get(note.owner, (None, None))
    if is_wanted is None or read_into is None or not is_wanted(note.type):
        return
    try:
        content = read(note.offset, note.size) if note.size <= _LARGEST else b""
        if len(content) < note.size:
            raise SourceError("it is cut off")
        read_into(header, note, content, facts)
        facts.is_linux = facts.is_linux or note.owner == linux.OWNER
    except SourceError as error:
        problems.append(f"note {note.owner.decode()} {note.type:#x}: {error}")
