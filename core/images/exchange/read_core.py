"""A core file, of any format, as an image: what was dumped, over the files that were mapped."""

from __future__ import annotations

from ...errors import SourceError
from ...files.paths import FilePath
from ...files.pinned import RegularFile
from ...maps.history import MapHistory
from ...ports.target import Target
from ...ranges import coalesce, without
from ...walk.coverage import Coverage, Tally
from ..capture.target import circumstances_of
from ..mapped.load import LoadResult, load_image
from ..mapped.mapped_files import MappedFiles
from ..model.asid import Asid, as_asid
from ..model.section import FileContent, Section
from ..model.snapshot import Snapshot


def image_of_core(name: str | None, path: FilePath, target: Target, asid: Asid | None = None) -> LoadResult:
    """Return a snapshot of a core file; its sections are the dumped memory and the mapped files.

    `target` is the core as a target (`sources.dumps`). Nothing is copied: the image reads the files. Files
    that aren't what was mapped are left out. Raise SourceError if the target doesn't know where in the file
    memory lies, or the file has changed.
    """
    file = RegularFile.at(path)
    # With kinds, which the lister alone doesn't give.
    history = MapHistory(target.listers, target.clock, target.threads, target.modules)
    areas = history.current()
    circumstances = circumstances_of(target, areas, history.threads(), taken=file.identity.mtime_ns / 1e9)
    image = Snapshot(name, circumstances, Coverage(0, 0, (), 0))
    files = MappedFiles(
        areas, target.readers[0], target.as_of, prover=target.file_prover, page_size=target.arch.page_size
    )
    loaded = load_image(None, areas, files, asid)
    image.copy_from(loaded.image)
    for section in _dumped(file, target, as_asid(asid)):
        image.add_section(section)
    image.coverage = _coverage(image, asid, target)
    return LoadResult(image, loaded.left_out)


def _dumped(file: RegularFile, target: Target, asid: Asid) -> list[Section]:
    if target.dumped is None:
        hint = "open it in the debugger and take a snapshot"
        raise SourceError(f"{file.path!r} holds no memory that is readable in place", hint=hint)
    parts = target.dumped.parts()
    if any(part.identity != file.identity.node for part in parts):
        raise SourceError(f"{file.path!r} was replaced while it was looked at")
    content = FileContent(file)
    return [Section(part.start, part.end, content, part.offset, asid) for part in parts]


def _coverage(image: Snapshot, asid: Asid | None, target: Target) -> Coverage:
    tally = Tally(target.absent, target.reasons)
    for area in image.map:
        parts = list(coalesce(part for part, _ in image.visible(area.start, area.end, asid)))
        tally.searched += sum(part.size for part in parts)
        for hole in without(area.range, parts):
            tally.refuse(*hole)
    return tally.result
