"""A store: records that are put, replaced and removed, all of a change or none of it."""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import pytest
from ptatlas.core.errors import Interrupted, InvalidArgument, PoolError, SourceError
from ptatlas.core.pool import Pool
from ptatlas.core.store.changes import Changes
from ptatlas.core.store.draft import Draft, JoinedRuns
from ptatlas.core.store.layout import BLOB, IMAGE, PAGE, BlobRun
from ptatlas.core.store.store import Store
from ptatlas.core.store.survey import check_store, figures, keys
from ptatlas.core.watch import Watch
from support.uncollected import without_collector

ABOUT = {"files": []}


def put(changes: Changes, name: str, data: bytes, address: int = 0x1000) -> None:
    draft, runs = Draft(), JoinedRuns()
    changes.writer.write(data, runs.add)
    draft.add_runs(address, address + len(data), runs, None, None)
    changes.put(name, IMAGE, ABOUT, draft)


def fail(changes: Changes, error: BaseException, removed: str = "") -> None:
    """Change a lot, and then fail."""
    if removed:
        changes.remove(removed)
    put(changes, "bad", os.urandom(3 * BLOB) + pages(7, 8))
    raise error


def content(store: Store, name: str) -> bytes:
    record = store.read(name)
    data = bytearray(record.entry.header.bytes)
    done = 0
    for row in record.sections:
        pieces = store.pieces(record, row)
        pieces.read_at(0, memoryview(data)[done : done + pieces.size])
        done += pieces.size
    return bytes(data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.store"


@pytest.fixture
def store(path: Path) -> Store:
    return Store.attach(path)


def pages(*numbers: int) -> bytes:
    """Pages that differ by their numbers; 0 is one of zeros."""
    return b"".join(number.to_bytes(8, "little") * (PAGE // 8) for number in numbers)


def test_what_was_put_is_there_at_the_next_attach(store, path):
    data = os.urandom(3 * PAGE + 100)
    with store.changes() as changes:
        put(changes, "one", data)
    store.detach()
    other = Store.attach(path)
    assert list(other.entries) == ["one"]
    assert content(other, "one") == data


def test_a_new_file_is_private(store, path):
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        pytest.param(pages(1, 2, 3), pages(3, 2, 1), 0, id="the same pages in another order"),
        pytest.param(pages(1, 2, 3), pages(1, 4, 3), 1, id="one page differs"),
        pytest.param(pages(1), pages(0) * 1000, 0, id="zeros take nothing"),
        pytest.param(pages(1), pages(5) * 1000, 1, id="a page that repeats"),
        pytest.param(pages(1) + b"end", pages(2) + b"end", 1, id="what is left behind the last page"),
    ],
)
def test_equal_pages_are_kept_once(store, before, after, new):
    with store.changes() as changes:
        put(changes, "one", before)
    had = figures(store)["page_bytes"]
    with store.changes() as changes:
        put(changes, "other", after)
    assert (figures(store)["page_bytes"] - had) // PAGE == new
    assert (content(store, "one"), content(store, "other")) == (before, after)


def test_pages_of_equal_checksums_are_told_apart(store):
    first = bytearray(os.urandom(PAGE))
    other = bytearray(first)
    for at, value in enumerate(_multiple_of_the_polynomial()):
        other[100 + at] ^= value
    assert first != other
    assert zlib.crc32(first) == zlib.crc32(other)
    with store.changes() as changes:
        put(changes, "one", bytes(first))
        put(changes, "other", bytes(other))
    assert (content(store, "one"), content(store, "other")) == (bytes(first), bytes(other))


def _multiple_of_the_polynomial() -> bytes:
    """Bytes that change no CRC-32 when they are XORed into a message: it is linear, and they divide to 0."""
    bits = (1 << 32 | 0x04C11DB7) << 7  # the polynomial, made up to whole bytes, each lowest bit first
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in bits.to_bytes(5, "big"))


