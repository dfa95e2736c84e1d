"""Finds the files on this machine that the process had mapped; a file that isn't proven is not used."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import NamedTuple

from ...elf.notes import find_build_id
from ...errors import SourceError
from ...files.pinned import OpenFile, RegularFile
from ...maps.area import Area
from ...maps.kinds import DELETED
from ...ports.files import FileProof
from ...ports.memory import MemoryReader
from ...ports.program import Module
from ...walk.reading import is_readable, read_up_to
from .allowance import HEADS, Allowance
from .facts import FileMapping

_HEAD = 4096
_OFFSET = attrgetter("offset")
_MISSING = f"can't be read: {os.strerror(errno.ENOENT)}"


class _Proof(NamedTuple):
    """A file that is proven, else why the likeliest one isn't, and what is wrong with all that were tried."""

    file: RegularFile | None
    why: str | None = None
    problem: str = ""


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
        *,
        heads: Allowance | None = None,
    ) -> None:
        """Take the core file, a reader of what it holds, where else to look for files, and how long."""
        self._core = core
        self._dumped = dumped
        self._modules = modules
        self._sysroot = sysroot
        self._heads = Allowance(HEADS) if heads is None else heads
        self._proofs: dict[str, _Proof] = {}
        self._missing: dict[str, bool] = {}
        self.problems: list[str] = []

    def find(
        self, path: str, mappings: Iterable[FileMapping], *, is_needed: bool = True
    ) -> ProvenFile | None:
        """Return the file that was mapped under this name, or None if none is proven.

        That none is, is a problem if it is needed.
        """
        found = self._prove(path, mappings)
        if found.file is not None:
            return ProvenFile(found.file)
        if is_needed:
            self.problems.append(found.problem)
        return None

    def proof(self, areas: Sequence[Area]) -> FileProof:
        """Return the file that areas of one path show, by the same evidence; see FileProver."""
        path = areas[0].path or ""
        mappings = [FileMapping(each.start, each.end, each.offset or 0, path) for each in areas]
        found = self._prove(path, mappings)
        return FileProof(found.file, found.why)

    def _prove(self, path: str, mappings: Iterable[FileMapping]) -> _Proof:
        """Prove the file of this name, once."""
        if path not in self._proofs:
            self._proofs[path] = self._judge(path, sorted(mappings, key=_OFFSET))
        return self._proofs[path]

    def _judge(self, path: str, ordered: Sequence[FileMapping]) -> _Proof:
        head = self._head(ordered)
        build_id = None if head is None else find_build_id(self._heads.reading(head.read))
        whys: list[str] = []
        problems: list[str] = []
        for candidate in self._candidates(path, build_id):
            if self._is_in_no_folder(candidate):
                whys.append(_MISSING)
                problems.append(f"{candidate!r} {_MISSING}")
                continue
            try:
                file = RegularFile.at(candidate)
                why = _check_build_id(file, build_id) if build_id else self._check(file, ordered, head)
            except SourceError as error:
                whys.append(str(error).removeprefix(f"{candidate!r} "))
                problems.append(str(error))
                continue
            if why is None:
                return _Proof(file)
            whys.append(why)
            problems.append(f"{candidate} {why}")
        return _Proof(
            None,
            next(iter(whys), "has no path to look at"),
            "; ".join(problems) or f"{path}: no file to look at",
        )

    def _head(self, ordered: Iterable[FileMapping]) -> _Head | None:
        """Return what was dumped of the file's beginning; None if nothing was."""
        for mapping in ordered:
            if mapping.offset == 0:
                return _Head(self._dumped, mapping) if is_readable(self._dumped, mapping.start) else None
        return None

    def _is_in_no_folder(self, path: str) -> bool:
        """Return whether the folder of the file is missing; each is looked for once, whatever is in it."""
        folder = path.rpartition("/")[0]
        missing = self._missing.get(folder)
        if missing is None:
            missing = self._missing[folder] = _is_missing(folder or "/")
        return missing

    def _candidates(self, path: str, build_id: bytes | None) -> list[str]:
        """Return where the file may be, the likeliest path first; without a build-id only its own path."""
        found = [path] if path.startswith("/") else []
        if not (self._sysroot or build_id):
            return found
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
            return "is newer than the core, and nothing proves that it is the same"
        if head is not None:
            begin = head.read(0, _HEAD)
            if file.read(0, len(begin)) != begin[: file.size]:
                return "begins differently from what was mapped"
        return None


def _is_missing(folder: str) -> bool:
    try:
        os.stat(folder)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        pass  # opening the file says why
    return False


def _check_build_id(file: RegularFile, wanted: bytes) -> str | None:
    found = find_build_id(file.read)
    if found == wanted:
        return None
    if found is None:
        return f"is missing the build-id of what is mapped ({wanted.hex()})"
    return f"has another build-id ({found.hex()}) than what is mapped ({wanted.hex()})"


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

    def read(self, offset: int, size: int) -> bytes:
        """Return the bytes there, fewer at its end."""
        buffer = bytearray(max(0, min(size, self.size - offset)))
        return bytes(buffer[: self.read_at(offset, memoryview(buffer))])

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
