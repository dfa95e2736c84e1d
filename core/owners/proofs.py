"""What owners are proven by: the map, the memory and the threads of an inferior, each when it is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from ..arch import words_layout
from ..errors import SourceError
from ..inferior import Inferior
from ..maps.area import Area
from ..maps.area_map import AreaMap
from ..ports.memory import MemoryReader
from ..ports.threads import Thread, ThreadName
from ..ranges import Range, align_down
from ..walk.reading import read_up_to
from .owner import KnownThread


class Proofs:
    """The proofs that an inferior gives, for one command: what is asked for twice is read once."""

    def __init__(self, inferior: Inferior) -> None:
        self._inferior = inferior
        self.word_size = inferior.arch.word_size
        self.page_size = inferior.arch.page_size
        self.machine = inferior.target.machine.number if inferior.target.machine else None
        self.pid = inferior.pid

    @cached_property
    def areas(self) -> AreaMap:
        """The areas of the inferior."""
        return self._inferior.areas

    @cached_property
    def threads(self) -> Sequence[Thread]:
        """The threads, the main one first."""
        return self._inferior.threads

    @cached_property
    def _names(self) -> Mapping[int, ThreadName]:
        teller = self._inferior.target.thread_names
        try:
            return teller.names() if teller else {}
        except SourceError:
            return {}  # the process is gone: the threads are known by their identifiers

    def called(self, tid: int) -> KnownThread:
        """Return the thread by what it is called."""
        return KnownThread(tid, *self._names.get(tid, ThreadName()))

    @cached_property
    def _reader(self) -> MemoryReader:
        """What reads pages that are there: nothing has to be prepared, and no breakpoint lies in these."""
        target = self._inferior.target
        is_live = target.missing_pages is not None and target.raw is not None
        return target.raw if is_live and target.raw else self._inferior.memory

    def _is_there(self, address: int, size: int) -> bool:
        """Return whether the pages are in memory or in swap, or nobody knows which are."""
        scan, pages = self._inferior.target.missing_pages, Range(address, address + size)
        try:
            return scan is None or not any(scan.missing([pages.widened(self.page_size)]))
        except SourceError:
            return False

    def touched(self, address: int, size: int) -> bytes:
        """Return at most `size` bytes of memory, up to the first that can't be read.

        There are none if a page was never touched: a read would touch it.
        """
        untouched = self._inferior.target.untouched
        if self._inferior.target.missing_pages is None and untouched is not None:
            whole = Range(address, address + size).widened(self.page_size)
            if any(untouched.untouched(*whole)):
                return b""
        return read_up_to(self._reader, address, size) if self._is_there(address, size) else b""

    def words(self, content: bytes) -> tuple[int, ...]:
        """Return the content as unsigned words of the inferior's, without the rest of one."""
        count = len(content) // self.word_size
        layout = words_layout(self.word_size, self._inferior.arch.endian, count)
        return layout.unpack_from(content) if count else ()

    @cached_property
    def modules(self) -> Sequence[Area]:
        """The areas of modules, of which there are few among many."""
        return [area for area in self.areas if area.kind == "module"]

    @cached_property
    def module_bases(self) -> Mapping[str, Sequence[int]]:
        """Where files of modules are mapped from their beginnings on, in order, by path."""
        found: dict[str, list[int]] = {}
        for area in self.modules:
            if area.offset == 0 and area.path:
                found.setdefault(area.path, []).append(area.start)
        return found

    def base_of(self, area: Area) -> int | None:
        """Return where the object begins that the area of a module belongs to, or None."""
        bases = self.module_bases.get(area.path or "", ())
        return max((base for base in bases if base <= area.start), default=None)

    def header_reader(self, base: int) -> MemoryReader:
        """Return what reads the headers of the object that begins at `base`, without touching their pages."""
        page = align_down(base, self.page_size)
        if self._is_there(page, self.page_size):
            return self._reader
        return self._inferior.memory.ready([Range(page, page + self.page_size)])
