"""Data placed at addresses of a 64-bit space: what was added later lies over what was there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional, Union

from ..errors import InvalidArgument, MapChanged, MemoryFault
from ..ports import MemoryReader
from ..ranges import TOP, Range, check_range, coalesce
from ..search.pattern import Pattern
from ..search.scanner import Scanner
from ..search.search import Search
from .accessors import Accessors
from .contents import BytesContent, File, FileContent, ReaderContent
from .segments import Content, Overlay, Segment

# So much is asked for at a time, so that a size beyond all bounds fails before it is allocated.
_STEP = 1 << 20

What = Union[bytes, bytearray, memoryview, Pattern]


class MemoryMap(Accessors):
    """Bytes, files and readers at addresses; between them are holes, which a search skips.

    It is a MemoryReader itself. Word size and byte order can be set once; what needs one and lacks it
    raises InvalidArgument. An add that fails changes nothing.
    """

    source = "map"

    def __init__(self, word_size: Optional[int] = None, endian: Optional[str] = None) -> None:
        super().__init__(word_size, endian)
        self._overlay = Overlay()
        self._files: dict[tuple[int, int], FileContent] = {}

    def __repr__(self) -> str:
        return f"MemoryMap({len(self._overlay)} segments)"

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What shows, in order of address; none overlaps another."""
        return tuple(self._overlay)

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The addresses that are mapped, those that touch joined."""
        return tuple(coalesce(segment.range for segment in self._overlay))

    @property
    def thread_safe(self) -> bool:
        """Whether several threads may read at once: if everything in the map allows it."""
        return all(segment.content.thread_safe for segment in self._overlay)

    def add_bytes(self, data: bytes | bytearray | memoryview, address: int) -> None:
        """Place bytes; InvalidArgument if there are none, or if they don't fit below 2**64."""
        self._add(address, address + len(data), BytesContent(bytes(data)))

    def add_file(self, file: File, address: int, offset: int = 0, size: Optional[int] = None) -> None:
        """Place a file, a path or an open one, from `offset` on; nothing is read before it is asked for.

        `size` is cut at the end of the file as it is now; None: all of it. A file that shrinks later has
        no content there any more. Raises SourceError for what can't be opened and isn't a regular file,
        InvalidArgument for an offset at or beyond its end, a size of 0, and impossible addresses.
        """
        opened = FileContent.open(file)
        rest = opened.size - offset
        if offset < 0 or rest <= 0:
            raise InvalidArgument(f"the offset {offset:#x} is not in {opened!r}")
        # A file that is there already is kept open once.
        content = self._files.get(opened.identity, opened)
        self._add(address, address + (rest if size is None else min(size, rest)), content, offset)
        self._files[content.identity] = content

    def add_reader(self, reader: MemoryReader, start: int, end: int) -> None:
        """Place what a reader reads at these same addresses; InvalidArgument for an impossible range."""
        self._add(start, end, ReaderContent(reader), start)

    def _add(self, start: int, end: int, content: Content, offset: int = 0) -> None:
        check_range(start, end)
        self._overlay.lay(Segment(start, end, content, offset))

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer up to the first byte that isn't there; return how many it got."""
        done = 0
        for segment in self._overlay.from_address(address, address + len(buffer)):
            at = address + done
            wanted = min(segment.end - at, len(buffer) - done)
            got = segment.read_into(at, buffer[done : done + wanted])
            done += got
            if got < wanted:
                break
        return done

    def read(self, address: int, size: int) -> bytes:
        """Return exactly `size` bytes; MemoryFault at the first address that is missing.

        The reason is `unmapped` in a hole, `absent` where a file has become shorter, else `unreadable`.
        """
        if address < 0 or size < 0:
            raise InvalidArgument("addresses and sizes can't be negative")
        pieces = []
        while size > 0:
            buffer = bytearray(min(size, _STEP))
            done = self.read_into(address, memoryview(buffer))
            if done < len(buffer):
                raise MemoryFault(address + done, size - done, self._reason(address + done))
            pieces.append(bytes(buffer))
            address, size = address + done, size - done
        return b"".join(pieces)

    def _reason(self, address: int) -> str:
        segment = self._overlay.at(address) if address < TOP else None
        if segment is None:
            return "unmapped"
        return "absent" if isinstance(segment.content, FileContent) else "unreadable"

    def find(self, pattern: What, start: Optional[int] = None) -> Optional[int]:
        """Return the first address, from `start` on, at which the bytes or the pattern match, or None."""
        return self._first(pattern, 1, start)

    def find_aligned(self, pattern: What, start: Optional[int] = None) -> Optional[int]:
        """Like `find`, at multiples of the word size alone."""
        return self._first(pattern, self.word_size, start)

    def find_pointer(self, address: int, start: Optional[int] = None) -> Optional[int]:
        """Return the first aligned address, from `start` on, of a word that points to the address."""
        return self._first(self._pointer(address), self.word_size, start)

    def find_all(self, pattern: What, start: Optional[int] = None) -> Iterator[int]:
        """Iterate over all addresses at which the bytes or the pattern match, overlapping ones too.

        Holes are skipped, and matches lie across mappings that touch. Raises MapChanged when the map has
        changed since.
        """
        return self._all(pattern, 1, start)

    def find_all_aligned(self, pattern: What, start: Optional[int] = None) -> Iterator[int]:
        """Like `find_all`, at multiples of the word size alone."""
        return self._all(pattern, self.word_size, start)

    def find_all_pointers(self, address: int, start: Optional[int] = None) -> Iterator[int]:
        """Iterate over the aligned addresses of all words that point to the address."""
        return self._all(self._pointer(address), self.word_size, start)

    def _pointer(self, address: int) -> bytes:
        if not 0 <= address < 1 << (8 * self.word_size):
            raise InvalidArgument(f"no pointer of {self.word_size} bytes holds {address:#x}")
        return address.to_bytes(self.word_size, "little" if self.endian == "little" else "big")

    def _first(self, what: What, align: int, start: Optional[int]) -> Optional[int]:
        # What threads read ahead of the first match would be read in vain.
        with self._search(what, align, start, threads=1) as search:
            return next((hit.address for hit in search), None)

    def _all(self, what: What, align: int, start: Optional[int]) -> Iterator[int]:
        return self._addresses(self._search(what, align, start), self._overlay.generation)

    def _search(self, what: What, align: int, start: Optional[int], threads: int = 0) -> Search:
        pattern = what if isinstance(what, Pattern) else Pattern.raw(_bytes(what))
        return Scanner(self, self.ranges, threads).find(pattern, align, start=start)

    def _addresses(self, search: Search, generation: int) -> Iterator[int]:
        with search:
            for hit in search:
                if self._overlay.generation != generation:
                    raise MapChanged(self._overlay.generation)
                yield hit.address


def _bytes(what: bytes | bytearray | memoryview) -> bytes:
    if not isinstance(what, (bytes, bytearray, memoryview)):
        raise InvalidArgument(f"{what!r} is neither bytes nor a pattern", hint="Pattern.text(...) for text")
    return bytes(what)
