"""A core file as a target: what was dumped, laid over the files that were mapped."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ...arch import AARCH64_IGNORED, Arch, Machine
from ...elf.auxv import AT_EXECFN, AT_PAGESZ
from ...elf.headers import (
    EM_AARCH64,
    ET_CORE,
    PT_LOAD,
    PT_NOTE,
    ElfHeader,
    ProgramHeader,
    ReadAt,
    has_all_headers,
    noted_header_count,
    program_headers,
    read_header,
    usual_page_size,
)
from ...elf.segments import Elf
from ...errors import SourceError
from ...files.pinned import OpenFile
from ...maps.area import Area
from ...ports.files import FilePart
from ...ports.memory import MemoryReader
from ...ports.program import Module
from ...ports.target import Target
from ...ports.threads import ThreadName
from ...range_set import RangeSet
from ...ranges import align_up
from ...segments.content import ZEROS, Content
from ...segments.reader import SegmentReader
from ...segments.segment import Segment
from ...walk.reading import read_up_to
from ..fixed import (
    FixedAbsent,
    FixedAreas,
    FixedAuxv,
    FixedDumped,
    FixedRegisters,
    FixedSignals,
    FixedThreadNames,
    FixedThreadPointers,
    FixedThreads,
)
from .allowance import HEADS, Allowance
from .area_names import Process, with_names
from .facts import CoreFacts, FileMapping
from .file_protection import with_file_protection
from .files import FileFinder, by_path
from .heap_end import heap_end
from .holes import CoreHoles
from .layout import SOURCE, FileGap, apart, areas, gaps, held_segments, loads
from .loaded_modules import LoadedModules
from .object_names import ObjectNames
from .program import Program
from .read_notes import read_notes

_PAGE_SIZES = tuple(1 << shift for shift in range(10, 31))
_LONGEST_PATH = 4096


def core_target(path: str, modules: Sequence[Module] = (), sysroot: str | None = None) -> Target:
    """Return a target of a core file.

    Memory that the dump left out is read from the files that were mapped, if they are proven to be unchanged
    (`FileFinder`); they are looked for where they were, below `sysroot` first, and among `modules`. Memory
    that neither the core nor a file holds is absent. `Target.problems` says what is damaged, and which files
    weren't used. Raise SourceError for what is no core file, SourceDenied for what may not be read.
    """
    core = OpenFile.open(path)
    problems: list[str] = []
    header, headers = _headers(core, problems)
    facts = read_notes(header, (h for h in headers if h.type == PT_NOTE), core, problems)
    arch = _arch(header, facts, headers)
    memory = [h for h in headers if h.type == PT_LOAD]
    found = loads(memory, core, arch.address_limit, problems, by_gdb=facts.by_gdb)
    held = held_segments(found, core)
    dumped = SegmentReader(held, SOURCE)
    read, heads = partial(read_up_to, dumped), Allowance(HEADS)
    program = Program(header, facts.auxv, read)
    if not (facts.lists_files or facts.areas):
        names = ObjectNames(header, facts, heads.reading(read), program, modules)
        facts.mappings, program = names.mappings(found, arch.page_size), names.program
    mappings = apart(facts.mappings)
    finder = FileFinder(core, dumped, modules, sysroot, heads=heads)
    files = by_path(mappings)
    filled = list(_from_files(finder, list(gaps(found, mappings)), files, arch.page_size))
    reader = SegmentReader([*held, *filled], SOURCE)
    process = Process(
        header, facts, read, program, arch.page_size, partial(heap_end, header, mappings, finder, read)
    )
    listed = areas(found, facts, arch.address_limit, problems)
    shown = with_names(_shown(listed, finder, files, arch.page_size), process)
    if heads.is_spent:
        problems.append(f"{core.path}: it shows more heads of files than processes have; not all were read")
    target = Target(
        arch=arch,
        listers=(FixedAreas(shown, SOURCE),),
        readers=(reader,),
        pid=facts.pid,
        name=_name(facts, reader),
        raw=dumped,
        untouched=CoreHoles(core, found, arch.page_size),
        file_prover=finder,
        absent=FixedAbsent(_absent(shown, [*held, *filled])),
        dumped=FixedDumped(_parts(held, core)),
        modules=LoadedModules(header, facts.auxv, partial(read_up_to, reader), program, shown),
        problems=(*problems, *finder.problems),
        machine=Machine(header.machine, header.flags),
        as_of=core.modified,
    )
    return _with_threads(target, facts)


def _with_threads(target: Target, facts: CoreFacts) -> Target:
    """Return the target with what the notes tell of its threads, and of how it was started."""
    return replace(
        target,
        threads=FixedThreads(sorted(facts.threads, key=lambda thread: thread.tid != facts.pid)),
        thread_names=FixedThreadNames(_thread_names(facts)),
        thread_pointers=FixedThreadPointers(facts.thread_pointers),
        registers=FixedRegisters(facts.registers) if any(each for _, each in facts.registers) else None,
        signals=FixedSignals(facts.signals) if facts.signals else None,
        auxv=FixedAuxv(facts.auxv_content) if facts.auxv_content else None,
    )


def _arch(header: ElfHeader, facts: CoreFacts, headers: Sequence[ProgramHeader]) -> Arch:
    ignored = AARCH64_IGNORED | facts.signed_bits if header.machine == EM_AARCH64 else 0
    return Arch(header.word_size, header.endian, _page_size(header, facts, headers), ignored)


def why_no_core(read: ReadAt) -> str | None:
    """Return why the file is no ELF core file, or None if it is one; see `dumps.Format`."""
    try:
        _core_header(read)
    except SourceError as error:
        return str(error)
    return None


def _core_header(read: ReadAt) -> ElfHeader:
    """Read the ELF header; raise SourceError for what is no core file."""
    header = read_header(read)
    if header.type != ET_CORE:
        raise SourceError(f"{header.type_name}, not a core file")
    return header


def _headers(core: OpenFile, problems: list[str]) -> tuple[ElfHeader, list[ProgramHeader]]:
    """Read the headers; SourceError, with the file's name, if it is no core file."""
    try:
        header = _core_header(core.read)
        headers = list(program_headers(header, core.read))
        count = noted_header_count(header, core.read)
    except SourceError as error:
        raise SourceError(f"{core.path}: {error}") from error
    if not headers:
        raise SourceError(f"{core.path}: a core file without program headers", hint="was it cut off?")
    if count is None:
        problems.append(
            f"{core.path}: the core file is cut off, and with it how many program headers there are; "
            f"{len(headers)} are there"
        )
    elif not has_all_headers(header, count, core.read):
        problems.append(f"{core.path}: only {len(headers)} of {count} program headers are there")
    return header, headers


