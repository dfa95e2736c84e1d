"""A target made of bytes in memory: for scripts, for saved contents, and for tests."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from ..arch import Arch, Machine
from ..elf.machines import machine_named
from ..errors import InvalidArgument
from ..maps.area import Area
from ..maps.protection import Protection
from ..ports.target import Target
from ..range_set import RangeSet
from ..ranges import Range, check_range
from ..segments.content import ZEROS, BytesContent, Content
from ..segments.reader import SegmentReader
from ..segments.segment import Segment
from .fixed import FixedAbsent, FixedAreas, FixedUntouched

SOURCE = "buffer"


class BufferArea(NamedTuple):
    """One area of a buffer target and its content; a plain tuple of the first few fields will do.

    `size` is the area's in bytes; None: the content's. The area is absent behind the end of its content.
    """

    address: int
    content: bytes
    perms: str = "rw-p"
    path: str = ""
    offset: int = 0
    kind: str | None = None
    size: int | None = None

    @property
    def end(self) -> int:
        """One past the last address of the area."""
        return self.address + (len(self.content) if self.size is None else self.size)

    @property
    def area(self) -> Area:
        """The piece as an area; InvalidArgument for impossible addresses, perms or a content too long."""
        check_range(self.address, self.end)
        if self.address + len(self.content) > self.end:
            raise InvalidArgument(f"{len(self.content)} bytes of content for an area of {self.size}")
        protection = Protection.parse(self.perms)
        return Area(self.address, self.end, protection, self.offset, self.path, self.kind, SOURCE)

    @property
    def segment(self) -> Segment[Content]:
        """The piece's content at its place."""
        return Segment(self.address, self.address + len(self.content), BytesContent(bytes(self.content)), 0)


def buffer_target(
    pieces: Iterable[BufferArea | tuple[int, bytes, str]],
    arch: Arch | None = None,
    *,
    unreadable: Iterable[tuple[int, int]] = (),
    absent: Iterable[tuple[int, int]] = (),
    untouched: Iterable[tuple[int, int]] = (),
    machine: Machine | None = None,
) -> Target:
    """Return a target of bytes: each piece is an area and its content.

    The other ranges, `(start, end)`, say what parts of the areas are instead: `unreadable` refuses to be
    read, `absent` is mapped without content, `untouched` reads as zeros that were never touched; where they
    overlap, the first of these holds. `machine` is the processor whose memory it is; None: this computer's,
    if words and byte order are. Files that the areas name are trusted: they are the caller's own word. Raise
    InvalidArgument for pieces that overlap and for impossible ones.
    """
    ordered = sorted((BufferArea(*piece) for piece in pieces), key=attrgetter("address"))
    areas = [piece.area for piece in ordered]
    _check_apart(areas)
    refused = RangeSet(Range.checked(*r) for r in unreadable)
    left_out = _minus((Range.checked(*r) for r in absent), refused)
    zeros = _minus((Range.checked(*r) for r in untouched), RangeSet([*refused, *left_out]))
    told = RangeSet([*refused, *left_out, *zeros])
    short = _minus((Range(piece.segment.end, piece.end) for piece in ordered), told)
    held = [piece.segment for piece in ordered]
    segments = [each.part(*left) for each in held for left in told.outside(*each.range)]
    segments += [Segment(*r, ZEROS, 0) for r in zeros]
    return Target(
        arch=arch or Arch(),
        listers=(FixedAreas(areas, SOURCE),),
        readers=(SegmentReader(segments, SOURCE),),
        absent=FixedAbsent(RangeSet([*left_out, *short])),
        untouched=FixedUntouched(zeros),
        machine=machine or _machine(arch or Arch()),
        trusts_files=True,
    )


def _machine(arch: Arch) -> Machine | None:
    here = (struct.calcsize("P"), sys.byteorder)
    return machine_named(os.uname().machine) if arch[:2] == here else None


def _minus(ranges: Iterable[Range], taken: RangeSet) -> RangeSet:
    return RangeSet(part for r in ranges for part in taken.outside(*r))


def _check_apart(areas: Sequence[Area]) -> None:
    for left, right in zip(areas, islice(areas, 1, None)):
        if right.start < left.end:
            raise InvalidArgument(f"{left!r} and {right!r} overlap")
