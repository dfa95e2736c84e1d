"""Files of stored sections: recorded by size, time and build-id, and checked again when they are used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ...elf.notes import find_build_id
from ...errors import SourceError
from ...files.pinned import RegularFile
from ...store.about import Fields
from ..mapped.backing import file_reader
from ..model.section import FileContent, Origin

_MOST_NS = 1 << 64


@dataclass(frozen=True)
class RememberedFile:
    """A file as it was when a section of it was stored.

    `path` as it was given, `location` the same made absolute. It is the same file as long as all of
    size, time of change and build-id are: device and inode change with the machine's next start.
    """

    path: str
    location: str
    size: int
    mtime_ns: int
    build_id: str | None

    @classmethod
    def of(cls, file: RegularFile) -> RememberedFile:
        """Return what to remember of a file. Raise `SourceError` if it changed since it was looked at."""
        file.check()
        identity = file.identity
        return cls(file.path, file.location, identity.size, identity.mtime_ns, _build_id(file))

    @classmethod
    def of_fields(cls, fields: Fields) -> RememberedFile:
        """Return the file that a record's fields remember. Raise `PoolCorrupt`."""
        return cls(
            fields.text("path"),
            fields.text("location"),
            fields.integer("size", 1),
            fields.integer("mtime_ns", most=_MOST_NS),
            fields.maybe_text("build_id"),
        )

    @property
    def fields(self) -> dict[str, Any]:
        """The fields that a record has of it."""
        return dict(vars(self))

    def content(self) -> FileContent | LostContent:
        """Return the content of the file, or a LostContent with the reason."""
        try:
            file = RegularFile.at(self.location)
        except SourceError as error:
            return LostContent(self, str(error))
        why = self._difference(file)
        if why is not None:
            return LostContent(self, f"{self.path!r} has {why} than when its section was stored")
        return FileContent(replace(file, path=self.path))

    def _difference(self, file: RegularFile) -> str | None:
        if file.size != self.size:
            return f"another size ({file.size} bytes, then {self.size})"
        if _build_id(file) != self.build_id:
            return "another build-id"
        if file.identity.mtime_ns != self.mtime_ns:
            return "another time of change"
        return None


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


def _build_id(file: RegularFile) -> str | None:
    build_id = find_build_id(file_reader(file))
    return build_id.hex() if build_id else None
