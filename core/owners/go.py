"""Go's heap: in a program that the Go linker made, what begins where the runtime asks for arenas.

Sources: mallocinit of Go's runtime/malloc.go, which asks for memory at these places one after the other, and
heapArenaBytes there; cmd/link/internal/ld/elf.go, whose note every program has (type 4, owner "Go").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..elf.headers import PT_NOTE, program_headers, read_header
from ..elf.notes import notes
from ..errors import SourceError
from ..maps.area import Area
from ..maps.protection import Protection
from ..ranges import Range
from ..walk.reading import read_up_to
from .owner import AreaOwner
from .proofs import Proofs

# Of 64-bit machines but AIX and iOS: 0x00c0<<32 | i<<40, for i up to 0x7f; and what an arena has there.
_PLACES = [0xC0 << 32 | number << 40 for number in range(0x80)]
_ARENA = 64 << 20
_BUILD_ID = 4
# Larger segments of notes are no program's.
_LARGEST_NOTES = 1 << 16


def go_heap(proofs: Proofs, areas: Iterable[Area]) -> Iterator[tuple[Area, AreaOwner]]:
    """Yield the areas of Go's heap; headers are read only where an area begins as the heap would."""
    if proofs.word_size != 8:
        return
    heaps = list(filter(None, (_whole_arenas(proofs, place) for place in _PLACES)))
    bases = (base for found in proofs.module_bases.values() for base in found) if heaps else ()
    if not any(_is_go_s(proofs, base) for base in bases):
        return
    for area in areas:
        if any(heap.start <= area.start and area.end <= heap.end for heap in heaps):
            is_rest = area.allows(Protection.WRITE) is False
            what, text = ("rest of heap", "reserved for the Go heap") if is_rest else ("heap", "Go heap")
            yield area, AreaOwner(what, "Go", text, area.start, area.end)


def _whole_arenas(proofs: Proofs, place: int) -> Range | None:
    """Return what anonymous areas fill from there on, if it is a number of arenas."""
    end = place
    for area in proofs.areas.find_overlaps(place, place + (1 << 40)):
        if area.start != end or area.path:
            break
        end = area.end
    return Range(place, end) if end > place and (end - place) % _ARENA == 0 else None


def _is_go_s(proofs: Proofs, base: int) -> bool:
    """Return whether the object that begins there has the Go linker's note."""
    reader = proofs.header_reader(base)

    def read(offset: int, size: int) -> bytes:
        return read_up_to(reader, base + offset, size)

    try:
        header = read_header(read)
        return any(
            (note.owner, note.type) == (b"Go", _BUILD_ID)
            for segment in program_headers(header, read)
            if segment.type == PT_NOTE and segment.file_size <= _LARGEST_NOTES
            for note in notes(header.order, segment, read)
        )
    except SourceError:
        return False  # no ELF object, or damaged notes: no proof
