"""Files of stored sections: recorded by size, time and a proof, and checked again when they are used.

A store may come from anybody, and name any file. So size and time are not enough: without a build-id, a
digest proves the file, and where the record has neither, the file isn't opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...elf.headers import ReadAt
from ...elf.notes import find_build_id
from ...errors import SourceError
from ...files.inside import open_inside
from ...files.pinned import OpenFile, RegularFile
from ...ports.files import TRUSTED
from ...store.about import Fields
from ..mapped.backing import file_reader
from ..model.section import FileContent, Origin

_MOST_NS = 1 << 64
# Bytes of a file's beginning, and of its end, that a digest is of: saving an image costs the image.
_DIGESTED = 1 << 15
NOT_OPENED = "is not opened: the store holds neither a build-id nor a digest that could prove the file"


@dataclass(frozen=True)
class RememberedFile:
    """A file as it was when a section of it was stored.

    `path` as it was given, `location` the same made absolute. It is the same file as long as all of
    size, time of change, build-id and digest are: device and inode change with the machine's next start.
    Older stores have no digests. `unproven` says why it was used then although nothing proved that it
    was mapped.
    """

    path: str
    location: str
    size: int
    mtime_ns: int
    build_id: str | None
    digest: str | None = None
    unproven: str | None = None

    @classmethod
    def of(cls, content: FileContent) -> RememberedFile:
        """Return what to remember of a file. Raise `SourceError` if it changed since it was looked at."""
        file = content.file
        file.check()
        identity, proof = file.identity, _Proof.of(file_reader(file), file.size)
        place = file.path, file.location, identity.size, identity.mtime_ns
        return cls(*place, *proof, content.unproven)

    @classmethod
    def of_fields(cls, fields: Fields) -> RememberedFile:
        """Return the file that a record's fields remember. Raise `PoolCorrupt`."""
        return cls(
            fields.text("path"),
            fields.text("location"),
            fields.integer("size", 1),
            fields.integer("mtime_ns", most=_MOST_NS),
            fields.maybe_text("build_id"),
            fields.maybe_text("digest"),
            fields.maybe_text("unproven"),
        )

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that a record has of it."""
        return dict(vars(self))

    def content(self, *, trusts: bool = False) -> FileContent | LostContent:
        """Return the content of the file, or a LostContent with the reason.

        Where the user `trusts` the names in the store, a file serves also if the record has no proof of it.
        """
        is_proven = bool(self.build_id or self.digest)
        if not (is_proven or trusts):
            return LostContent(self, f"{self.path!r} {NOT_OPENED}")
        try:
            found = open_inside("/", self.location, self.path)
        except SourceError as error:
            return LostContent(self, str(error))
        file = OpenFile(found.descriptor, found.identity, self.path)
        why = self._difference(file)
        if why is not None:
            return LostContent(self, f"{self.path!r} has {why} than when its section was stored")
        unproven = self.unproven if is_proven else TRUSTED
        return FileContent(RegularFile(self.path, found.identity, found.location), unproven)

    def _difference(self, file: OpenFile) -> str | None:
        if file.size != self.size:
            return f"another size ({file.size} bytes, then {self.size})"
        proof = _Proof.of(file.read, file.size)
        if proof.build_id != self.build_id:
            return "another build-id"
        if self.digest is not None and proof.digest != self.digest:
            return "other bytes"
        if file.identity.mtime_ns != self.mtime_ns:
            return "another time of change"
        return None


class _Proof(NamedTuple):
    """What proves a file: its build-id, else a digest of it; neither, of a file of zeros."""

    build_id: str | None
    digest: str | None

    @classmethod
    def of(cls, read: ReadAt, size: int) -> _Proof:
        """Return the proof of a file of this size."""
        build_id = find_build_id(read)
        if build_id:
            return cls(build_id.hex(), None)
        parts = read(0, _DIGESTED) + read(max(_DIGESTED, size - _DIGESTED), _DIGESTED)
        return cls(None, hashlib.sha256(parts).hexdigest() if parts.strip(b"\0") else None)


@dataclass(frozen=True)
class LostContent:
    """The content of a file that is gone or is another one by now; `why` says which."""

    file: RememberedFile
    why: str
    thread_safe = True

    @property
    def kind(self) -> str:
        """Always `file`."""
        return "file"

    @property
    def path(self) -> str:
        """The path of the file as it was given."""
        return self.file.path

    def read_at(self, _offset: int, _buffer: memoryview) -> int:
        """Raise SourceError: other bytes are never read in place of the lost ones."""
        raise self._error()

    def origins(self, _offset: int, size: int) -> Iterator[Origin]:
        """Yield one origin that equals no other; see SectionContent."""
        yield Origin(size, None)

    def check(self) -> None:
        """Raise SourceError, which says why."""
        raise self._error()

    def _error(self) -> SourceError:
        return SourceError(self.why, hint="the section is of the file as it was")
