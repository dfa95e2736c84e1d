"""A dump that only its debugger reads, without the files that nobody but the dump names.

GDB opens each file that a core names (NT_FILE), whatever it is, and shows it as memory
(core_target::build_file_mappings of gdb/corelow.c).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...ports.files import FileProof, UnprovenPart, in_words
from ...ports.target import Target
from ...range_set import RangeSet
from ...ranges import Range, align_up
from ...segments.content import ZEROS, Content
from ...segments.reader import SegmentReader
from ...segments.segment import Segment
from ...sources.elf_core.files import ProvenFile
from ...sources.fixed import FixedAbsent
from ...sources.parted import PartedReader
from .mapped_files import MappedFiles


class _Left(NamedTuple):
    """A part of a named area that the dump doesn't hold."""

    area: Area
    start: int
    end: int


def over_named_files(debugger: Target, held: RangeSet) -> Target:
    """Return the debugger's target of a dump, with only those of the named files that are proven.

    `held` are the addresses whose content is in the dump itself. What it left out is read from the files that
    `MappedFiles` takes, by the same evidence as everywhere, not through the debugger; and else it is absent.
    """
    reader, page = debugger.readers[0], debugger.arch.page_size
    areas = AreaMap({area[:2]: area for area in debugger.listers[0].areas()}.values())
    dumped = PartedReader(held, reader, SegmentReader((), reader.source))
    files = MappedFiles(areas, dumped, page_size=page, trusts=debugger.trusts_files, modules=debugger.modules)
    left = list(_left_out(areas, held))
    shown = [segment for each in left for segment in _shown(files, each, page)]
    unproven = tuple(_unproven(shown))
    everything = RangeSet(Range(each.start, each.end) for each in left)
    known = RangeSet(segment.range for segment in shown)
    return replace(
        debugger,
        readers=(PartedReader(everything, SegmentReader(shown, reader.source), reader),),
        absent=FixedAbsent(RangeSet(part for each in everything for part in known.outside(*each))),
        problems=(*debugger.problems, *_refused(files, left), *in_words(unproven)),
        unproven=unproven,
        file_prover=_ByWhatIsDumped(files),
        trusting=lambda: over_named_files(replace(debugger, trusts_files=True), held),
    )


class _ByWhatIsDumped:
    """Proves files by what the dump holds: what is read from a file can't prove it. See FileProver."""

    def __init__(self, files: MappedFiles) -> None:
        self._files = files

    def proof(self, areas: Sequence[Area]) -> FileProof:
        """Return the file that these areas, all of one path, show."""
        backing = self._files.backing(areas[0])
        return FileProof(None) if backing is None else FileProof(backing.file, backing.why, backing.unproven)


def _left_out(areas: Iterable[Area], held: RangeSet) -> Iterator[_Left]:
    """Yield what the dump lacks of named areas, in order; where areas overlap, the first one counts."""
    done = 0
    for area in areas:
        for start, end in held.outside(max(area.start, min(done, area.end)), area.end) if area.path else ():
            yield _Left(area, start, end)
        done = max(done, area.end)


def _shown(files: MappedFiles, left: _Left, page_size: int) -> Iterator[Segment[Content]]:
    """Yield the part as its file has it, with the zeros behind the file's end, if the file is taken."""
    backing = files.backing(left.area)
    if backing is None or backing.file is None:
        return
    file, offset = backing.file, (left.area.offset or 0) + left.start - left.area.start
    end = min(left.end, left.start + file.size - offset)
    if left.start < end:
        yield Segment(left.start, end, ProvenFile(file, backing.unproven), offset)
        rest = min(left.end, align_up(end, page_size))
        if end < rest:
            yield Segment(end, rest, ZEROS, 0)


def _unproven(segments: Iterable[Segment[Content]]) -> Iterator[UnprovenPart]:
    for segment in segments:
        file = segment.content
        if isinstance(file, ProvenFile) and file.unproven:
            yield UnprovenPart(segment.start, segment.end, file.path, file.unproven)


def _refused(files: MappedFiles, left: Iterable[_Left]) -> list[str]:
    """Return why files are not taken, each once."""
    found = ((each.area.path, files.backing(each.area)) for each in left)
    return list(dict.fromkeys(f"{path} {backing.why}" for path, backing in found if backing and backing.why))
