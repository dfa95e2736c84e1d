"""The image of what the areas of an inferior map: each file where it is mapped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...elf.headers import PT_LOAD
from ...elf.segments import Elf
from ...errors import AtlasError
from ...maps.area import Area
from ...maps.protection import Protection
from ..model.asid import Asid, as_asid
from ..model.image import Image
from ..model.section import FileContent, Section
from .backing import Backing
from .mapped_files import MappedFiles


class LeftOut(NamedTuple):
    """A file-backed area that isn't in the image; `why` is worded to follow its path."""

    area: Area
    why: str


class LoadResult(NamedTuple):
    """An image of files, and the areas that were left out of it."""

    image: Image
    left_out: tuple[LeftOut, ...]


def load_image(
    name: str | None, areas: Iterable[Area], files: MappedFiles, asid: Asid | None = None
) -> LoadResult:
    """Return an image of the file-backed areas, by file and offset; regular files only.

    `files` are those of the map that has the areas. Where a loaded file's code should be and something else
    is mapped, it is the file's code all the same (`MappedFiles.displaced`). Files that were deleted, replaced
    or changed since they were mapped are left out. Raise InvalidArgument for a name that no image can have.
    """
    image, left_out = Image(name), []
    areas = list(areas)
    displaced = [each for each in files.displaced if each.area in areas]
    instead = {each.area for each in displaced}
    for area in areas:
        backing = files.backing(area)
        if backing is not None and area not in instead:
            why = backing.why or _add(image, area, backing, as_asid(asid))
            if why is not None:
                left_out.append(LeftOut(area, why))
    for each in displaced:
        backing = files.backing(each.placed.area)
        content = FileContent(each.placed.file, backing.unproven if backing else None)
        image.add_section(Section(*each.part, content, each.offset, as_asid(asid)))
    left_out.sort(key=lambda item: item.area.start)
    return LoadResult(image, tuple(left_out))


def _add(image: Image, area: Area, backing: Backing, asid: Asid) -> str | None:
    """Place the part of the area that its file fills; return why there is none."""
    file, offset = backing.file, area.offset
    assert file is not None, "a backing without a reason has its file"
    assert offset is not None, "a file-backed area has its offset"
    if offset >= file.size:
        return f"ends before {offset:#x}, where this area begins"
    size = min(area.size, file.size - offset)
    if backing.elf is not None:
        size = min(size, _filled(backing.elf, area, offset))
    content = FileContent(file, backing.unproven)
    try:
        image.add_section(Section(area.start, area.start + size, content, offset, asid))
    except AtlasError as error:
        return str(error)
    return None


def _filled(elf: Elf, area: Area, offset: int) -> int:
    """Return how many of the area's bytes are the file's, when a program loader made it.

    Behind the last byte of a segment that has more memory than file, the loader puts zeros up to the
    end of the page (gABI, "Program Loading"): these are variables, not the bytes of the file.
    """
    if area.allows(Protection.WRITE) is False:
        return area.size
    for segment in elf.of_type(PT_LOAD):
        end = segment.offset + segment.file_size
        if segment.memory_size > segment.file_size and offset < end < offset + area.size:
            return end - offset
    return area.size