def _page_size(header: ElfHeader, facts: CoreFacts, headers: Iterable[ProgramHeader]) -> int:
    """Return the page size that the notes tell, else the machine's usual one."""
    for noted in (facts.auxv.get(AT_PAGESZ), facts.page_size):
        if noted in _PAGE_SIZES:
            return int(noted)
    return usual_page_size(header.machine, (h.address for h in headers if h.type == PT_LOAD))


def _from_files(
    finder: FileFinder, missing: Iterable[FileGap], files: Mapping[str, Sequence[FileMapping]], page_size: int
) -> Iterator[Segment[Content]]:
    """Yield the segments that the mapped files supply for the gaps of the dump."""
    grouped: dict[str, list[FileGap]] = {}
    for gap in missing:
        grouped.setdefault(gap.mapping.path, []).append(gap)
    for path, wanted in grouped.items():
        file = finder.find(path, files[path])
        if file is None:
            continue
        for gap in wanted:
            end = min(gap.end, gap.start + file.size - gap.offset)
            if gap.start < end:
                yield Segment(gap.start, end, file, gap.offset)
                # The rest of a file's last page is zeros (mmap(2)); behind that there is no content.
                rest = min(gap.end, align_up(end, page_size))
                if end < rest:
                    yield Segment(end, rest, ZEROS, 0)


def _shown(
    found: Sequence[Area], finder: FileFinder, files: Mapping[str, Sequence[FileMapping]], page_size: int
) -> list[Area]:
    """Return the areas with the protections that only the mapped files tell."""
    unknown = {
        a.path or ""
        for a in found
        if a.path in files and a.protection is not None and not a.protection.tells_access
    }
    proven = ((path, finder.find(path, files[path], is_needed=False)) for path in sorted(unknown))
    elves = ((path, Elf.parse(file.read)) for path, file in proven if file is not None)
    return with_file_protection(found, {path: elf for path, elf in elves if elf is not None}, page_size)


def _parts(held: Iterable[Segment[Content]], core: OpenFile) -> Iterator[FilePart]:
    """Yield the place in the core file of each segment that it holds."""
    for segment in held:
        yield FilePart(segment.start, segment.end, core.path, core.identity.node, segment.offset)


def _absent(shown: Iterable[Area], segments: Iterable[Segment[Content]]) -> RangeSet:
    covered = RangeSet(segment.range for segment in segments)
    mapped = RangeSet(area.range for area in shown)
    return RangeSet(part for r in mapped for part in covered.outside(*r))


def _thread_names(facts: CoreFacts) -> dict[int, ThreadName]:
    """Return what the threads are called: debuggers number them in the order of their notes."""
    return {
        thread.tid: ThreadName(number, facts.thread_names.get(thread.tid))
        for number, thread in enumerate(facts.threads, 1)
    }


def _name(facts: CoreFacts, reader: MemoryReader) -> str | None:
    """Return the program's file name: in full from the stack, else as far as the notes have it."""
    address = facts.auxv.get(AT_EXECFN, 0)
    text = read_up_to(reader, address, _LONGEST_PATH) if address else b""
    path, end, _ = text.partition(b"\0")
    return os.path.basename(path.decode("utf-8", "surrogateescape")) if end and path else facts.name


__all__ = ["core_target", "why_no_core"]
