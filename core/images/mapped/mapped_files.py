"""The files behind the areas of an inferior, each opened and proven once, when first asked for.

A command makes one `MappedFiles` and hands it down: what it loads, checks and locates is then proven by
the same evidence, and no file is judged twice.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...arch import SMALLEST_PAGE
from ...elf.headers import PT_GNU_RELRO
from ...elf.relocations import Relocations
from ...elf.segments import Elf
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...maps.protection import Protection
from ...ports.files import FilePaths, FileProver
from ...ports.memory import MemoryReader
from ...ports.program import ModuleLister, loaded_names
from .backing import Backing, backing_of, file_reader, is_file_backed, proven, without_deleted
from .copies import Copies
from .displaced import Displaced, PlacedFile, displaced_code

# How far the clocks of files and of processes may be apart, in seconds, at the most.
_CLOCKS_ERR = 1.0


class LoadedObject(NamedTuple):
    """An ELF file where it is loaded: `bias` is how far the loader moved it, `relocations` its tables."""

    path: str
    bias: int
    relocations: Relocations

    @property
    def elf(self) -> Elf:
        """What its header says."""
        return self.relocations.elf


class MappedFiles:
    """The files behind the areas of a map, with their relocation tables."""

    def __init__(
        self,
        mapped: AreaMap,
        reader: MemoryReader | None = None,
        as_of: float | None = None,
        began: float | None = None,
        *,
        prover: FileProver | None = None,
        paths: FilePaths | None = None,
        page_size: int = SMALLEST_PAGE,
        trusts: bool = False,
        modules: ModuleLister | None = None,
    ) -> None:
        """Take the whole map, a reader of its memory, and two times in seconds since 1970.

        All mapped files were mapped at `as_of` (see `backing_of`); the process began at `began`, which
        `is_newer` compares with. None: not known. `prover` proves the files instead, where there is one;
        `paths` knows other ways to them. What `modules` have loaded, and any file for who `trusts` names,
        serves without a proof; see `backing_of`.
        """
        self._trusts, self._modules = trusts, modules
        self._loaded: frozenset[str] | None = None
        self._mapped, self._reader, self._as_of, self._began = mapped, reader, as_of, began
        self._prover, self._paths, self._page_size = prover, paths, page_size
        self._by_path: defaultdict[str, list[Area]] = defaultdict(list)
        self._files = sorted(filter(is_file_backed, mapped), key=lambda area: area.start)
        self._starts = [area.start for area in self._files]
        for area in self._files:
            self._by_path[area.path or ""].append(area)
        self._backings: dict[str, Backing] = {}
        self._relocations: dict[str, Relocations] = {}
        self._copies: dict[str, Copies] = {}
        # Asked for each word that differs; an area is known again by where it shows what of which file.
        self._places: dict[tuple[int, int | None, str | None], PlacedFile | None] = {}
        self._displaced: Sequence[Displaced] | None = None
        self._interpreters: frozenset[str] | None = None

    def backing(self, area: Area) -> Backing | None:
        """Return the file behind the area; None if there never was one."""
        path = area.path
        if path is None or not is_file_backed(area):
            return None
        if path not in self._backings:
            areas = self._by_path[path] or [area]
            self._backings[path] = (
                proven(self._prover.proof(areas)) if self._prover else self._backing_of(areas)
            )
        return self._backings[path]

    def _backing_of(self, areas: Sequence[Area]) -> Backing:
        if self._loaded is None:
            has_names = self._modules is not None and self._paths is None
            self._loaded = loaded_names(self._modules.modules() if self._modules and has_names else ())
        return backing_of(
            areas,
            self._reader,
            self._as_of,
            self._paths,
            self._page_size,
            trusts=self._trusts,
            loaded=self._loaded,
        )

    @property
    def unproven(self) -> Mapping[str, str]:
        """The files looked at so far that are used although nothing proves them, and why they are."""
        found = ((path, backing) for path, backing in self._backings.items())
        return {path: backing.unproven for path, backing in found if backing.unproven}

    def is_newer(self, area: Area) -> bool:
        """Return whether the area's file was written after the process began, by more than clocks may err."""
        backing = self.backing(area) if self._began is not None else None
        if backing is None or backing.file is None or self._began is None:
            return False
        return backing.file.identity.mtime_ns > (self._began + _CLOCKS_ERR) * 1e9

    def loaded(self, area: Area) -> LoadedObject | None:
        """Return the ELF file that a loader put into the area; None if there is none, or it isn't proven."""
        placed = self._placed(area)
        if placed is None:
            return None
        path = placed.path
        if path not in self._relocations:
            self._relocations[path] = Relocations(placed.elf, file_reader(placed.file))
        return LoadedObject(path, placed.bias, self._relocations[path])

    def _placed(self, area: Area) -> PlacedFile | None:
        key = area.start, area.offset, area.path
        if key not in self._places:
            self._places[key] = self._find_place(area)
        return self._places[key]

    def _find_place(self, area: Area) -> PlacedFile | None:
        backing, bias = self.backing(area), self._bias(area)
        if backing is None or backing.file is None or backing.elf is None or bias is None:
            return None
        return PlacedFile(area, bias, backing.elf, backing.file)

    @property
    def displaced(self) -> Sequence[Displaced]:
        """Where code of loaded files should be and something else is mapped, in order of address."""
        if self._displaced is None:
            placed = filter(None, map(self._placed, self._files))
            self._displaced = sorted(displaced_code(placed, self._mapped), key=lambda each: each.part)
        return self._displaced

    def bias_of(self, area: Area) -> int | None:
        """Return how far a loader moved the ELF file in the area; None if none is proven to be there."""
        placed = self._placed(area)
        return None if placed is None else placed.bias

    def objects(self) -> Iterator[LoadedObject]:
        """Yield the ELF files that a loader put somewhere, each as often as it did."""
        told: set[tuple[str, int]] = set()
        for area in self._files:
            found = self.loaded(area)
            if found is not None and found[:2] not in told:
                told.add(found[:2])
                yield found

    def _bias(self, area: Area) -> int | None:
        """Return how far the loader moved the file that the area shows; None if no loader did."""
        path, backing = area.path or "", self.backing(area)
        if backing is None or backing.elf is None:
            return None
        if path not in self._copies:
            self._copies[path] = Copies(backing.elf, self._by_path[path], self._page_size)
        return self._copies[path].bias(area)

    def file_area(self, address: int) -> Area | None:
        """Return the file-backed area in whose file's memory the address lies, or at whose end it does.

        That is the area itself, or the one before the memory without a file where its variables go on.
        """
        here = self._mapped.find(address)
        if here is not None and is_file_backed(here):
            return here
        index = bisect_right(self._starts, address) - 1
        area = self._files[index] if index >= 0 else None
        if area is None or address <= area.end:
            return area
        placed = self._placed(area)
        return None if placed is None or address > placed.bias + placed.elf.top else area

    def may_be_code(self, area: Area) -> bool:
        """Return whether the area may be executed, by its protection or else by what its file asks for.

        Where neither is known, it may.
        """
        is_executable = area.allows(Protection.EXEC)
        if is_executable is not None or area.offset is None:
            return is_executable is not False
        backing, bias = self.backing(area), self._bias(area)
        if backing is None or backing.elf is None:
            return True
        address = None if bias is None else area.start - bias
        return backing.elf.is_code(area.offset, address, self._page_size)

    def is_code(self, address: int) -> bool:
        """Return whether the address may be executed, by the protection of its area alone."""
        area = self._mapped.find(address)
        return area is not None and area.allows(Protection.EXEC) is not False

    def is_vdso(self, address: int) -> bool:
        """Return whether the address lies in the code that the kernel maps."""
        area = self._mapped.find(address)
        return area is not None and area.path == "[vdso]"

    def is_interpreter(self, path: str) -> bool:
        """Return whether a mapped program names this file as its dynamic linker (PT_INTERP)."""
        if self._interpreters is None:
            self._interpreters = frozenset(self._named_as_interpreters())
        return os.path.basename(without_deleted(path)) in self._interpreters

    def has_interpreter(self) -> bool:
        """Return whether a dynamic linker is mapped."""
        return any(self.is_interpreter(path) for path in self._by_path)

    def _named_as_interpreters(self) -> set[str]:
        names: set[str] = set()
        for areas in list(self._by_path.values()):
            backing = self.backing(areas[0])
            if backing is not None and backing.file is not None and backing.elf is not None:
                name = backing.elf.interpreter(file_reader(backing.file))
                if name:
                    names |= {os.path.basename(name), os.path.basename(os.path.realpath(name))}
        return names

    def is_linkers_own(self, area: Area, start: int, end: int) -> bool:
        """Return whether a range lies in what a dynamic linker protects of its own data (PT_GNU_RELRO)."""
        found = self.loaded(area)
        return (
            found is not None
            and self.is_interpreter(found.path)
            and any(
                each.address <= start - found.bias and end - found.bias <= each.address + each.memory_size
                for each in found.elf.of_type(PT_GNU_RELRO)
            )
        )
