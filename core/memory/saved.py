"""Memory maps in files: stores of one record, as docs/stores.md has them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from ..arch import check_endian, check_word_size
from ..errors import InvalidArgument, MemoryFault, PoolCorrupt, PoolError, SourceError
from ..files.paths import File, descriptor_of, path_text, possible_path
from ..files.whole import becoming
from ..segments.joined import JoinedContent
from ..store.changes import Changes
from ..store.draft import Draft, JoinedRuns
from ..store.layout import MEMORY_MAP, PAGE, SectionRow
from ..store.records import Record
from ..store.store import Store

if TYPE_CHECKING:
    from .memory_map import MemoryMap

NAME = "memory"
_CHUNK = 1 << 21


class Saved(NamedTuple):
    """What a file keeps of a map: the segments, and the word size and byte order if they were set."""

    memory: MemoryMap
    word_size: int | None
    endian: str | None


def save_map(memory: MemoryMap, file: File, word_size: int | None, endian: str | None) -> None:
    """Write a map to a file; see `MemoryMap.save`."""
    saved = Saved(memory, word_size, endian)
    try:
        if isinstance(file, (str, bytes, os.PathLike)):
            with _becoming(os.path.realpath(possible_path(file))) as path:
                _save(saved, path)
        else:
            _save_open(saved, *descriptor_of(file))
    except PoolError as error:
        # Its message names the temporary file, which is gone by now.
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise SourceError(f"cannot write {_name_of(file)}: {reason}", hint=error.hint) from error
    except OSError as error:
        raise SourceError(f"cannot write {_name_of(file)}: {error.strerror}") from error


def load_map(kind: type[MemoryMap], file: File) -> MemoryMap:
    """Read a map's places from a file; see `MemoryMap.load`."""
    path = file if isinstance(file, (str, bytes, os.PathLike)) else _path_of(descriptor_of(file)[0])
    try:
        store = Store.attach(path, read_only=True)
        records = [store.read(name) for name in store.entries]
        if len(records) != 1 or records[0].entry.header.kind != MEMORY_MAP:
            raise SourceError("the file is a store of images, not a saved map", hint="pt-image attach FILE")
        return _load(kind, store, records[0])
    except PoolError as error:
        raise SourceError(f"no map can be loaded: {error}", hint=error.hint) from error


class StoredContent:
    """The content of a saved map at some addresses, read from its file on demand."""

    thread_safe = True

    def __init__(self, store: Store, pieces: JoinedContent) -> None:
        self._store, self._pieces = store, pieces  # the store, so that it stays attached

    def __repr__(self) -> str:
        return f"StoredContent({self._store.path!r})"

    def read_at(self, offset: int, buffer: memoryview) -> int:
        """Copy; short where the file is damaged, or ends too early by now."""
        done = 0
        for piece in self._pieces.within(offset, offset + len(buffer)):
            try:
                done += piece.content.read_at(piece.offset, buffer[done : done + piece.size])
            except SourceError:
                break
        return done


def _save(saved: Saved, path: str) -> None:
    store = Store.attach(path)
    try:
        with store.changes() as changes:
            draft = Draft()
            for start, end in saved.memory.ranges:
                draft.add_runs(start, end, _written(saved.memory, start, end, changes), None, None)
            about: dict[str, object] = {"files": [], "word_size": saved.word_size, "endian": saved.endian}
            changes.put(NAME, MEMORY_MAP, about, draft)
    finally:
        store.detach()


def _written(memory: MemoryMap, start: int, end: int, changes: Changes) -> JoinedRuns:
    """Put the map's bytes at these addresses into the store, cut where pages of memory begin."""
    runs, buffer = JoinedRuns(), bytearray(_CHUNK)
    while start < end:
        size = min(_CHUNK if start % PAGE == 0 else PAGE - start % PAGE, end - start)
        with memoryview(buffer) as view:
            got = memory.read_into(start, view[:size])
        if got < size:
            raise MemoryFault(start + got, size - got, "unreadable", hint="nothing was saved")
        changes.writer.write(bytes(buffer[:size]), runs.add)
        start += size
    return runs


def _load(kind: type[MemoryMap], store: Store, record: Record) -> MemoryMap:
    word_size, endian = record.about.maybe_integer("word_size"), record.about.maybe_text("endian")
    try:
        memory = kind()
        if word_size is not None:
            memory.set_word_size(check_word_size(word_size))
        if endian is not None:
            memory.set_endian(check_endian(endian))
        for row in record.sections:
            _check(row)
            memory.add_content(StoredContent(store, store.pieces(record, row)), row.start, row.end)
    except InvalidArgument as error:
        raise PoolCorrupt(f"the saved map: {error}") from error
    return memory


def _check(row: SectionRow) -> None:
    if row.in_file or row.cr3 is not None or row.vmcs is not None:
        raise PoolCorrupt(f"the section at {row.start:#x} is none of a memory map")


@contextmanager
def _becoming(target: str) -> Iterator[str]:
    """Yield a path to write to, which becomes the target, a regular file or a new one; see `becoming`."""
    if os.path.lexists(target) and not stat.S_ISREG(os.stat(target).st_mode):
        raise SourceError(f"{target!r} is not a regular file")
    with becoming(target) as path:
        yield path


def _save_open(saved: Saved, descriptor: int, flags: int) -> None:
    if os.fstat(descriptor).st_size:
        raise InvalidArgument("the open file isn't empty", hint="give its path, and it is replaced")
    if flags & os.O_ACCMODE == os.O_RDONLY:
        raise SourceError("the file isn't open for writing")
    try:
        _save(saved, _path_of(descriptor))
    except BaseException:
        os.truncate(_path_of(descriptor), 0)
        raise


def _name_of(file: object) -> str:
    return repr(path_text(file) if isinstance(file, (str, bytes, os.PathLike)) else file)


def _path_of(descriptor: int) -> str:
    return f"/dev/fd/{descriptor}"
