"""Whether the file on disk is the one that is mapped."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ...elf.headers import ReadAt
from ...elf.segments import Elf
from ...errors import SourceError
from ...files.pinned import OpenFile, RegularFile
from ...files.regular import open_regular_file
from ...maps.area import Area
from ...maps.kinds import DELETED, NO_FILES
from ...ports import MemoryReader
from ...walk.reading import read_up_to

_REPLACED = "was replaced since it was mapped"


class Backing(NamedTuple):
    """The file behind areas of one path: `file` if it is what is mapped, else `why` it isn't.

    `elf` is the file's headers, None for other files than ELF.
    """

    file: RegularFile | None
    why: str | None = None
    elf: Elf | None = None


def is_file_backed(area: Area) -> bool:
    """Return whether the area shows a file: no device, no anonymous memory, no name in brackets."""
    path = area.path or ""
    return path.startswith("/") and area.offset is not None and not path.startswith(NO_FILES)


def without_deleted(path: str | None) -> str:
    """Return the path of a deleted file, without the kernel's ` (deleted)`."""
    return (path or "").removesuffix(DELETED)


def backing_of(
    areas: Iterable[Area], reader: MemoryReader | None = None, as_of: float | None = None
) -> Backing:
    """Return the file of areas that have one path, after checking whether it is still what they map.

    If there is a build-id, it must be equal in memory and in the file. Without one, the inode must be equal,
    and the file not written since `as_of`, a time (seconds since 1970) when it was mapped already; None: not
    known. The file is opened once. Ask `MappedFiles`, which proves each file of a command once.
    """
    areas = list(areas)
    path = areas[0].path or ""
    if path.endswith(DELETED) and not os.path.lexists(path):
        is_another = os.path.lexists(without_deleted(path))
        return Backing(None, _REPLACED if is_another else "was deleted since it was mapped")
    location = os.path.abspath(path)
    try:
        file = OpenFile(*open_regular_file(location, path), path)
    except SourceError as error:
        return Backing(None, str(error).removeprefix(f"{path!r} "))
    elf = Elf.parse(file.read)
    why = _difference(file, elf, _Evidence(areas, reader, as_of))
    return Backing(RegularFile(path, file.identity, location) if why is None else None, why, elf)


class _Evidence(NamedTuple):
    """What is known of a mapped file: its areas, their memory, and a time when it was mapped already."""

    areas: Sequence[Area]
    reader: MemoryReader | None
    as_of: float | None

    def is_other_inode(self, file: OpenFile) -> bool:
        return any(area.inode not in (None, 0, file.identity.inode) for area in self.areas)

    def build_id(self) -> bytes | None:
        """Return the build-id in memory."""
        base = next((area for area in self.areas if area.offset == 0), None)
        if base is None or self.reader is None:
            return None
        read = memory_reader(self.reader, base.start)
        elf = Elf.parse(read)
        return elf.build_id(read, in_memory=True) if elf else None


def _difference(file: OpenFile, elf: Elf | None, evidence: _Evidence) -> str | None:
    """Return why the file is not the mapped one, or None if it is."""
    is_another = evidence.is_other_inode(file)
    mapped = evidence.build_id() if elf else None
    on_disk = elf.build_id(file.read, in_memory=False) if elf and mapped else None
    if mapped and on_disk:
        if mapped == on_disk:
            return None
        other = f"has another build-id ({on_disk.hex()}) than what is mapped ({mapped.hex()})"
        return f"{_REPLACED}, and {other}" if is_another else other
    if is_another:
        return _REPLACED
    if evidence.as_of is not None and file.identity.mtime_ns > evidence.as_of * 1e9:
        return "was written since it was mapped"
    return None


def file_reader(file: RegularFile) -> ReadAt:
    """Return a function that reads the file by offset, as far as it goes."""

    def read(offset: int, size: int) -> bytes:
        try:
            return file.read(offset, size)
        except SourceError:
            return b""  # it changed meanwhile; the comparison with it reports that

    return read


def memory_reader(reader: MemoryReader, base: int) -> ReadAt:
    """Return a function that reads memory by offset from a base, as far as it can be read."""
    return lambda offset, size: read_up_to(reader, base + offset, size)
