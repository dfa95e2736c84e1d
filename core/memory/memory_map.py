"""Data placed at addresses of a 64-bit space: a later addition covers earlier ones."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from ..arch import WordSize
from ..arguments import as_bytes
from ..byte_order import Endian
from ..errors import InvalidArgument, MapChanged
from ..files.paths import File
from ..files.pinned import OpenFile
from ..integers import IntegerLike, as_address, as_integer, as_integer_if_given
from ..intervals import Interval
from ..ports.memory import MemoryReader, as_reader
from ..range_set import RangeSet
from ..ranges import TOP, Range, coalesce, ranges_of
from ..search.engine.search import Search
from ..search.patterns.pattern import Pattern
from ..search.scanner import Scanner
from ..segments.content import BytesContent, Content
from ..segments.segment import Segment
from ..segments.tree import SegmentTree
from .finding import SearchedMemory
from .reader_content import ReaderContent


class MemoryMap(SearchedMemory):
    """Bytes, files and readers placed at addresses; between them are holes, which a search skips.

    It is a MemoryReader itself. Word size and byte order can be set once; methods that need one which isn't
    set raise InvalidArgument. An add that fails changes nothing. Missing bytes are `unmapped` in a hole,
    `absent` in one that `set_absent` tells and where a file has become shorter, else `unreadable`.
    """

    source = "map"

    def __init__(self, word_size: WordSize | None = None, endian: Endian | None = None) -> None:
        super().__init__(word_size, endian)
        self._tree: SegmentTree[Segment[Content]] = SegmentTree()
        self._files: dict[tuple[int, int], OpenFile] = {}
        self._absent = RangeSet()

    def __repr__(self) -> str:
        return f"MemoryMap({len(self._tree)} segments)"

    @property
    def segments(self) -> tuple[Segment[Content], ...]:
        """The visible segments, in order of address; none overlaps another."""
        return tuple(self._tree)

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The mapped ranges; ranges that touch are joined."""
        return tuple(coalesce(segment.range for segment in self._tree))

    @property
    def thread_safe(self) -> bool:
        """Whether several threads may read at once: if everything in the map allows it."""
        return all(segment.content.thread_safe for segment in self._tree)

    def add_bytes(self, data: bytes | bytearray | memoryview, address: IntegerLike) -> None:
        """Place bytes; raise InvalidArgument if there are none, or if they don't fit below 2**64."""
        start, content = as_address(address), as_bytes(data)
        self._add(start, start + len(content), BytesContent(content))

    def add_file(self, file: File, address: IntegerLike, offset: int = 0, size: int | None = None) -> None:
        """Place a file, a path, an open one or a descriptor, from `offset` on; it is read when asked for.

        `size` is cut at the end of the file as it is now; None: all of it. A file that shrinks later has no
        content there any more. Raise SourceError for what can't be opened or isn't a regular file,
        InvalidArgument for an offset at or beyond its end, a size of 0, and impossible addresses.
        """
        opened, start = _opened(file), as_address(address)
        offset, size = as_integer(offset), as_integer_if_given(size)
        rest = opened.size - offset
        if offset < 0 or rest <= 0:
            raise InvalidArgument(f"the offset {offset:#x} is not in {opened!r}")
        # A file that is in the map already is kept open only once.
        content = self._files.get(opened.identity.node, opened)
        self._add(start, start + (rest if size is None else min(size, rest)), content, offset)
        self._files[content.identity.node] = content

    def add_reader(self, reader: MemoryReader, start: IntegerLike, end: IntegerLike) -> None:
        """Place a reader's memory at its own addresses; raise InvalidArgument for an impossible range."""
        first = as_address(start)
        self._add(first, as_address(end), ReaderContent(as_reader(reader)), first)

    def add_content(self, content: Content, start: int, end: int, offset: int = 0) -> None:
        """Place content from `offset` on; raise InvalidArgument for an impossible range."""
        self._add(start, end, content, offset)

    def set_absent(self, ranges: Iterable[Interval]) -> None:
        """Set what is mapped although nobody has its content: there, missing bytes are `absent`."""
        self._absent = RangeSet(ranges_of(ranges))

    def save(self, file: File) -> None:
        """Write what the map shows to a file, a path or an open and empty one, which is made anew.

        Bytes, files and readers become contents; holes stay holes, and word size and byte order are kept. The
        format is a store's (docs/stores.md). The file is written whole or not at all. Raise MemoryFault for
        what can't be read, SourceError if the file can't be written.
        """
        from .saved import save_map

        save_map(self, file, self._word_size, self._endian)

    @classmethod
    def load(cls, file: File) -> MemoryMap:
        """Return the map that was saved to a file; its contents are read on demand.

        Raise SourceError for anything but a saved map, however damaged.
        """
        from .saved import load_map

        return load_map(cls, file)

    def _add(self, start: int, end: int, content: Content, offset: int = 0) -> None:
        self._tree.lay(Segment(start, end, content, offset))

    def read_into(self, address: IntegerLike, buffer: memoryview) -> int:
        """Fill the buffer up to the first byte that isn't there; return how many it got."""
        return self._tree.read_into(as_address(address), buffer)

    def _reason(self, address: int) -> str:
        segment = self._tree.at(address) if address < TOP else None
        if segment is None:
            return "absent" if address in self._absent else "unmapped"
        return "absent" if isinstance(segment.content, OpenFile) else "unreadable"

    def _search(self, pattern: Pattern, align: int, start: int | None, threads: int) -> Search:
        return Scanner(self, self.ranges, threads).find(pattern, align, start=start)

    def _addresses(self, search: Search) -> Iterator[int]:
        """Yield the addresses of the hits; raise MapChanged if the map has changed since the search began."""
        return self._unchanged(super()._addresses(search), self._tree.generation)

    def _unchanged(self, addresses: Iterator[int], generation: int) -> Iterator[int]:
        for address in addresses:
            if self._tree.generation != generation:
                raise MapChanged(self._tree.generation)
            yield address


def _opened(file: File) -> OpenFile:
    if isinstance(file, (str, bytes, os.PathLike)):
        return OpenFile.open(file)
    return OpenFile.shared(file)
