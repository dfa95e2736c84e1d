"""Finds the files on this machine that the process had mapped; a file that isn't proven is not used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from ...elf.notes import find_build_id
from ...errors import SourceError
from ...files.pinned import OpenFile, RegularFile
from ...maps.kinds import DELETED
from ...ports import MemoryReader, Module
from ...walk.reading import read_up_to
from .facts import FileMapping

_HEAD = 4096


class FileFinder:
    """Finds, for the name of a mapped file, the file whose bytes the process saw.

    The build-id decides, where the core holds one: it is in the first page of an ELF file, which is
    dumped as a rule. Without one, the file of that name serves if it isn't newer than the core and
    begins with the same bytes, as far as the core has them. `problems` says which files were refused and why.
    """

    def __init__(
        self,
        core: OpenFile,
        dumped: MemoryReader,
        modules: Sequence[Module] = (),
        sysroot: str | None = None,
    ) -> None:
        """Take the core file, a reader of what it holds, and where else to look for files."""
        self._core = core
        self._dumped = dumped
        self._modules = modules
        self._sysroot = sysroot
        self.problems: list[str] = []

    def find(self, path: str, mappings: Iterable[FileMapping]) -> ProvenFile | None:
        """Return the file that was mapped under this name, or None if none is proven."""
        ordered = sorted(mappings, key=lambda mapping: mapping.offset)
        head = next((_Head(self._dumped, m) for m in ordered if m.offset == 0), None)
        build_id = find_build_id(head.read) if head is not None else None
        refused: list[str] = []
        for candidate in self._candidates(path, build_id):
            try:
                file = RegularFile.at(candidate)
                why = _check_build_id(file, build_id) if build_id else self._check(file, ordered, head)
            except SourceError as error:
                refused.append(str(error))
                continue
            if why is None:
                return ProvenFile(file)
            refused.append(f"{candidate}: {why}")
        self.problems.append("; ".join(refused) or f"{path}: no file to look at")
        return None

    def _candidates(self, path: str, build_id: bytes | None) -> list[str]:
        """Return where the file may be, the likeliest path first; without a build-id only its own path."""
        found = [path] if os.path.isabs(path) else []
        if self._sysroot:
            found.insert(0, os.path.join(self._sysroot, path.lstrip("/")))
        if build_id:
            name = path.removesuffix(DELETED)
            if name != path:
                found += [name]
            found += [m.path for m in self._modules if m.build_id == build_id]
            found += [m.path for m in self._modules if os.path.basename(m.path) == os.path.basename(name)]
        return list(dict.fromkeys(found))

    def _check(self, file: RegularFile, mappings: Sequence[FileMapping], head: _Head | None) -> str | None:
        """Return why a file without a build-id can't be used; None if it can.

        A file that ends within the mapping did so at the time: truncating it later would have made it newer.
        """
        if file.size <= mappings[0].offset:
            return "ends before what was mapped of it"
        if file.modified > self._core.modified:
            return "newer than the core, and nothing proves that it is the same"
        if head is not None:
            begin = head.read(0, _HEAD)
            if file.read(0, len(begin)) != begin[: file.size]:
                return "begins differently from what was mapped"
        return None


def _check_build_id(file: RegularFile, wanted: bytes) -> str | None:
    found = find_build_id(file.read)
    if found == wanted:
        return None
    return f"its build-id is {found.hex() if found else 'missing'}, the core's is {wanted.hex()}"


class ProvenFile:
    """A file that was proven to be what was mapped; once it is changed or replaced, it has no content.

    It is opened for each read, because a process maps more files than may be open at once.
    """

    thread_safe = True

    def __init__(self, file: RegularFile) -> None:
        self._file = file

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._file.size

    def __repr__(self) -> str:
        return f"ProvenFile({self._file.path!r})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Read the file; see Content."""
        try:
            return self._file.read_at(offset, buffer)
        except SourceError:
            return 0


class _Head:
    """What the core holds of a file from its beginning on."""

    def __init__(self, dumped: MemoryReader, mapping: FileMapping) -> None:
        self._dumped = dumped
        self._mapping = mapping

    def read(self, offset: int, size: int) -> bytes:
        """Return the file's bytes there, as far as the core has them in this mapping."""
        start = self._mapping.start + offset
        return read_up_to(self._dumped, start, max(0, min(size, self._mapping.end - start)))


def by_path(mappings: Iterable[FileMapping]) -> Mapping[str, list[FileMapping]]:
    """Group mappings by the name of their file."""
    found: dict[str, list[FileMapping]] = {}
    for mapping in mappings:
        found.setdefault(mapping.path, []).append(mapping)
    return found
