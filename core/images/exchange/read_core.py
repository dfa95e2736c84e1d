"""A core file as an image: what was dumped, over the files that were mapped."""

from __future__ import annotations

from ...elf.headers import PT_LOAD
from ...elf.segments import Elf
from ...errors import SourceError
from ...files.paths import FilePath
from ...files.pinned import RegularFile
from ...maps.history import MapHistory
from ...ports import Target
from ...ranges import coalesce, without
from ...walk.coverage import Coverage, Tally
from ..capture.target import circumstances_of
from ..mapped.backing import file_reader
from ..mapped.load import LoadResult, load_image
from ..model.asid import ANY, Asid
from ..model.section import FileContent, Section
from ..model.snapshot import Snapshot


def image_of_core(name: str | None, path: FilePath, target: Target, asid: Asid | None = None) -> LoadResult:
    """Make a snapshot of a core file whose sections are the core's segments and the mapped files.

    `target` is the core as a target (`sources.elf_core`). Nothing is copied: the image reads the files.
    Files that aren't what was mapped are left out. Raises SourceError for what is no ELF file.
    """
    # With kinds, which the lister alone doesn't give.
    areas = MapHistory(target.listers, target.clock, target.threads, target.modules).current()
    circumstances = circumstances_of(target, areas, taken=RegularFile.at(path).identity.mtime_ns / 1e9)
    image = Snapshot(name, circumstances, Coverage(0, 0, (), 0))
    files = load_image(None, areas, asid, reader=target.readers[0], as_of=target.as_of)
    image.copy_from(files.image)
    for section in _segments(path, asid or ANY):
        image.add_section(section)
    image.coverage = _coverage(image, asid, target)
    return LoadResult(image, files.left_out)


def _segments(path: FilePath, asid: Asid) -> list[Section]:
    file = RegularFile.at(path)
    elf = Elf.parse(file_reader(file))
    if elf is None:
        raise SourceError(f"{file.path!r} is no ELF file")
    content = FileContent(file)
    # A core that was cut off has less than its headers say.
    return [
        Section(each.address, each.address + size, content, each.offset, asid)
        for each in elf.of_type(PT_LOAD)
        if (size := min(each.file_size, each.memory_size, file.size - each.offset)) > 0
    ]


def _coverage(image: Snapshot, asid: Asid | None, target: Target) -> Coverage:
    tally = Tally(target.absent)
    for area in image.map:
        parts = list(coalesce(part for part, _ in image.visible(area.start, area.end, asid)))
        tally.searched += sum(part.size for part in parts)
        for hole in without(area.range, parts):
            tally.refuse(*hole)
    return tally.result