def test_a_record_replaces_the_one_of_its_name_and_its_pages_are_free(store, path):
    with store.changes() as changes:
        put(changes, "one", os.urandom(64 * PAGE))
    with store.changes() as changes:
        put(changes, "one", b"little")
    assert content(store, "one") == b"little"
    assert figures(store)["page_bytes"] == PAGE
    assert path.stat().st_size < 64 * PAGE


def test_removing_frees_what_no_other_record_has(store, path):
    shared, own = os.urandom(200 * PAGE), os.urandom(200 * PAGE)
    with store.changes() as changes:
        put(changes, "kept", shared)
        put(changes, "gone", shared + own)
    size = path.stat().st_size
    with store.changes() as changes:
        changes.remove("gone")
    assert content(store, "kept") == shared
    assert path.stat().st_size < size - 150 * PAGE
    check_store(store)


def test_a_removal_that_is_interrupted_before_its_commit_is_none(store):
    with store.changes() as changes:
        put(changes, "one", pages(1, 2))
    with pytest.raises(Interrupted), store.changes(watch=Watch(lambda: True)) as changes:
        changes.remove("one")
    assert content(store, "one") == pages(1, 2)
    assert check_store(store) == 1


def test_a_removal_that_is_interrupted_after_its_commit_is_one(store):
    with store.changes() as changes:
        put(changes, "one", os.urandom(200 * PAGE))
        put(changes, "kept", pages(1, 2))
    generation = store.pool.generation
    with store.changes(watch=Watch(lambda: store.pool.generation > generation)) as changes:
        changes.remove("one")
    assert content(store, "kept") == pages(1, 2)
    assert check_store(store) == 1


def test_a_check_can_be_interrupted(store):
    with store.changes() as changes:
        put(changes, "one", pages(1))
    with pytest.raises(Interrupted):
        check_store(store, Watch(lambda: True))
    assert content(store, "one") == pages(1)


def test_what_is_held_stays_when_its_record_is_removed_and_goes_at_the_detach(store, path):
    data = os.urandom(10 * PAGE)
    with store.changes() as changes:
        put(changes, "one", data)
    record = store.read("one")
    pieces = store.pieces(record, record.sections[0])
    held = {record.runs[0].blob: 0x3FF}
    with store.changes(lambda: held) as changes:
        changes.remove("one")
    read = bytearray(len(data))
    pieces.read_at(0, memoryview(read))
    assert bytes(read) == data
    store.detach()
    assert Store.attach(path).blobs() == []


def test_what_an_ended_session_still_held_goes_with_the_next_removal(store, path):
    with store.changes() as changes:
        put(changes, "one", os.urandom(10 * PAGE))
        put(changes, "other", b"x")
    held = {store.read("one").runs[0].blob: 0x3FF}
    with store.changes(lambda: held) as changes:
        changes.remove("one")
    store.pool.detach()  # as at the end of a debugger
    again = Store.attach(path)
    with again.changes() as changes:
        changes.remove("other")
    assert again.blobs() == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, Interrupted, PoolError])
def test_a_store_that_is_dropped_after_a_failed_change_is_detached(path: Path, error: type[BaseException]):
    store = Store.attach(path)
    with pytest.raises(error), store.changes() as changes:
        fail(changes, error("on purpose"))
    with without_collector():
        del store, changes
        assert not Store.attach(path).read_only


def test_dropped_pages_are_an_error_to_who_still_reads_them(store):
    with store.changes() as changes:
        put(changes, "one", pages(1, 2))
        put(changes, "other", pages(2))
    record = store.read("one")
    pieces = store.pieces(record, record.sections[0])
    with store.changes() as changes:
        changes.remove("one")
    with pytest.raises(SourceError, match="dropped"):
        pieces.read_at(0, memoryview(bytearray(PAGE)))
    pieces.read_at(PAGE, memoryview(bytearray(PAGE)))


def test_a_change_that_fails_leaves_nothing(store, path):
    with store.changes() as changes:
        put(changes, "one", pages(1))
    size, before = path.stat().st_size, figures(store)
    with pytest.raises(ZeroDivisionError), store.changes() as changes:
        fail(changes, ZeroDivisionError(), "one")
    assert list(store.entries) == ["one"]
    assert content(store, "one") == pages(1)
    assert figures(store) == before
    assert path.stat().st_size == size


