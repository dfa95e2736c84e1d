"""The evidence of what was mapped, against a file that may be it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...elf.headers import MAGIC, PT_NOTE, ReadAt
from ...elf.notes import build_id_in
from ...elf.segments import Elf
from ...files.pinned import OpenFile
from ...files.regular import FileIdentity
from ...maps.area import Area
from ...maps.protection import Protection
from ...ports.files import Verdict
from ...ports.memory import MemoryReader
from ...sources.faith import Faith
from ...walk.file_pages import FilePage, file_pages
from ...walk.reading import read_up_to
from .copies import Copies

NOT_OPENED = "is not opened: no memory shows anything of it that could prove the file"
REPLACED = "was replaced since it was mapped"
# How a place stands to the mapped file: its name leads there, the kernel's own link does, or it may be
# another file of that name, which only an equal build-id proves.
BY_NAME, IS_THE_MAPPED, NEEDS_BUILD_ID = "by name", "the mapped one", "needs a build-id"

# Bytes from the beginning that are compared where nothing else is known.
_HEAD = 4096


class Candidate(NamedTuple):
    """A place where a mapped file may be, the path to call it by, and how the place stands to it.

    Names are looked up in `root`, which no link leads out of; what the kernel links to is opened as it is.
    """

    location: str
    path: str
    standing: str = BY_NAME
    root: str = "/"


class Evidence(NamedTuple):
    """What is known of a mapped file: its areas, their memory, and a time when it was mapped already.

    `is_told_by_kernel` says that the kernel of this machine tells the areas: what it calls mapped is, and an
    inode proves it. A stub or a dump may name any file, and guess its inode, so that one needs a proof, or
    `faith`.
    """

    areas: Sequence[Area]
    reader: MemoryReader | None
    as_of: float | None
    page_size: int
    is_told_by_kernel: bool
    trusts: bool = False
    loaded: frozenset[str] = frozenset()

    def against(self, file: OpenFile, elf: Elf | None, standing: str = BY_NAME) -> Verdict:
        """Return whether the file is the mapped one; `why` not is worded to follow its path."""
        is_same = True if standing == IS_THE_MAPPED else self._is_same_inode(file.identity)
        mapped = self._build_id(elf) if elf else None
        on_disk = elf.build_id(file.read, in_memory=False) if elf and mapped else None
        if mapped and on_disk:
            if mapped == on_disk:
                return Verdict(None)
            other = f"has another build-id ({on_disk.hex()}) than what is mapped ({mapped.hex()})"
            return Verdict(f"{REPLACED}, and {other}" if is_same is False else other)
        if is_same is False or (standing == NEEDS_BUILD_ID and is_same is not True):
            return Verdict(REPLACED)
        if self.as_of is not None and file.identity.mtime_ns > self.as_of * 1e9:
            return Verdict("was written since it was mapped")
        if is_same is None and not self._begins_as(file, elf):
            return Verdict("begins differently from what is mapped")
        return Verdict(None) if is_same or self.is_told_by_kernel else self._by_pages(file)

    def may_open(self, path: str) -> bool:
        """Return whether a file of this path may be opened, to see whether it is the mapped one.

        Not one that somebody names and nothing could prove, because no memory shows it.
        """
        return self.is_told_by_kernel or self.trusts or path in self.loaded or self._has_memory()

    def _has_memory(self) -> bool:
        heads = (read(0, len(MAGIC)) for read in self._beginnings() if self.reader is not None)
        return any(heads) or next(self._pages(), None) is not None

    def _pages(self) -> Iterator[FilePage]:
        """Yield pages of memory that show the file, if there are any, where it isn't written to."""
        areas = [area for area in self.areas if area.allows(Protection.WRITE) is not True] or self.areas
        places = [(area.start, area.end, area.offset or 0) for area in areas]
        return iter(()) if self.reader is None else file_pages(places, self.reader)

    def _by_pages(self, file: OpenFile) -> Verdict:
        """Judge a file of which nothing is known but a name that somebody tells."""
        faith = Faith(self.trusts, file.path in self.loaded, self.areas, self.page_size)
        return faith.verdict(self._pages(), file)

    def _is_same_inode(self, identity: FileIdentity) -> bool | None:
        """Return whether it is the very file that the kernel names; None if that isn't known.

        An inode that anybody else tells can speak against a file only. Some file systems tell another device
        in the map than of the file (btrfs, overlayfs), so that a device alone proves nothing against it.
        """
        inodes = {area.inode for area in self.areas} - {None, 0}
        if not inodes:
            return None
        if inodes != {identity.inode}:
            return False
        device = f"{os.major(identity.device):02x}:{os.minor(identity.device):02x}"
        is_device = {area.device for area in self.areas} <= {None, device}
        return True if self.is_told_by_kernel and is_device else None

    def _build_id(self, elf: Elf) -> bytes | None:
        """Return the build-id in memory: by the header there, else where the file's own says that it is."""
        if self.reader is None:
            return None
        for read in self._beginnings():
            mapped = Elf.parse(read)
            if mapped is not None:
                return mapped.build_id(read, in_memory=True)
        return self._build_id_by(elf)

    def _build_id_by(self, elf: Elf) -> bytes | None:
        """Return the build-id of a file whose headers aren't in memory (they are in none of its segments)."""
        copies = Copies(elf, self.areas, self.page_size)
        for bias in {copies.bias(area) for area in self.areas} - {None}:
            notes = [each._replace(offset=each.address) for each in elf.of_type(PT_NOTE)]
            found = build_id_in(elf.order, notes, self._memory_from(bias or 0))
            if found is not None:
                return found
        return None

    def _beginnings(self) -> Iterator[ReadAt]:
        """Yield readers of memory from where the file's beginning is mapped."""
        return (self._memory_from(area.start) for area in self.areas if area.offset == 0)

    def _memory_from(self, base: int) -> ReadAt:
        reader = self.reader
        assert reader is not None, "only memory that can be read is"
        return lambda offset, size: read_up_to(reader, base + offset, size) if base + offset >= 0 else b""

    def _begins_as(self, file: OpenFile, elf: Elf | None) -> bool:
        """Return whether memory begins as the ELF file does, as far as both have bytes there.

        What may have been written says nothing, nor what can't be read; and of a file without headers, a
        check is to find out what differs.
        """
        area = next((each for each in self.areas if each.offset == 0), None)
        if area is None or self.reader is None or area.allows(Protection.WRITE) is True:
            return True
        # So it is with code: of that, only the headers count.
        most = _HEAD if elf is None or area.allows(Protection.EXEC) is False else elf.header.tables_end
        mapped = read_up_to(self.reader, area.start, min(most, _HEAD, area.size))
        wanted = file.read(0, len(mapped))
        is_elf = elf is not None or mapped.startswith(MAGIC)
        return not is_elf or mapped[: len(wanted)] == wanted
