"""Writing sections to files, with holes for zeros."""

from __future__ import annotations

from typing import BinaryIO

from ...ranges import Range
from ...segments.content import ZEROS
from ...walk.pace import Pace
from ..model.section import Section

CHUNK = 1 << 20


GIVEN_UP = "the export was interrupted; nothing was written"


def write_sparse(section: Section, part: Range, file: BinaryIO, place: int, pace: Pace) -> None:
    """Write a part of a section at a place in a file; zeros stay holes.

    Raise SourceError if the content is lost, Interrupted.
    """
    at = part.start
    for size, thing, _ in section.origins(*part):
        for begin in () if thing == ZEROS else range(at, at + size, CHUNK):
            pace.go_on()
            data = section.read(begin, min(CHUNK, at + size - begin))
            if data.count(0) < len(data):
                file.seek(place + begin - part.start)
                file.write(data)
            pace.done += len(data)
        pace.done += size if thing == ZEROS else 0
        at += size
