"""What an image holds of files that nothing proves to be those that were mapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...ports.files import UnprovenPart
from ...range_set import RangeSet
from ...ranges import Range
from .asid import Asid
from .image import Image
from .section import FileContent, Section
from .snapshot import Snapshot


def unproven_parts(image: Image, asid: Asid | None = None) -> Iterator[UnprovenPart]:
    """Yield the parts of an address space whose bytes are of such files: sections, then what was captured."""
    recorded = image.circumstances.unproven if isinstance(image, Snapshot) else ()
    if not recorded and not any(map(_why, image.sections)):
        return  # nearly always: a map of very many areas isn't walked for it
    held: list[Range] = []
    told: list[Range] = []
    for part, section in image.visible(0, 1 << 64, asid):
        held.append(part)
        path, why = section.content.path, _why(section)
        if path is not None and why is not None:
            told.append(part)
            yield UnprovenPart(*part, path, why)
    captured, known = RangeSet(held), RangeSet(told)
    for one in recorded:
        for piece in captured.within(one.start, one.end):
            for start, end in known.outside(*piece):
                yield one._replace(start=start, end=end)


def _why(section: Section) -> str | None:
    return section.content.unproven if isinstance(section.content, FileContent) else None


def unproven_files(image: Image, asid: Asid | None = None) -> Mapping[str, str]:
    """Return the paths of such files, and why each is used."""
    return {part.path: part.why for part in unproven_parts(image, asid)}
