"""The notes that FreeBSD writes into core files (sys/elf_common.h, sys/procfs.h, sys/user.h)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ...elf.auxv import AT_EXECFN
from ...elf.headers import ElfHeader
from ...elf.notes import Note
from ...elf.prstatus import freebsd_status, stack_pointer
from ...errors import SourceError
from ...maps.area import Area
from ...maps.protection import Protection
from ...ports.threads import Thread
from .facts import CoreFacts, FileMapping
from .linux import decode, read_auxv

OWNER = b"FreeBSD"
NT_PRSTATUS, NT_PRPSINFO, NT_THRMISC, NT_PROCSTAT_VMMAP, NT_PROCSTAT_AUXV = 1, 3, 7, 10, 16

# struct kinfo_vmentry: kve_structsize, kve_type, kve_start, kve_end, kve_offset, kve_vn_fileid,
# kve_vn_fsid_freebsd11, kve_flags, kve_resident, kve_private_resident, kve_protection; then the path.
_ENTRY = "iiQQQQIiiii"
_PATH_AT = 136
_TYPE_VNODE, _TYPE_GUARD, _TYPES_OF_DEVICES = 2, 9, (4, 5, 7, 8)  # KVME_TYPE_*: device, phys, sg, mgtdevice
_FLAG_COPY_ON_WRITE, _FLAG_GROWS_DOWN, _FLAGS_SHARED = 0x1, 0x20, 0x180  # KVME_FLAG_*: sysvshm, posixshm

# struct prpsinfo by word size: where pr_fname (17 bytes) and pr_pid (not in old ones) lie.
_PROCESS_INFO = {8: (16, 116), 4: (8, 108)}
_NAME_SIZE, _THREAD_NAME_SIZE = 17, 20
# Linux's types for FreeBSD's (sys/elf_common.h): AT_PHDR to AT_ENTRY are the same, AT_EXECPATH is 15.
_AUXV = {**{kind: kind for kind in range(3, 10)}, 15: AT_EXECFN}


def read_freebsd_note(header: ElfHeader, note: Note, content: bytes, facts: CoreFacts) -> None:
    """Add the facts of one of these notes; raise SourceError if it isn't as documented."""
    if note.type == NT_PRSTATUS:
        _read_status(header, content, facts)
    elif note.type == NT_PRPSINFO:
        _read_process(header, content, facts)
    elif note.type == NT_THRMISC and facts.threads:
        # struct thrmisc of the thread whose status came last: its name, ended by a zero.
        name = decode(content[:_THREAD_NAME_SIZE].partition(b"\0")[0])
        if name:
            facts.thread_names[facts.threads[-1].tid] = name
    elif note.type == NT_PROCSTAT_AUXV:
        entries = read_auxv(header, content[4:])  # after the size of a structure
        # The others have numbers that mean other things on Linux.
        facts.auxv.update((_AUXV[kind], value) for kind, value in entries.items() if kind in _AUXV)
    elif note.type == NT_PROCSTAT_VMMAP:
        for area in _areas(header, content):
            facts.areas.append(area)
            if area.path and area.offset is not None and area.kind != "device":
                facts.mappings.append(FileMapping(area.start, area.end, area.offset, area.path))


def is_wanted(kind: int) -> bool:
    """Return whether `read_freebsd_note` knows notes of this type."""
    return kind in (NT_PRSTATUS, NT_PRPSINFO, NT_THRMISC, NT_PROCSTAT_AUXV, NT_PROCSTAT_VMMAP)


def _read_status(header: ElfHeader, content: bytes, facts: CoreFacts) -> None:
    layout = freebsd_status(header, len(content))
    at = 40 if header.word_size == 8 else 24
    if len(content) < at + 4:
        raise SourceError("a thread's note is too short")
    tid = struct.unpack_from(header.order + "i", content, at)[0]
    pointer = stack_pointer(header, layout, content) if layout else None
    facts.threads.append(Thread(tid, pointer))


def _read_process(header: ElfHeader, content: bytes, facts: CoreFacts) -> None:
    name_at, pid_at = _PROCESS_INFO[header.word_size]
    facts.name = decode(content[name_at : name_at + _NAME_SIZE].partition(b"\0")[0]) or None
    if len(content) >= pid_at + 4:
        facts.pid = struct.unpack_from(header.order + "i", content, pid_at)[0] or None


def _areas(header: ElfHeader, content: bytes) -> Iterator[Area]:
    """Read NT_PROCSTAT_VMMAP: the size of a structure, then structures of the size that each gives."""
    entry = struct.Struct(header.order + _ENTRY)
    at = 4
    while at + entry.size <= len(content):
        size, kind, start, end, offset, inode, _, flags, _, _, protection = entry.unpack_from(content, at)
        if size < _PATH_AT or at + size > len(content):
            raise SourceError("the note of the map is damaged")
        path = decode(content[at + _PATH_AT : at + size].partition(b"\0")[0])
        at += size
        if start < end:
            yield Area(
                start,
                end,
                Protection(protection & 7) | _sharing(kind, flags),
                offset,
                # A vnode without a path is a file whose name was no longer in the kernel's name cache.
                path if path or kind != _TYPE_VNODE else None,
                _kind(kind, flags),
                inode=inode or None,
            )


def _sharing(kind: int, flags: int) -> Protection:
    """Return whether an entry is shared: a file's is, unless it is copied on write."""
    if flags & _FLAG_COPY_ON_WRITE:
        return Protection(0)
    if kind == _TYPE_VNODE or flags & _FLAGS_SHARED:
        return Protection.SHARED
    return Protection.SHARED_UNKNOWN


def _kind(kind: int, flags: int) -> str | None:
    if kind in _TYPES_OF_DEVICES:
        return "device"
    if kind == _TYPE_GUARD:
        return "guard"
    return "stack" if flags & _FLAG_GROWS_DOWN else None
