"""What a core file knows of a file that was mapped, and whether a file on this machine is that one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice
from operator import attrgetter

from ...arch import SMALLEST_PAGE
from ...elf.notes import find_build_id
from ...files.pinned import OpenFile
from ...ports.files import Verdict
from ...ports.memory import MemoryReader
from ...walk.file_pages import MOST_PAGES, FilePage, file_pages
from ...walk.reading import next_readable, read_up_to
from ..faith import Faith
from .allowance import Allowance
from .facts import FileMapping

NOT_OPENED = "is not opened: the core holds no build-id and no page of it that could prove the file"
_HEAD = 4096


class FileEvidence:
    """What the core holds of a mapped file: its beginning, its build-id or else some whole pages.

    `mappings` are those of one file, `as_of` is when the core was written. What was dumped is read as far as
    the allowances of heads and pages have it; pages only when they are asked for.
    """

    def __init__(
        self,
        mappings: Iterable[FileMapping],
        dumped: MemoryReader,
        as_of: float,
        heads: Allowance,
        pages: Allowance,
    ) -> None:
        self._mappings = sorted(mappings, key=attrgetter("offset"))
        self._dumped, self._as_of, self._heads, self._allowed = dumped, as_of, heads, pages
        self._shown = [each for each in self._mappings if _is_shown(each, dumped)]
        self._head = next((FileHead(dumped, each) for each in self._shown if each.offset == 0), None)
        self.build_id = None if self._head is None else find_build_id(heads.reading(self._head.read))

    @cached_property
    def pages(self) -> Sequence[FilePage]:
        """Pages that could prove a file without a build-id."""
        if self.build_id or self._heads.is_spent or not self._shown:
            return ()
        found = file_pages([each[:3] for each in self._shown], self._allowed.reader(self._dumped))
        return tuple(islice(found, MOST_PAGES))

    @property
    def can_prove(self) -> bool:
        """Whether there is anything that could prove a file."""
        return bool(self._shown and (self.build_id or self.pages))

    def judge(self, file: OpenFile, faith: Faith) -> Verdict:
        """Return whether the file is the one that was mapped, or may be used without that."""
        if self.build_id:
            return Verdict(_other_build_id(file, self.build_id))
        why = self._contradiction(file)
        return faith.verdict(self.pages, file) if why is None else Verdict(why)

    def _contradiction(self, file: OpenFile) -> str | None:
        """Return what speaks against a file without a build-id, or None.

        A file that ends within the mapping did so at the time: truncating it later would have made it newer.
        """
        if file.size <= self._mappings[0].offset:
            return "ends before what was mapped of it"
        if file.modified > self._as_of:
            return "is newer than the core, and nothing proves that it is the same"
        if self._head is not None:
            begin = self._head.read(0, _HEAD)
            if file.read(0, len(begin)) != begin[: file.size]:
                return "begins differently from what was mapped"
        return None


def _is_shown(mapping: FileMapping, dumped: MemoryReader) -> bool:
    return next_readable(dumped, mapping.start, mapping.end, SMALLEST_PAGE) < mapping.end


def _other_build_id(file: OpenFile, wanted: bytes) -> str | None:
    found = find_build_id(file.read)
    if found == wanted:
        return None
    if found is None:
        return f"is missing the build-id of what is mapped ({wanted.hex()})"
    return f"has another build-id ({found.hex()}) than what is mapped ({wanted.hex()})"


class FileHead:
    """What the core holds of a file from its beginning on."""

    def __init__(self, dumped: MemoryReader, mapping: FileMapping) -> None:
        self._dumped = dumped
        self._mapping = mapping

    def read(self, offset: int, size: int) -> bytes:
        """Return the file's bytes there, as far as the core has them in this mapping."""
        start = self._mapping.start + offset
        return read_up_to(self._dumped, start, max(0, min(size, self._mapping.end - start)))
