"""Finds the files on this machine that the process had mapped; a file that isn't proven is not used."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ...arch import SMALLEST_PAGE
from ...errors import SourceError
from ...files.inside import open_inside
from ...files.pinned import OpenFile, RegularFile
from ...maps.area import Area
from ...maps.kinds import DELETED
from ...ports.files import FileProof
from ...ports.memory import MemoryReader
from ...ports.program import Module, loaded_names
from ..faith import Faith
from .allowance import HEADS, PAGES, Allowance
from .facts import FileMapping
from .file_evidence import NOT_OPENED, FileEvidence

_SHOWN = 3  # names of files that aren't opened
_MISSING = f"can't be read: {os.strerror(errno.ENOENT)}"


class _Finding(NamedTuple):
    """A file, else why the likeliest one isn't used, and what is wrong with all that were tried."""

    file: RegularFile | None
    why: str | None = None
    problem: str = ""
    unproven: str | None = None


_NOT_OPENED = _Finding(None, NOT_OPENED)


class _Candidate(NamedTuple):
    """A place where the file may be: a path, inside of a root."""

    root: str
    path: str

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.path if self.root == "/" else os.path.join(self.root, self.path.lstrip("/"))


class FileFinder:
    """Finds, for the name of a mapped file, the file whose bytes the process saw.

    The build-id decides, where the core holds one: it is in the first page of an ELF file, which is
    dumped as a rule. Without one, the file must hold the same bytes as pages of it that were dumped, begin
    with the same bytes, and be no newer than the core. Where the core has neither, the file isn't even
    opened: a core may come from anybody, and name any file. But a program or module that the debugger has
    loaded serves if its segments are laid out as the mappings are, and so does any file where the user
    `trusts` the names; `ProvenFile.unproven` says so then. See docs/decisions/0253-files-of-others.md.
    """

    def __init__(
        self,
        core: OpenFile,
        dumped: MemoryReader,
        modules: Sequence[Module] = (),
        sysroot: str | None = None,
        *,
        areas: Sequence[Area] = (),
        page_size: int = SMALLEST_PAGE,
        trusts: bool = False,
        heads: Allowance | None = None,
        pages: Allowance | None = None,
    ) -> None:
        """Take the core file, a reader of what it holds, where else to look for files, and its areas.

        `heads` is how much of the files' beginnings may be read, `pages` how much of what proves files that
        have no build-id.
        """
        self._core, self._dumped = core, dumped
        self._modules = modules
        self._sysroot = sysroot
        self._areas, self._page_size = areas, page_size
        self.trusts = trusts
        self._findings: dict[str, _Finding] = {}
        self._loaded: frozenset[str] | None = None
        self._problems: list[str] = []
        self._heads = Allowance(HEADS) if heads is None else heads
        self._pages = Allowance(PAGES) if pages is None else pages
        self._missing: dict[str, bool] = {}
        self._not_opened: list[str] = []

    @property
    def problems(self) -> Sequence[str]:
        """Which files that were needed were refused, and why."""
        if len(self._not_opened) <= _SHOWN:
            return [*self._problems, *(f"{name} {NOT_OPENED}" for name in self._not_opened)]
        names = ", ".join(self._not_opened[:_SHOWN])
        more = f"{names} and {len(self._not_opened) - _SHOWN} more files"
        return [*self._problems, f"{more}: each {NOT_OPENED}"]

    def find(
        self, path: str, mappings: Iterable[FileMapping], *, is_needed: bool = True
    ) -> ProvenFile | None:
        """Return the file that was mapped under this name, or None if none may be used.

        That none is, is a problem if it is needed.
        """
        found = self._find(path, mappings)
        if found.file is not None:
            return ProvenFile(found.file, found.unproven)
        if is_needed and found.why == NOT_OPENED:
            self._not_opened.append(path)
        elif is_needed:
            self._problems.append(found.problem)
        return None

    def proof(self, areas: Sequence[Area]) -> FileProof:
        """Return the file that areas of one path show, by the same evidence; see FileProver."""
        path = areas[0].path or ""
        mappings = [FileMapping(each.start, each.end, each.offset or 0, path) for each in areas]
        found = self._find(path, mappings)
        return FileProof(found.file, found.why, found.unproven)

    def _find(self, path: str, mappings: Iterable[FileMapping]) -> _Finding:
        """Find the file of this name, once."""
        if path not in self._findings:
            evidence = FileEvidence(mappings, self._dumped, self._core.modified, self._heads, self._pages)
            self._findings[path] = (
                _NOT_OPENED if self._stays_shut(path, evidence) else self._judge(path, evidence)
            )
        return self._findings[path]

    def _stays_shut(self, path: str, evidence: FileEvidence) -> bool:
        """Return whether no place is worth a look: a core may name 50,000 files and show none of them."""
        return not (evidence.can_prove or self.trusts or self._modules) and os.path.isabs(path)

    def _judge(self, path: str, evidence: FileEvidence) -> _Finding:
        whys: list[str] = []
        problems: list[str] = []
        for candidate in self._candidates(path, evidence.build_id):
            try:
                found = self._look_at(candidate, path, evidence)
            except SourceError as error:
                whys.append(str(error).removeprefix(f"{candidate.name!r} "))
                problems.append(str(error))
                continue
            if found.why is None:
                return found
            whys.append(found.why)
            problems.append(f"{candidate.name} {found.why}")
        return _Finding(
            None,
            next(iter(whys), "has no path to look at"),
            "; ".join(problems) or f"{path}: no file to look at",
        )

    def _candidates(self, path: str, build_id: bytes | None) -> list[_Candidate]:
        """Return where the file may be, the likeliest place first; a deleted one only with a build-id."""
        found = [_Candidate("/", path)] if os.path.isabs(path) else []
        if self._sysroot:
            found.insert(0, _Candidate(self._sysroot, path))
        name = path.removesuffix(DELETED) if build_id else path
        if name != path and found:
            found.append(_Candidate("/", name))
        modules = [m.path for m in self._modules if build_id and m.build_id == build_id]
        modules += [m.path for m in self._modules if os.path.basename(m.path) == os.path.basename(name)]
        return list(dict.fromkeys([*found, *(_Candidate("/", each) for each in modules)]))

    def _look_at(self, candidate: _Candidate, path: str, evidence: FileEvidence) -> _Finding:
        """Judge the file of a candidate; raise SourceError if there is none."""
        is_loaded = self._is_loaded(candidate)
        if not (evidence.can_prove or is_loaded or self.trusts):
            return _NOT_OPENED
        if self._is_in_no_folder(candidate):
            raise SourceError(f"{candidate.name!r} {_MISSING}")
        found = open_inside(*candidate, candidate.name)
        file = OpenFile(found.descriptor, found.identity, candidate.name)
        areas = [area for area in self._areas if area.path == path] if is_loaded else []
        verdict = evidence.judge(file, Faith(self.trusts, is_loaded, areas, self._page_size))
        if verdict.why is not None:
            return _Finding(None, verdict.why)
        return _Finding(
            RegularFile(candidate.name, found.identity, found.location), unproven=verdict.unproven
        )

    def _is_in_no_folder(self, candidate: _Candidate) -> bool:
        """Return whether the folder of the file is missing; each is looked for once, whatever is in it.

        Not below a sysroot, whose links lead elsewhere than they do here.
        """
        folder = candidate.path.rpartition("/")[0]
        missing = candidate.root == "/" and self._missing.get(folder)
        if missing is None:
            missing = self._missing[folder] = _is_missing(folder or "/")
        return missing

    def _is_loaded(self, candidate: _Candidate) -> bool:
        """Return whether the debugger has loaded this very file, by its name or the file's own."""
        if self._loaded is None:
            self._loaded = loaded_names(self._modules)
        return candidate.name in self._loaded


def _is_missing(folder: str) -> bool:
    try:
        os.stat(folder)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        pass  # opening the file says why
    return False


class ProvenFile:
    """A file that was proven to be what was mapped; once it is changed or replaced, it has no content.

    It is opened for each read, because a process maps more files than may be open at once.
    """

    thread_safe = True

    def __init__(self, file: RegularFile, unproven: str | None = None) -> None:
        """Take the file, and why it is used without a proof (None: it is proven)."""
        self._file, self.unproven = file, unproven

    @property
    def path(self) -> str:
        """Where it lies."""
        return self._file.path

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


def by_path(mappings: Iterable[FileMapping]) -> Mapping[str, list[FileMapping]]:
    """Group mappings by the name of their file."""
    found: dict[str, list[FileMapping]] = {}
    for mapping in mappings:
        found.setdefault(mapping.path, []).append(mapping)
    return found
