"""Writing an image as an ELF core file that GDB and LLDB open.

Layout: System V gABI, "Program Header", with the extension of elf(5), PN_XNUM, for many segments.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ...arch import SMALLEST_PAGE, UNSIGNED_CODES, Arch, Machine
from ...byte_order import LITTLE
from ...elf.headers import HEADER_SIZE, PT_LOAD, PT_NOTE, ElfHeader, read_header
from ...errors import InvalidArgument, SourceError
from ...files.paths import FilePath
from ...files.whole import whole_file
from ...maps.area import Area
from ...maps.overlay import overlay
from ...maps.protection import Protection
from ...ports.target import Target
from ...ranges import Range, align_down, align_up, coalesce, split
from ...segments.content import ZEROS
from ...walk.pace import Pace, given_up
from ...watch import UNWATCHED, Watch
from ..model.asid import Asid
from ..model.image import Image
from ..model.image_areas import image_areas
from ..model.section import Section
from ..model.snapshot import Circumstances, Snapshot
from .core_notes import core_notes, has_registers
from .nothing import nothing_to_export
from .sparse_file import GIVEN_UP, write_sparse

_ET_CORE, _PN_XNUM = 4, 0xFFFF
# Longer stretches of zeros, in bytes, have their places in one hole that they share, in pieces of its size at
# most: a sanitizer reserves more memory than the largest file of many file systems (16 TiB in ext4) may hold.
_LONG, _HOLE = 1 << 30, 1 << 34


class Exported(NamedTuple):
    """What was written: segments, bytes of content, and threads with their registers."""

    segments: int
    content: int
    threads: int = 0


class _Load(NamedTuple):
    """A PT_LOAD segment: its range, the first bytes of which have content, and its place in the file.

    The content of one `in_hole` is zeros, and shares its place with others.
    """

    start: int
    end: int
    size: int
    flags: int
    offset: int = 0
    in_hole: bool = False


def export_core(
    image: Image,
    path: FilePath,
    asid: Asid | None = None,
    *,
    like: Target | None = None,
    watch: Watch = UNWATCHED,
) -> Exported:
    """Write what the image holds in an address space as a core file, sparse, whole or not at all.

    A snapshot's whole map is in it, and its threads with their registers (x86-64, i386, AArch64, PowerPC);
    what it couldn't read is there without content. The file is of the machine that the snapshot was taken
    of; of an image, of that of an ELF file in it, else of `like`'s. Raise InvalidArgument for an image that
    holds nothing there, that doesn't fit in such a file, or where the machine isn't known, SourceError if the
    file can't be written or a section's file is gone, Interrupted; then there is no new file, and an old one
    is as it was.
    """
    circumstances = image.circumstances if isinstance(image, Snapshot) else Circumstances()
    areas = _areas(image, asid)
    loads = list(_loads(image, asid, areas))
    content = sum(load.size for load in loads)
    if not content:
        raise nothing_to_export(image)
    arch, machine = _format(image, asid, areas, like)
    try:
        notes = core_notes(machine.number, arch.order, replace(circumstances, arch=arch), areas)
        head = _Head(arch, machine, len(notes), len(loads))
        placed = _placed(loads, head.size + len(notes))
        encoded = head.encode(placed)
    except struct.error:
        problem = f"a number of {image.name!r} doesn't fit in a core file of {8 * arch.word_size} bits"
        raise InvalidArgument(problem) from None
    pace = Pace(content, watch)
    with whole_file(path) as file, given_up(GIVEN_UP):
        file.write(encoded)
        file.write(notes)
        for load in placed:
            if load.in_hole:
                pace.done += load.size
                continue
            for part, section in image.visible(load.start, load.start + load.size, asid):
                place = load.offset + part.start - load.start
                write_sparse(section, part, file, place, pace)
        file.truncate(max(load.offset + load.size for load in placed))
    threads = sum(has_registers(machine.number, thread) for thread in circumstances.threads)
    return Exported(len(placed), content, threads)


def _areas(image: Image, asid: Asid | None) -> list[Area]:
    """Return the areas of a snapshot's map, and what the image holds beside them."""
    mapped = list(image.map) if isinstance(image, Snapshot) else []
    beside = [
        Area(piece.start, piece.end, None, piece.right.offset, piece.right.path)
        for piece in overlay(mapped, image_areas(image, asid))
        if piece.left is None and piece.right is not None
    ]
    return sorted([*mapped, *beside], key=lambda area: area[:2])


def _format(
    image: Image, asid: Asid | None, areas: Sequence[Area], like: Target | None
) -> tuple[Arch, Machine]:
    """Return the architecture and the processor that the file is of.

    Names don't tell a processor's flags, so these are taken from an ELF file in memory where there is one.
    """
    known: Target | Circumstances | None = image.circumstances if isinstance(image, Snapshot) else None
    headers = _headers(image, asid, areas)
    if known is None:
        header = next(headers, None)
        known = like if header is None else None
        arch = Arch(header.word_size, header.endian) if header else known.arch if known else Arch()
    else:
        arch = known.arch
        header = next((each for each in headers if (each.word_size, each.endian) == arch[:2]), None)
    machine = known.machine if known else None
    found = Machine(header.machine, header.flags) if header else None
    if found is not None and machine in (None, Machine(found.number)):
        machine = found
    if machine is None:
        hint = "export it while its process or core file is open"
        raise InvalidArgument(f"of which machine {image.name!r} is isn't known", hint=hint)
    return arch, machine


