"""Images: the contents of memory, as sections placed at addresses, for each address space."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ...arguments import as_bytes, as_callable, as_kind, as_list, as_text
from ...errors import InvalidArgument, MemoryFault, SourceError
from ...files.paths import FilePath
from ...files.pinned import RegularFile
from ...integers import IntegerLike, as_address, as_integer
from ...ranges import TOP, Range, check_range, coalesce
from .asid import Asid, as_asid
from .placement import PlacedSections
from .section import CapturedContent, Section, file_content

if TYPE_CHECKING:
    from ...memory.memory_map import MemoryMap
    from .section_cache import SectionCache

# The name of the inferior itself wherever an image's name may stand.
LIVE = "live"

# Serves what no section covers: address, size, address space -> bytes, perhaps fewer than asked for.
ReadCallback = Callable[[int, int, Asid], bytes]


class Dropped(NamedTuple):
    """A section that an image dropped because its content could no longer be read, and why."""

    section: Section
    error: SourceError


class Image:
    """Sections at addresses of address spaces; a section added later covers earlier ones.

    Sections whose asids match never overlap: an older one is truncated, split or removed to make
    room, and what is left of it keeps its place in its file. Where a reader's asid leaves open which
    address space it means, and several sections answer, the one that was added last does.

    A section whose file is gone or changed when it is read is dropped (see `dropped`), and the
    callback is asked instead. Several threads may use an image.
    """

    source = "image"
    thread_safe = True

    def __init__(self, name: str | None = None) -> None:
        """Make an empty image; raise InvalidArgument for the names "" and `live`, the inferior's own."""
        if name is not None and as_text(name) in ("", LIVE):
            raise InvalidArgument(
                "an image needs a name" if name == "" else f"{LIVE!r} names the inferior itself",
                hint="choose another name",
            )
        self._name = name
        self._sections = PlacedSections()
        self._dropped: list[Dropped] = []
        self._callback: ReadCallback | None = None

    @property
    def name(self) -> str | None:
        """The image's name, or None."""
        return self._name

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections in address order."""
        return self._sections.all()

    @property
    def dropped(self) -> tuple[Dropped, ...]:
        """The sections that were dropped while they were read, oldest first."""
        return tuple(self._dropped)

    @property
    def generation(self) -> int:
        """How often the sections changed."""
        return self._sections.generation

    def __len__(self) -> int:
        return len(self._sections)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r}, {len(self)} sections)"

    def add_file(
        self, path: FilePath, offset: int, size: int, address: IntegerLike, asid: Asid | None = None
    ) -> None:
        """Add `size` bytes of a file from `offset` on, at `address`; the size is cut at the file's end.

        Raise InvalidArgument for an offset at or beyond the end of the file, a size of 0, or a place that
        isn't in the 64-bit address space; raise SourceError for what is no readable regular file. Then
        nothing changed.
        """
        content, size = file_content(path, offset, size)
        self.add_section(Section(*_placed(as_address(address), size), content, offset, as_asid(asid)))

    def add_bytes(self, data: bytes, address: IntegerLike, asid: Asid | None = None) -> None:
        """Add a copy of the data at `address`; raise InvalidArgument as for `add_file`."""
        copy = as_bytes(data)
        self.add_section(
            Section(*_placed(as_address(address), len(copy)), CapturedContent(copy), 0, as_asid(asid))
        )

    def add_cached(self, cache: SectionCache, isid: int, asid: Asid | None = None) -> None:
        """Add a section of a section cache at the cache's address; raise UnknownSection if it has none."""
        from .section_cache import SectionCache

        section = as_kind(cache, SectionCache).section(isid)
        self.add_section(replace(section, asid=as_asid(asid)))

    def add_section(self, section: Section) -> None:
        """Place a section, over older ones whose asid matches.

        The same section in the same place again changes nothing. Raise InvalidArgument for an impossible
        place.
        """
        self._sections.add(as_kind(section, Section))

    def add_sections(self, sections: Iterable[Section]) -> None:
        """Place sections one after the other, as `add_section` does; cheap for many that are in order."""
        self._sections.add_all([as_kind(section, Section) for section in as_list(sections)])

    def copy_from(self, other: Image) -> int:
        """Add all sections of another image, as they are; return how many were ignored.

        Sections whose content can no longer be read are ignored. Copying from itself changes nothing.
        """
        ignored, added = 0, () if other is self else as_kind(other, Image).sections
        for section in sorted(added, key=lambda each: each.serial):
            try:
                section.content.check()
            except SourceError:
                ignored += 1
            else:
                self.add_section(section)
        return ignored

    def remove_by_filename(self, path: FilePath, asid: Asid | None = None) -> int:
        """Remove the sections of a file, by its path as it was given when added; return how many."""
        name, wanted = RegularFile.name_of(path), as_asid(asid)
        return self._sections.remove(
            lambda section: section.content.path == name and section.asid.matches(wanted)
        )

    def remove_by_asid(self, asid: Asid | None = None) -> int:
        """Remove all sections whose asid matches; return how many."""
        wanted = as_asid(asid)
        return self._sections.remove(lambda section: section.asid.matches(wanted))

    def set_callback(self, read: ReadCallback | None) -> None:
        """Set the function `read(address, size, asid)` that serves what no section covers; None: no function.

        An image has one callback at a time. It returns at most `size` bytes, fewer or none if it has no more,
        or raises MemoryFault.
        """
        self._callback = as_callable(read)

    def find(self, address: IntegerLike, asid: Asid | None = None) -> Section:
        """Return the section that answers at the address, or raise MemoryFault."""
        address = as_address(address)
        section = self._sections.at(self._where(address), as_asid(asid))
        if section is None:
            raise MemoryFault(address, 1, self.reason_at(address))
        return section

    def read(self, address: IntegerLike, size: IntegerLike, asid: Asid | None = None) -> bytes:
        """Return exactly `size` bytes, across sections and from the callback between them.

        Raise MemoryFault at the first address that is missing, InvalidArgument for a range that isn't in the
        64-bit address space. 0 bytes are always there.
        """
        address, size = as_address(address), as_integer(size)
        if size == 0 and 0 <= address <= TOP:
            return b""
        address = self._where(address)
        check_range(address, address + size)
        pieces: list[bytes] = []
        end = address + size
        while address < end:
            pieces.append(self.read_upto(address, end - address, asid))
            address += len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read_upto(self, address: IntegerLike, size: IntegerLike, asid: Asid | None = None) -> bytes:
        """Return at least 1 and at most `size` bytes, ending where the section ends.

        Raise MemoryFault if there is none, InvalidArgument for a size below 1 or no such address.
        """
        address, size, wanted = self._where(as_address(address)), as_integer(size), as_asid(asid)
        check_range(address, min(address + size, TOP))
        while (piece := self._sections.piece(address, size, wanted)) is not None:
            section, count = piece
            try:
                return section.read(address, count)
            except SourceError as error:
                self._drop(section, error)
        return self._ask(address, size, wanted)

    def read_into(self, address: IntegerLike, buffer: memoryview, asid: Asid | None = None) -> int:
        """Fill the buffer from `address` on; return how many bytes there are before the first missing one.

        An image is a MemoryReader (of the address space that `asid` names): this never raise for memory that
        isn't there.
        """
        address = self._where(as_address(address))
        wanted, done, size = as_asid(asid), 0, min(len(buffer), TOP - address)
        while done < size:
            piece = self._sections.piece(address + done, size - done, wanted)
            try:
                if piece is None:
                    data = self._ask(address + done, size - done, wanted)
                    buffer[done : done + len(data)] = data
                    done += len(data)
                else:
                    section, count = piece
                    section.read_into(address + done, buffer[done : done + count])
                    done += count
            except MemoryFault:
                break
            except SourceError as error:
                assert piece is not None, "only sections lose their content"
                self._drop(piece[0], error)
        return done

    def reason_at(self, _address: int) -> str:
        """Return why there is nothing at an address, as MemoryFault has it: nothing was put there."""
        return "unmapped"

    def memory(self, asid: Asid | None = None) -> MemoryMap:
        """Return what the sections of now hold as a memory map, read when it is asked for."""
        from ...memory.memory_map import MemoryMap

        memory, reader = MemoryMap(), ImageReader(self, asid)
        for part in coalesce(part for part, _ in self.visible(0, TOP, asid)):
            memory.add_reader(reader, *part)
        return memory

    def visible(self, start: int, end: int, asid: Asid | None = None) -> Iterator[tuple[Range, Section]]:
        """Yield, in order, each part of `start..end` that a section answers for, and the section."""
        return self._sections.visible(as_address(start), as_address(end), as_asid(asid))

    def _where(self, address: int) -> int:
        """Return where an address is, whatever tag it has."""
        return address

    def _drop(self, section: Section, error: SourceError) -> None:
        if self._sections.drop(section):
            self._dropped.append(Dropped(section, error))

    def _ask(self, address: int, size: int, asid: Asid) -> bytes:
        """Return what the callback has from `address` on, up to the next section."""
        following = self._sections.first(address, min(address + size, TOP), asid)
        room = (min(address + size, TOP) if following is None else following.start) - address
        data = b"" if self._callback is None else as_bytes(self._callback(address, room, asid))[:room]
        if not data:
            raise MemoryFault(address, size, self.reason_at(address))
        return data


def _placed(address: int, size: int) -> Range:
    return Range.checked(address, address + size)


class ImageReader:
    """Reads an image as a MemoryReader, in the address space that the asid names."""

    source = "image"
    thread_safe = True

    def __init__(self, image: Image, asid: Asid | None = None) -> None:
        self._image, self._asid = image, as_asid(asid)

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as the image goes; see MemoryReader."""
        return self._image.read_into(address, buffer, self._asid)