def test_a_store_is_used_as_before_after_a_change_that_failed(store, path):
    for failing in (KeyboardInterrupt(), SourceError("no")):
        with pytest.raises((KeyboardInterrupt, SourceError)), store.changes() as changes:
            fail(changes, failing)
    with store.changes() as changes:
        put(changes, "good", pages(7, 8))
    store.detach()
    other = Store.attach(path)
    assert content(other, "good") == pages(7, 8)
    assert check_store(other) == 1


def test_a_second_writer_reads_what_was_committed(store, path):
    with store.changes() as changes:
        put(changes, "one", pages(1))
    reader = Store.attach(path)
    assert reader.read_only
    with store.changes() as changes:
        put(changes, "two", pages(2))
        changes.remove("one")
    assert list(reader.entries) == ["one"]
    assert content(reader, "one") == pages(1)
    with pytest.raises(PoolError, match="read-only"), reader.changes():
        pass
    reader.detach()
    assert list(Store.attach(path).entries) == ["two"]


def test_a_file_that_was_deleted_is_still_read_and_nothing_more_is_put_in_it(store, path):
    with store.changes() as changes:
        put(changes, "one", pages(1))
    path.unlink()
    assert content(store, "one") == pages(1)
    with pytest.raises(SourceError, match="deleted or replaced"), store.changes():
        pass
    store.detach()
    assert not path.exists()


def test_a_pool_that_is_no_store_is_refused_and_let_go(path):
    with Pool.attach(path) as pool:
        pool.set_key(0, pool.calloc(1, 100))
    with pytest.raises(SourceError, match="no store"):
        Store.attach(path)
    Pool.attach(path).detach()


def test_another_version_is_refused(store, path):
    with store.changes() as changes:
        put(changes, "one", pages(1))
    store.pool.view(store.pool.get_key(0))[8:12] = b"\x02\0\0\0"
    store.pool.detach()
    with pytest.raises(SourceError, match="version 2"):
        Store.attach(path)


@pytest.mark.parametrize("name", ["", "x" * 5000])
def test_a_name_that_cant_be_kept_is_refused(store, name):
    with pytest.raises(InvalidArgument), store.changes() as changes:
        put(changes, name, b"x")
    assert store.entries == {}


def test_a_store_without_records_takes_next_to_nothing(store, path):
    with store.changes() as changes:
        put(changes, "one", os.urandom(5000 * PAGE))
    with store.changes() as changes:
        changes.remove("one")
    assert path.stat().st_size < 30 * PAGE
    assert [row.what for row in keys(store)] == ["catalogue"]


def test_removing_what_isnt_there_is_refused(store):
    with pytest.raises(InvalidArgument), store.changes() as changes:
        changes.remove("none")


def test_the_keys_name_the_stores_own_blocks(store):
    assert keys(store) == []
    with store.changes() as changes:
        put(changes, "one", pages(1))
    assert [(row.key, row.what) for row in keys(store)] == [(0, "catalogue"), (1, "index"), (2, "blobs")]


def test_attaching_reads_none_of_the_pages(store, path, monkeypatch):
    with store.changes() as changes:
        put(changes, "one", os.urandom(2000 * PAGE))
    store.detach()
    read = []
    monkeypatch.setattr(os, "preadv", _counting(read, os.preadv, lambda result: result))
    monkeypatch.setattr(os, "pread", _counting(read, os.pread, len))
    Store.attach(path)
    assert 0 < sum(read) < 400 * PAGE


def _counting(read, call, size):
    def counted(*arguments):
        result = call(*arguments)
        read.append(size(result))
        return result

    return counted


def test_runs_that_continue_each_other_are_one(store):
    with store.changes() as changes:
        put(changes, "one", os.urandom(100 * PAGE) + bytes(50 * PAGE))
    sizes = [run.size for run in store.read("one").runs]
    assert sizes == [100 * PAGE, 50 * PAGE]
    assert store.read("one").runs[1] == BlobRun(50 * PAGE, 0, 0)
