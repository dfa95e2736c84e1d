"""The sections of the loaded objects, where they lie in memory, and which section an address is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from ...elf.sections import ElfSection, sections_of
from ...elf.segments import Elf
from ...errors import SourceError
from ...files.pinned import OpenFile, RegularFile
from ...files.regular import open_regular_file
from ...maps.area import Area
from ...ports.memory import MemoryReader
from ...walk.reading import read_up_to
from .mapped_files import MappedFiles

_VDSO = "[vdso]"  # the one object that is in no file: the kernel maps it whole, with its sections


class LoadedSection(NamedTuple):
    """A section in memory at `start`..`end`; `offset` is where its content begins in the file, None without.

    `perms` are those that the file asks for.
    """

    name: str
    start: int
    end: int
    perms: str
    offset: int | None
    path: str

    @property
    def size(self) -> int:
        """Bytes in the section."""
        return self.end - self.start


class Untold(NamedTuple):
    """A loaded object of which the sections aren't known, and why."""

    path: str
    why: str


class _Placed(NamedTuple):
    """The sections of a file that a loader moved by `bias`."""

    bias: int
    sections: list[ElfSection]

    def loaded(self, path: str) -> Iterator[LoadedSection]:
        """Yield the sections that are in memory, in order of address."""
        for one in sorted(
            (one for one in self.sections if one.address is not None and one.size), key=_address
        ):
            start = _address(one) + self.bias
            yield LoadedSection(one.name, start, start + one.size, one.perms, one.offset, path)


class Sections:
    """The sections of the files of a map, each file read once."""

    def __init__(self, mapped: MappedFiles, memory: MemoryReader) -> None:
        self._mapped, self._memory = mapped, memory
        self._read: dict[str, list[ElfSection]] = {}

    def of(self, areas: Iterable[Area]) -> Iterator[LoadedSection | Untold]:
        """Yield the sections of all objects that have any of these areas, object by object.

        In the place of an object whose file can't be had or isn't the mapped one, yield why.
        """
        seen: set[tuple[str | None, int | None]] = set()
        for area in areas:
            owner = area if area.path == _VDSO else self._mapped.file_area(area.start)
            placed = None if owner is None else self._placed(owner)
            if owner is None or (owner.path, placed and placed.bias) in seen:
                continue
            seen.add((owner.path, placed and placed.bias))
            yield from self._untold(owner) if placed is None else placed.loaded(owner.path or "")

    def name_at(self, address: int, area: Area) -> str | None:
        """Return the name of the section that holds an address of the area; None in no section.

        Of a file that no loader put there, by the section's place in the file.
        """
        owner = area if area.path == _VDSO else self._mapped.file_area(address)
        if owner is None:
            return None
        placed = self._placed(owner)
        if placed is not None:
            name = next((one.name for one in placed.sections if _holds(one, address - placed.bias)), None)
            if name is not None or area.kind != "file":
                return name
        return self._name_in_file(owner, address)

    def _untold(self, area: Area) -> Iterator[Untold]:
        """Yield why the sections of an area's object aren't known, if it is of one."""
        backing = self._mapped.backing(area)
        if area.kind == "module" and backing is not None and backing.file is None:
            yield Untold(area.path or "", backing.why or "can't be read")

    def _placed(self, area: Area) -> _Placed | None:
        """Return the sections of an area's object, and how far it was moved; None if that isn't known."""
        if area.path == _VDSO:
            vdso = read_up_to(self._memory, area.start, area.size)
            read = partial(_slice, vdso)
            elf = Elf.parse(read)
            return None if elf is None else _Placed(area.start - elf.base, sections_of(read, area.size))
        bias = self._mapped.bias_of(area)
        return None if bias is None else _Placed(bias, self._sections(area))

    def _sections(self, area: Area) -> list[ElfSection]:
        backing, path = self._mapped.backing(area), area.path or ""
        if path not in self._read and backing is not None and backing.file is not None:
            self._read[path] = _sections_of(backing.file)
        return self._read.get(path, [])

    def _name_in_file(self, area: Area, address: int) -> str | None:
        if area.offset is None or address not in area:
            return None
        offset = area.offset + address - area.start
        sections = self._sections(area)
        return next((one.name for one in sections if one.offset is not None and _covers(one, offset)), None)


def _slice(content: bytes, offset: int, size: int) -> bytes:
    return content[offset : offset + size]


def _sections_of(file: RegularFile) -> list[ElfSection]:
    """Return the sections of a proven file, opened once; none if it has changed since, or can't be opened."""
    try:
        opened = OpenFile(*open_regular_file(file.location, file.path), file.path)
    except SourceError:
        return []
    return sections_of(opened.read, opened.size) if opened.identity == file.identity else []


def _address(section: ElfSection) -> int:
    return section.address or 0


def _holds(section: ElfSection, address: int) -> bool:
    return section.address is not None and section.address <= address < section.address + section.size


def _covers(section: ElfSection, offset: int) -> bool:
    return section.offset is not None and section.offset <= offset < section.offset + section.size
