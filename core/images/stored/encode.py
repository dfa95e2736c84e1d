"""Encodes images into records: captured bytes as pages, file sections as remembered files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...errors import SourceError
from ...ranges import Range
from ...segments.content import ZEROS
from ...store.blobs import Blob
from ...store.changes import Changes
from ...store.draft import Draft, JoinedRuns
from ...store.layout import IMAGE, PAGE, SNAPSHOT
from ...store.store import Store
from ...walk.pace import Pace, given_up
from ...watch import UNWATCHED, Watch
from ..model.image import Image
from ..model.section import FileContent, Section, SectionContent
from ..model.section_cache import CachedContent
from ..model.snapshot import Snapshot
from .circumstances import snapshot_fields
from .remembered_files import LostContent, RememberedFile

CHUNK = 1 << 21


def put_image(
    store: Store,
    changes: Changes,
    name: str,
    image: Image,
    *,
    watch: Watch = UNWATCHED,
) -> None:
    """Put an image into a store under a name, as part of its changes.

    Bytes that lie in the store already are not copied. Raise SourceError for a file that isn't the one that
    was added, `PoolError` for a full disk, Interrupted.
    """
    sections = sorted(image.sections, key=lambda each: each.serial)
    encoder = _Encoder(store, changes, Pace(sum(section.size for section in sections), watch))
    with given_up("the save was interrupted; nothing of it was kept"):
        for section in sections:
            encoder.add(section)
    about = {"files": [file.fields for file in encoder.files.values()]}
    kind = IMAGE
    if isinstance(image, Snapshot):
        kind = SNAPSHOT
        about.update(snapshot_fields(image))
    changes.put(name, kind, about, encoder.draft)


class _Piece(NamedTuple):
    """Bytes of a section: zeros, in a blob of the store already, or (neither) still to be put there."""

    size: int
    zeros: bool
    blob: Blob | None
    offset: int


class _Encoder:
    """Makes the rows of one record."""

    def __init__(self, store: Store, changes: Changes, pace: Pace) -> None:
        self._store, self._changes, self._pace = store, changes, pace
        self.draft = Draft()
        self.files: dict[object, RememberedFile] = {}
        self._numbers: dict[object, int] = {}

    def add(self, section: Section) -> None:
        content = _uncached(section.content)
        asid, done = section.asid, self._pace.done
        if isinstance(content, (FileContent, LostContent)):
            number = self._number(content)
            self.draft.add_file(section.start, section.end, number, section.offset, asid.cr3, asid.vmcs)
        elif content.kind == "file":
            raise SourceError(f"a section of {content.path!r} can't be stored")
        else:
            self.draft.add_runs(section.start, section.end, self._runs(section), asid.cr3, asid.vmcs)
        self._pace.done = done + section.size

    def _number(self, content: FileContent | LostContent) -> int:
        file = content.file
        if file not in self._numbers:
            remembered = content.file if isinstance(content, LostContent) else RememberedFile.of(content)
            self._numbers[file] = len(self.files)
            self.files[file] = remembered
        return self._numbers[file]

    def _runs(self, section: Section) -> JoinedRuns:
        runs, place = JoinedRuns(), section.start
        for piece in _joined(_pieces(section, self._store)):
            if piece.zeros or piece.blob is not None:
                runs.add(piece.size, piece.blob, piece.offset)
                self._pace.done += piece.size
            else:
                self._write(section, Range(place, place + piece.size), runs)
            place += piece.size
        return runs

    def _write(self, section: Section, part: Range, runs: JoinedRuns) -> None:
        """Put bytes of a section, cut where pages of memory begin: equal pages are found again so."""
        start = part.start
        while start < part.end:
            self._pace.go_on()
            end = start - start % PAGE + (CHUNK if start % PAGE == 0 else PAGE)
            end = min(end, part.end)
            self._changes.writer.write(section.read(start, end - start), runs.add)
            self._pace.done += end - start
            start = end


def _uncached(content: SectionContent) -> SectionContent:
    """Return the file content behind cached content, since the cache ends with the session."""
    return content.origin if isinstance(content, CachedContent) else content


def _pieces(section: Section, store: Store) -> Iterator[_Piece]:
    for size, thing, position in section.origins(*section.range):
        own = thing if isinstance(thing, Blob) and thing.is_of(store) else None
        yield _Piece(size, thing == ZEROS, own, position if own else 0)


def _joined(pieces: Iterator[_Piece]) -> Iterator[_Piece]:
    """Join neighbouring pieces to be read, wherever they lie: pages are cut by address, not by piece."""
    size = 0
    for piece in pieces:
        if not piece.zeros and piece.blob is None:
            size += piece.size
            continue
        if size:
            yield _Piece(size, False, None, 0)
            size = 0
        yield piece
    if size:
        yield _Piece(size, False, None, 0)
