"""What a core file knows of a file that was mapped, and whether a file on this machine is that one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from ...elf.notes import find_build_id
from ...files.pinned import OpenFile
from ...ports.files import Verdict
from ...ports.memory import MemoryReader
from ...walk.file_pages import MOST_PAGES, FilePage, file_pages
from ...walk.reading import read_up_to
from ..faith import Faith
from .allowance import Allowance
from .facts import FileMapping

NOT_OPENED = "is not opened: the core holds no build-id and no page of it that could prove the file"
_HEAD = 4096


class FileEvidence(NamedTuple):
    """What the core holds of a mapped file: its beginning, its build-id or else some whole pages.

    `mappings` are in the order of their offsets; `as_of` is when the core was written.
    """

    mappings: Sequence[FileMapping]
    head: FileHead | None
    build_id: bytes | None
    pages: Sequence[FilePage]
    as_of: float

    @classmethod
    def of(
        cls,
        mappings: Sequence[FileMapping],
        dumped: MemoryReader,
        as_of: float,
        heads: Allowance,
        pages: Allowance,
    ) -> FileEvidence:
        """Return what was dumped of these mappings of one file, as far as that may be read."""
        ordered = sorted(mappings, key=lambda mapping: mapping.offset)
        head = next((FileHead(dumped, each) for each in ordered if each.offset == 0), None)
        build_id = find_build_id(heads.reading(head.read)) if head is not None else None
        found = (
            ()
            if build_id or heads.is_spent
            else file_pages([each[:3] for each in ordered], pages.reader(dumped))
        )
        return cls(ordered, head, build_id, tuple(islice(found, MOST_PAGES)), as_of)

    @property
    def can_prove(self) -> bool:
        """Whether there is anything that could prove a file."""
        return bool(self.build_id or self.pages)

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
        if file.size <= self.mappings[0].offset:
            return "ends before what was mapped of it"
        if file.modified > self.as_of:
            return "is newer than the core, and nothing proves that it is the same"
        if self.head is not None:
            begin = self.head.read(0, _HEAD)
            if file.read(0, len(begin)) != begin[: file.size]:
                return "begins differently from what was mapped"
        return None


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
