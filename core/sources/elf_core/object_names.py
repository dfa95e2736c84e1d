"""Which files the loaded objects are, in a core file that doesn't list mapped files.

Linux leaves NT_FILE out where it would grow beyond 4 MiB, from 65,536 mappings on however few files there
are (fill_files_note of fs/binfmt_elf.c); small dumpers, Valgrind and qemu-user never write it. Then the
headers of objects in the dumped memory say where their segments lie, and names come from the dynamic linker's
list, the auxiliary vector, NT_PRPSINFO, and the debugger's modules by their build-ids.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ...elf.auxv import AT_BASE, AT_EXECFN, AT_PHDR, AT_PHENT, AT_PHNUM, AT_SYSINFO_EHDR
from ...elf.headers import PT_DYNAMIC, PT_LOAD, ElfHeader, ReadAt
from ...elf.link_map import linked_objects
from ...elf.segments import Elf
from ...errors import SourceError
from ...files.pinned import RegularFile
from ...ports.program import Module
from ...range_set import RangeSet
from ...ranges import Range, align_down, align_up
from .facts import CoreFacts, FileMapping
from .layout import Load
from .linux import decode
from .program import Program

_MAGIC = b"\x7fELF"
_USUAL_PATH, _LONGEST_PATH = 256, 4096


class _Object(NamedTuple):
    """An ELF object whose headers were found: where its file begins in memory, and how far it was moved."""

    start: int
    bias: int
    elf: Elf
    build_id: bytes | None

    @property
    def dynamic(self) -> int:
        """The address of its dynamic section, or 0."""
        segment = next(self.elf.of_type(PT_DYNAMIC), None)
        return 0 if segment is None else segment.address + self.bias


class ObjectNames:
    """Finds and names the loaded objects of one dumped process."""

    def __init__(
        self,
        header: ElfHeader,
        facts: CoreFacts,
        read: ReadAt,
        program: Program,
        modules: Sequence[Module] = (),
    ) -> None:
        """Take the core's header and notes, the dumped memory, the program, and the debugger's modules.

        The program is looked for where the notes don't lead to it, once `mappings` is called.
        """
        self._header, self._facts, self._read, self.program = header, facts, read, program
        self._modules = modules

    def mappings(self, found: Sequence[Load], page_size: int) -> list[FileMapping]:
        """Return where the named objects' files lie, as far as segments of the core show memory there."""
        shown = RangeSet(Range(load.start, load.end) for load in found)
        objects = list(self._objects(found))
        if not self.program.headers_at:
            self.program = self._among(objects)
        named = self._named(objects)
        pieces = (piece for each, path in named for piece in _pieces(each, path, page_size))
        return sorted(
            FileMapping(*part, offset + part.start - piece.start, path)
            for piece, offset, path in pieces
            for part in shown.within(*piece)
        )

    def _among(self, objects: Iterable[_Object]) -> Program:
        """Return the program where no auxiliary vector leads to it: only its dynamic section has DT_DEBUG."""
        for each in objects:
            table = each.elf.header
            auxv = {AT_PHDR: each.start + table.phoff, AT_PHENT: table.phentsize, AT_PHNUM: table.phnum}
            program = Program(self._header, auxv, self._read)
            if program.debug():
                return program
        return self.program

    def _objects(self, found: Sequence[Load]) -> Iterator[_Object]:
        """Yield the objects of which the core has the headers, in address order, without the kernel's."""
        for load in found:
            if load.held < len(_MAGIC) or load.start == self._facts.auxv.get(AT_SYSINFO_EHDR):
                continue
            if self._read(load.start, len(_MAGIC)) == _MAGIC:
                made = self._object(load.start)
                if made is not None:
                    yield made

    def _object(self, start: int) -> _Object | None:
        def read(offset: int, size: int) -> bytes:
            return self._read(start + offset, size)

        elf = Elf.parse(read)
        if elf is None:
            return None
        return _Object(start, start - elf.base, elf, elf.build_id(read, in_memory=True))

    def _named(self, objects: list[_Object]) -> Iterator[tuple[_Object, str]]:
        """Yield the objects that the linker or the kernel names, then those that the debugger knows."""
        by_dynamic = dict(self._linked())
        seen: set[str] = set()
        rest: list[_Object] = []
        for each in objects:
            path = self._path(each, by_dynamic)
            if path is None:
                rest.append(each)
            else:
                seen.add(path)
                yield each, path
        for each in rest:
            path = self._by_build_id(each.build_id)
            if path is not None and path not in seen:
                seen.add(path)
                yield each, path
        yield from self._undumped(objects, by_dynamic)

    def _path(self, each: _Object, by_dynamic: Mapping[int, tuple[int, str]]) -> str | None:
        """Return the object's file by the linker's list or the auxiliary vector; absolute if possible."""
        if self.program.headers_at == each.start + each.elf.header.phoff:
            name = self._program_name()
        elif each.start == self._facts.auxv.get(AT_BASE):
            name = decode(self.program.interpreter())
        else:
            linked = by_dynamic.get(each.dynamic, (0, ""))[1]
            name = linked if "/" in linked else ""  # linux-vdso.so.1 is no file
        if os.path.isabs(name):
            return name
        return self._by_build_id(each.build_id) or name or None

    def _program_name(self) -> str:
        """Return the name by which the program was started, or its interpreter if that was a script."""
        started = decode(self._string(self._facts.auxv.get(AT_EXECFN, 0)))
        first, *arguments = self._facts.command.split(" ")
        # The command line is the program's to change; the name is cut to 15 bytes.
        is_named = os.path.basename(first)[:15] == (self._facts.name or "")
        if started in arguments:  # the kernel puts the interpreter of `#!` before the script's name
            return first if os.path.isabs(first) else ""
        return started or (first if is_named else "") or self._facts.name or ""

    def _by_build_id(self, build_id: bytes | None) -> str | None:
        if build_id is None:
            return None
        return next((module.path for module in self._modules if module.build_id == build_id), None)

    def _linked(self) -> Iterator[tuple[int, tuple[int, str]]]:
        """Yield bias and name of each object in the linker's list, by the address of its dynamic section."""
        for each in linked_objects(self._header, self._read, self.program.debug()):
            yield each.dynamic, (each.bias, decode(self._string(each.name)))

    def _string(self, address: int) -> bytes:
        for size in (_USUAL_PATH, _LONGEST_PATH) if address else ():
            text, end, _ = self._read(address, size).partition(b"\0")
            if end:
                return text
        return b""

    def _undumped(
        self, objects: Sequence[_Object], by_dynamic: Mapping[int, tuple[int, str]]
    ) -> Iterator[tuple[_Object, str]]:
        """Yield the objects in the linker's list whose headers were not dumped, by those of their files."""
        known = {each.dynamic for each in objects}
        for dynamic, (bias, path) in by_dynamic.items():
            if dynamic in known or not os.path.isabs(path):
                continue
            try:
                elf = Elf.parse(RegularFile.at(path).read)
            except SourceError:
                continue  # there is no such file here: what it was is not known
            if elf is None or elf.header.machine != self._header.machine:
                continue
            made = _Object(elf.base + bias, bias, elf, None)
            if made.dynamic == dynamic:
                yield made, path


def _pieces(each: _Object, path: str, page_size: int) -> Iterator[tuple[Range, int, str]]:
    """Yield the pages that come from the file, with where in it they begin."""
    for segment in each.elf.of_type(PT_LOAD):
        address = segment.address + each.bias
        start, end = align_down(address, page_size), align_up(address + segment.file_size, page_size)
        if segment.file_size and start >= 0:
            yield Range(start, end), segment.offset - (address - start), path
