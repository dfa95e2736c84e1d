"""Changes of a store cost what they change, and a table that grows in place is whole after any power loss."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from ptatlas.core.store.changes import Changes
from ptatlas.core.store.draft import Draft, JoinedRuns
from ptatlas.core.store.layout import BLOBS, CATALOGUE, IMAGE, PAGE
from ptatlas.core.store.records import write_catalogue
from ptatlas.core.store.store import Store
from ptatlas.core.store.survey import check_store
from support.pool_recorder import RecordingFile

ABOUT = {"files": []}
# A catalogue of so many records takes a page, but for the eight bytes of one more.
FILLS_A_PAGE = (PAGE - 16) // 8


class CountingFile(RecordingFile):
    """Counts the bytes that go through it, and the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.work = [0, 0]

    def read(self, offset: int, size: int) -> bytes:
        self.work = [self.work[0] + 1, self.work[1] + size]
        return super().read(offset, size)

    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        self.work = [self.work[0] + 1, self.work[1] + len(data)]
        super().write(offset, data)

    def sync(self) -> None:
        """No power is lost here, so nothing has to be remembered."""
        self._steps.clear()


def over(file: RecordingFile, *, read_only: bool = False) -> Store:
    """Return the store in a file that is in memory."""
    return Store("in memory", Pool.over(PoolBacking(file), read_only=read_only), None)


def put(changes: Changes, name: str, data: bytes = b"") -> None:
    draft, runs = Draft(), JoinedRuns()
    if data:
        changes.writer.write(data, runs.add)
        draft.add_runs(0x1000, 0x1000 + len(data), runs, None, None)
    changes.put(name, IMAGE, ABOUT, draft)


def save(store: Store, name: str, data: bytes = b"") -> None:
    with store.changes() as changes:
        put(changes, name, data)


def save_many(store: Store, numbers: range, rnd: random.Random | None = None) -> None:
    with store.changes() as changes:
        for number in numbers:
            put(changes, f"i{number}", rnd.randbytes(PAGE) if rnd else b"")


@pytest.mark.parametrize("has_pages", [False, True])
def test_saving_an_image_costs_the_same_however_many_there_are(has_pages: bool) -> None:
    rnd = random.Random(1)
    file = CountingFile()
    store, done, worst = over(file), 0, []
    for many in (200, 4000):
        save_many(store, range(done, many), rnd if has_pages else None)
        done, each = many + 40, []
        for number in range(many, done):
            file.work = [0, 0]
            save(store, f"i{number}", rnd.randbytes(PAGE) if has_pages else b"")
            each.append(file.work)
        worst.append([sorted(column)[len(each) // 2] for column in zip(*each)])
    few, lots = worst
    # A tree of the pool is one node higher by then, and there are more regions than one.
    assert lots[0] <= few[0] * 2
    assert lots[1] <= few[1] + 16 * PAGE
    assert check_store(store) == done


@pytest.mark.parametrize("many", [1, FILLS_A_PAGE - 1, FILLS_A_PAGE, FILLS_A_PAGE + 1, 2 * FILLS_A_PAGE + 1])
def test_the_tables_grow_over_the_end_of_a_page(many: int) -> None:
    file, rnd = RecordingFile(), random.Random(many)
    store = over(file)
    save_many(store, range(many), rnd)
    for number in range(many, many + 4):
        save(store, f"i{number}", rnd.randbytes(PAGE))
    store.pool.detach()
    again = over(RecordingFile(bytes(file.content)))
    assert set(again.entries) == {f"i{number}" for number in range(many + 4)}
    assert check_store(again) == many + 4
    assert again.blobs() == sorted(set(again.blobs()))


@pytest.mark.parametrize("many", [3, FILLS_A_PAGE, 3 * FILLS_A_PAGE])
def test_a_store_whose_tables_were_written_whole_grows_too(many: int) -> None:
    # So they were before they grew in place: each in a block of its size, the records by their names.
    file, rnd = RecordingFile(), random.Random(many)
    store = over(file)
    save_many(store, range(many), rnd)
    pool = store.pool
    write_catalogue(pool, [entry.address for _, entry in sorted(store.entries.items())])
    whole = b"".join(blob.to_bytes(8, "little") for blob in store.blobs())
    blobs = pool.malloc(len(whole))
    pool.write_from(blobs, memoryview(whole))
    pool.free(pool.get_key(BLOBS))
    pool.set_key(BLOBS, blobs)
    pool.detach()
    for number in range(many, many + 3):
        store = over(RecordingFile(bytes(file.content)))
        save(store, f"i{number}", rnd.randbytes(PAGE))
        store.pool.detach()
        file = RecordingFile(bytes(store_content(store)))
    assert check_store(over(file)) == many + 3


def store_content(store: Store) -> bytes:
    """Return the file of a store that is in memory and detached."""
    return bytes(store._pool._session._backing.file.content)


def test_removing_and_adding_in_one_change_leaves_whole_tables(tmp_path: Path) -> None:
    store, rnd = Store.attach(tmp_path / "a.store"), random.Random(3)
    save_many(store, range(600), rnd)
    with store.changes() as changes:
        changes.remove("i7")
        put(changes, "i7", rnd.randbytes(PAGE))
        changes.remove("i8")
        put(changes, "new", rnd.randbytes(PAGE))
        put(changes, "new", rnd.randbytes(PAGE))
    expected = {f"i{number}" for number in range(600) if number != 8} | {"new"}
    assert set(store.entries) == expected
    store.detach()
    again = Store.attach(tmp_path / "a.store")
    assert set(again.entries) == expected
    assert check_store(again) == 600


def test_a_change_that_failed_at_its_end_leaves_the_tables_of_the_last_commit(tmp_path, monkeypatch) -> None:
    store = Store.attach(tmp_path / "a.store")
    save_many(store, range(FILLS_A_PAGE + 1))
    before = set(store.entries)
    with monkeypatch.context() as patch:
        patch.setattr(Pool, "commit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            save(store, "lost", b"x" * PAGE)
    assert set(store.entries) == before
    assert store.blobs() == []
    save(store, "kept", b"y" * PAGE)
    assert set(store.entries) == {*before, "kept"}
    assert check_store(store) == FILLS_A_PAGE + 2


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
def test_what_was_saved_is_there_after_any_power_loss_while_the_tables_grow() -> None:
    """Each file that a power loss may leave has the images of the last commit, or of the one under way."""
    first, rnd = RecordingFile(), random.Random(4)
    save_many(over(first), range(FILLS_A_PAGE - 2), rnd)
    file = RecordingFile(bytes(first.content))
    store, counts = over(file), {}
    counts[store.pool.generation] = FILLS_A_PAGE - 2
    for number in range(FILLS_A_PAGE - 2, FILLS_A_PAGE + 2):
        before = store.pool.generation
        file.promised, file.underway = before, before + 2
        counts[before + 1] = counts[before + 2] = number + 1
        save(store, f"i{number}", rnd.randbytes(PAGE))
        file.promised = file.underway = store.pool.generation
    store.pool.detach()
    for epoch in file.epochs:
        for content in epoch.some_files(rnd, 2):
            found = over(RecordingFile(content), read_only=True)
            assert epoch.least <= found.pool.generation <= max(epoch.least, epoch.most)
            expected = counts[found.pool.generation]
            assert check_store(found) == expected
            assert set(found.entries) == {f"i{number}" for number in range(expected)}
            assert found.pool.get_key(CATALOGUE)