def _headers(image: Image, asid: Asid | None, areas: Sequence[Area]) -> Iterator[ElfHeader]:
    """Yield the headers of the ELF files in memory."""
    for area in areas:
        if area.offset == 0 and area.path:
            for part, section in image.visible(area.start, min(area.start + HEADER_SIZE, area.end), asid):
                if part.start == area.start:
                    with suppress(SourceError):
                        head = section.read(part.start, part.size)
                        yield read_header(partial(_slice, head))


def _slice(data: bytes, offset: int, size: int) -> bytes:
    return data[offset : offset + size]


def _loads(image: Image, asid: Asid | None, areas: Sequence[Area]) -> Iterator[_Load]:
    """Yield a segment for each run of content in each area, and for areas without any."""
    for area in areas:
        flags = _flags(area)
        visible = list(image.visible(area.start, area.end, asid))
        holes = list(coalesce(hole for part, section in visible for hole in _long_zeros(part, section)))
        content = coalesce(part for part, _ in visible)
        runs = [piece for run in content for piece in _pieces(run, holes)]
        starts = [run.start for run, _ in runs]
        if not runs or starts[0] > area.start:
            yield _Load(area.start, starts[0] if runs else area.end, 0, flags)
        for (run, in_hole), following in zip(runs, [*starts[1:], area.end]):
            yield _Load(run.start, following, run.size, flags, in_hole=in_hole)


def _pieces(run: Range, holes: Sequence[Range]) -> Iterator[tuple[Range, bool]]:
    """Cut a run of content at the long stretches of zeros, and these to the size of the hole."""
    for piece, in_hole in split(run, (hole for hole in holes if hole.overlaps(*run))):
        step = _HOLE if in_hole else piece.size
        for start in range(piece.start, piece.end, step):
            yield Range(start, min(start + step, piece.end)), in_hole


def _long_zeros(part: Range, section: Section) -> Iterator[Range]:
    """Yield the long stretches of zeros in a part of a section, whole pages of them."""
    at = part.start
    for size, thing, _ in section.origins(*part):
        zeros = Range(align_up(at, SMALLEST_PAGE), align_down(at + size, SMALLEST_PAGE))
        if thing == ZEROS and zeros.size >= _LONG:
            yield zeros
        at += size


def _flags(area: Area) -> int:
    """Return a segment's PF_R, PF_W and PF_X; readable, where that isn't known."""
    bits = ((Protection.WRITE, 2), (Protection.EXEC, 1))
    readable = 0 if area.allows(Protection.READ) is False else 4
    return readable + sum(bit for flag, bit in bits if area.allows(flag))


def _placed(loads: Sequence[_Load], offset: int) -> list[_Load]:
    """Give each segment with content its place: at the same distance from a page as in memory."""
    placed = []
    for load in loads:
        if load.size and not load.in_hole:
            offset += (load.start - offset) % SMALLEST_PAGE
            placed.append(load._replace(offset=offset))
            offset += load.size
        else:
            placed.append(load)
    hole = align_up(offset, SMALLEST_PAGE)
    return [load._replace(offset=hole) if load.in_hole else load for load in placed]


class _Head:
    """The ELF header, the program headers and, if they are very many, a section header that counts them."""

    def __init__(self, arch: Arch, machine: Machine, notes: int, loads: int) -> None:
        self._arch, self._machine, self._notes = arch, machine, notes
        self._count = loads + 1
        self._wide = arch.word_size == 8
        self._many = self._count >= _PN_XNUM

    @property
    def size(self) -> int:
        """Bytes before the notes."""
        header, entry, section = (64, 56, 64) if self._wide else (52, 32, 40)
        return header + self._count * entry + (section if self._many else 0)

    def encode(self, loads: Sequence[_Load]) -> bytes:
        """Return the headers of segments that have their places."""
        segments = [self._segment(PT_NOTE, _Load(0, 0, self._notes, 0, self.size), 4)]
        segments += [self._segment(PT_LOAD, load, SMALLEST_PAGE) for load in loads]
        return self._header() + b"".join(segments) + (self._section() if self._many else b"")

    def _header(self) -> bytes:
        word, sizes = ("Q", (64, 56, 64)) if self._wide else ("I", (52, 32, 40))
        identity = b"\x7fELF" + bytes([2 if self._wide else 1, 1 if self._arch.endian == LITTLE else 2, 1])
        header, entry, section = sizes
        sections = (header + self._count * entry, section, 1) if self._many else (0, 0, 0)
        return struct.pack(
            f"{self._arch.order}16sHHI3{word}I6H",
            identity,
            _ET_CORE,
            self._machine.number,
            1,
            0,
            header,
            sections[0],
            self._machine.flags,
            header,
            entry,
            min(self._count, _PN_XNUM),
            *sections[1:],
            0,
        )

    def _segment(self, kind: int, load: _Load, align: int) -> bytes:
        flags, place = load.flags, (load.offset, load.start, 0, load.size, load.end - load.start)
        if self._wide:
            return struct.pack(self._arch.order + "II6Q", kind, flags, *place, align)
        return struct.pack(self._arch.order + "8I", kind, *place, flags, align)

    def _section(self) -> bytes:
        """Return the first section header, whose sh_info counts the segments (elf(5), PN_XNUM)."""
        word = UNSIGNED_CODES[self._arch.word_size]
        layout = f"{self._arch.order}II4{word}II2{word}"
        return struct.pack(layout, *[0] * 7, self._count, 0, 0)
