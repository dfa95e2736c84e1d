"""Where a section and memory are both known to be zeros, so that neither needs to be read to be compared."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import SourceError
from ...files.pinned import RegularFile
from ...ports.memory import UntouchedPages
from ...ranges import Range, coalesce
from ...segments.content import ZEROS
from ..model.section import Section


def common_zeros(section: Section, part: Range, untouched: UntouchedPages | None) -> Iterator[Range]:
    """Yield, in order, such ranges in a part of the section: stored zeros, and holes of its file."""
    known = coalesce(untouched.untouched(*part)) if untouched else ()
    for zeros in known:
        yield from coalesce(_zeros(section, zeros))


def _zeros(section: Section, part: Range) -> Iterator[Range]:
    at = part.start
    for size, thing, position in section.origins(*part):
        if thing is ZEROS:
            yield Range(at, at + size)
        elif isinstance(thing, RegularFile):
            moved = at - position
            yield from (Range(low + moved, high + moved) for low, high in _holes(thing, position, size))
        at += size


def _holes(file: RegularFile, start: int, size: int) -> list[Range]:
    """Return the holes of the file; none where it is lost, which whoever reads it is told."""
    try:
        return list(file.holes(start, start + size))
    except SourceError:
        return []
