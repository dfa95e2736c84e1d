"""Whether the file on disk is the one that is mapped."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...arch import SMALLEST_PAGE
from ...elf.headers import ReadAt
from ...elf.segments import Elf
from ...errors import SourceError
from ...files.inside import open_inside
from ...files.pinned import OpenFile, RegularFile
from ...files.regular import open_regular_file
from ...maps.area import Area
from ...maps.kinds import DELETED, NO_FILES
from ...ports.files import FilePaths, FileProof
from ...ports.memory import MemoryReader
from .evidence import IS_THE_MAPPED, NEEDS_BUILD_ID, NOT_OPENED, REPLACED, Candidate, Evidence


class Backing(NamedTuple):
    """The file behind areas of one path: `file` if it is what is mapped, else `why` it isn't.

    `elf` is the file's headers, None for other files than ELF. `unproven` says why it is used although
    nothing proves it.
    """

    file: RegularFile | None
    why: str | None = None
    elf: Elf | None = None
    unproven: str | None = None


def is_file_backed(area: Area) -> bool:
    """Return whether the area shows a file: no device, no anonymous memory, no name in brackets."""
    path = area.path or ""
    return path.startswith("/") and area.offset is not None and not path.startswith(NO_FILES)


def without_deleted(path: str | None) -> str:
    """Return the path of a deleted file, without the kernel's ` (deleted)`."""
    return (path or "").removesuffix(DELETED)


def proven(proof: FileProof) -> Backing:
    """Return a file that a source has proven by its own evidence, or that source's reason."""
    elf = Elf.parse(file_reader(proof.file)) if proof.file else None
    return Backing(proof.file, proof.why, elf, proof.unproven)


def backing_of(
    areas: Iterable[Area],
    reader: MemoryReader | None = None,
    as_of: float | None = None,
    paths: FilePaths | None = None,
    page_size: int = SMALLEST_PAGE,
    *,
    trusts: bool = False,
    loaded: frozenset[str] = frozenset(),
) -> Backing:
    """Return the file of areas that have one path, after checking whether it is still what they map.

    If there is a build-id, it must be equal in memory and in the file. Without one, the inode must be equal,
    and the file not written since `as_of`, a time (seconds since 1970) when it was mapped already; None: not
    known. Where no inode is known, the file must begin as what is mapped does, and hold pages that memory
    shows: a stub, or a dump, may name any file. What the debugger has `loaded`, and any file for who `trusts`
    names, serves without. `paths` are the kernel's ways to the file, where it was deleted or replaced, or
    lies in another mount namespace. As a rule the file is opened once. Ask `MappedFiles`, which proves each
    file of a command once.
    """
    areas = list(areas)
    evidence = Evidence(areas, reader, as_of, page_size, paths is not None, trusts, loaded)
    refused: list[_Judged] = []
    for candidate in _candidates(areas[0], paths):
        found = _judged(candidate, evidence)
        if found.backing.why is None:
            return found.backing
        refused.append(found)
    return _refused(areas[0].path or "", paths, refused)


class _Judged(NamedTuple):
    """A candidate as a backing, and whether there was a file to judge."""

    backing: Backing
    is_opened: bool


def _candidates(area: Area, paths: FilePaths | None) -> Iterator[Candidate]:
    """Yield where the file may be, the likeliest place first."""
    path = area.path or ""
    name, root = without_deleted(path), _root(paths)
    if name == path or os.path.lexists(_own(path, paths)):
        yield Candidate(path, path, root=root)
    if paths is not None:
        yield Candidate(paths.mapped(area), path, IS_THE_MAPPED)
    if root != "/":
        yield Candidate(path, path, NEEDS_BUILD_ID)
    if name != path:
        yield Candidate(name, name, NEEDS_BUILD_ID, root)


def _judged(candidate: Candidate, evidence: Evidence) -> _Judged:
    path = candidate.path
    if not evidence.may_open(path):
        return _Judged(Backing(None, NOT_OPENED), False)
    try:
        file, location = _opened(candidate)
    except SourceError as error:
        return _Judged(Backing(None, str(error).removeprefix(f"{path!r} ")), False)
    elf = Elf.parse(file.read)
    why, unproven = evidence.against(file, elf, candidate.standing)
    proved = RegularFile(path, file.identity, location) if why is None else None
    return _Judged(Backing(proved, why, elf, unproven), True)


def _opened(candidate: Candidate) -> tuple[OpenFile, str]:
    """Open a file, and return where it lies."""
    location, path, standing, root = candidate
    if standing == IS_THE_MAPPED:
        return OpenFile(*open_regular_file(location, path), path), location
    found = open_inside(root, location, path)
    return OpenFile(found.descriptor, found.identity, path), found.location


def _refused(path: str, paths: FilePaths | None, refused: Sequence[_Judged]) -> Backing:
    """Return the backing without a file, with the reason of the likeliest place: where the name leads."""
    name, own, is_opened = without_deleted(path), _own(path, paths), refused[0].is_opened
    if name != path and not os.path.lexists(own):
        is_another = os.path.lexists(_own(name, paths))
        return Backing(None, REPLACED if is_another else "was deleted since it was mapped")
    if own != path and not is_opened:
        return Backing(None, "lies in another mount namespace, and can't be opened there")
    return refused[0].backing


def _own(path: str, paths: FilePaths | None) -> str:
    """Return a path here to what the process means by this one."""
    return path if _root(paths) == "/" else _root(paths) + path


def _root(paths: FilePaths | None) -> str:
    """Return the root that the process's names are looked up in."""
    return paths.root() if paths is not None and paths.is_apart() else "/"


def file_reader(file: RegularFile) -> ReadAt:
    """Return a function that reads the file by offset, as far as it goes."""

    def read(offset: int, size: int) -> bytes:
        try:
            return file.read(offset, size)
        except SourceError:
            return b""  # it changed meanwhile; the comparison with it reports that

    return read
