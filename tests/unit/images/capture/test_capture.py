"""Snapshots: what memory held is read again, and is kept once."""

from __future__ import annotations

import gc
from dataclasses import replace
from random import Random
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptatlas.core.arch import Arch
from ptatlas.core.errors import Interrupted, InvalidArgument, MemoryFault, SourceError
from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.capture.page_dedup import CHUNK
from ptatlas.core.images.capture.page_store import ARENA, PAGE, PageStore
from ptatlas.core.images.model.snapshot import Circumstances, Snapshot, ThreadState
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.ports.target import Target
from ptatlas.core.ranges import Range
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.walk.coverage import Unreadable
from ptatlas.core.watch import Progress, Watch
from support.targets import Reader, interrupt, on_read

BASE = 0x400000
RANDOM = Random(1)
# Pages of all sorts: zeros, noise, and pages that differ in so few bytes that no sample tells them apart.
NOISE = [RANDOM.randbytes(PAGE) for _ in range(4)]
SPARSE = [bytes(100) + bytes([number]) + bytes(PAGE - 101) for number in (1, 2, 3)]
ALIKE = [NOISE[0][:-1] + bytes([number]) for number in (1, 2, 3)]
PAGES = [bytes(PAGE), *NOISE, *SPARSE, *ALIKE]


def target_of(data: bytes, start: int = BASE, **options: object) -> Target:
    return buffer_target([(start, data, "rw-p")], **options)


def snapshot_of(target: Target, store: PageStore | None = None, name: str | None = None) -> Snapshot:
    return take_snapshot(
        name,
        target.listers[0].areas(),
        target.readers[0],
        PageStore() if store is None else store,
        Circumstances(),
        untouched=target.untouched,
        absent=target.absent,
    )


# --- what it holds


def test_memory_is_read_again_as_it_was() -> None:
    data = b"".join(PAGES)
    snapshot = snapshot_of(target_of(data))
    assert snapshot.read(BASE, len(data)) == data
    assert snapshot.read(BASE + PAGE - 3, PAGE + 5) == data[PAGE - 3 : 2 * PAGE + 2]
    assert snapshot.coverage.searched == snapshot.coverage.size == len(data)
    ((section),) = snapshot.sections
    assert (section.start, section.end, section.content.kind) == (BASE, BASE + len(data), "captured")


def test_the_top_byte_is_kept() -> None:
    top = 1 << 64
    snapshot = snapshot_of(target_of(b"0123456789", top - 10))
    assert snapshot.read(top - 10, 10) == b"0123456789"


def test_nothing_is_there_where_nothing_was() -> None:
    snapshot = snapshot_of(target_of(b"data"))
    with pytest.raises(MemoryFault):
        snapshot.read(BASE, 5)


def test_areas_that_touch_are_sections_of_their_own() -> None:
    target = buffer_target([(BASE, b"a" * PAGE, "rw-p"), (BASE + PAGE, b"b" * PAGE, "r--p")])
    snapshot = snapshot_of(target)
    assert [section.size for section in snapshot.sections] == [PAGE, PAGE]
    assert snapshot.read(BASE + PAGE - 1, 2) == b"ab"


def test_what_cannot_be_read_is_noted_and_the_rest_kept() -> None:
    data = NOISE[0] * 4
    target = target_of(
        data, unreadable=[(BASE + PAGE, BASE + 2 * PAGE)], absent=[(BASE + 3 * PAGE, BASE + 4 * PAGE)]
    )
    snapshot = snapshot_of(target)
    assert snapshot.coverage.unreadable == (
        Unreadable(BASE + PAGE, BASE + 2 * PAGE, "unreadable"),
        Unreadable(BASE + 3 * PAGE, BASE + 4 * PAGE, "absent"),
    )
    assert [(s.start - BASE, s.end - BASE) for s in snapshot.sections] == [(0, PAGE), (2 * PAGE, 3 * PAGE)]
    with pytest.raises(MemoryFault):
        snapshot.read(BASE + PAGE, 1)


def test_what_was_never_touched_reads_as_zeros_and_takes_nothing() -> None:
    store = PageStore()
    target = buffer_target([(BASE, NOISE[0] * 3, "rw-p")], untouched=[(BASE + PAGE, BASE + 2 * PAGE)])
    snapshot = snapshot_of(target, store)
    assert snapshot.read(BASE, 3 * PAGE) == NOISE[0] + bytes(PAGE) + NOISE[0]
    assert snapshot.coverage.never_touched == PAGE
    assert len(snapshot.sections) == 1
    assert store.used == PAGE


def test_the_circumstances_are_kept() -> None:
    areas = AreaMap([Area(BASE, BASE + PAGE)])
    circumstances = Circumstances(
        areas, Arch(4, "big"), 1000.5, 7, 42, "/bin/x", (ThreadState(42, {"pc": BASE}),)
    )
    target = target_of(b"data")
    snapshot = take_snapshot("s", target.listers[0].areas(), target.readers[0], PageStore(), circumstances)
    assert snapshot.circumstances is circumstances
    assert snapshot.map is areas
    assert repr(snapshot) == "Snapshot('s', 1 sections)"


def test_a_snapshot_is_a_memory_map_of_its_words() -> None:
    target = buffer_target([(BASE, b"\0\0\1\2rest", "rw-p")], Arch(4, "big"))
    snapshot = take_snapshot(
        None, target.listers[0].areas(), target.readers[0], PageStore(), Circumstances(arch=target.arch)
    )
    assert snapshot.memory().get_c_long(BASE) == 0x102


def test_a_snapshot_may_not_be_called_like_the_inferior() -> None:
    with pytest.raises(InvalidArgument):
        snapshot_of(target_of(b"data"), name="live")


# --- what it takes


@pytest.mark.parametrize(
    ("pages", "kept"),
    [
        pytest.param([bytes(PAGE)] * 10, 0, id="zeros"),
        pytest.param(NOISE, 4, id="all-different"),
        pytest.param([NOISE[0]] * 10, 1, id="all-equal"),
        pytest.param([NOISE[0], bytes(PAGE), NOISE[0], NOISE[1]], 2, id="mixed"),
        pytest.param(SPARSE * 3, 3, id="nearly-zero"),
        pytest.param([*ALIKE, NOISE[0], *ALIKE], 4, id="alike-but-for-one-byte"),
        pytest.param([*NOISE, bytes(PAGE), *NOISE, *reversed(NOISE)], 4, id="again-in-another-order"),
    ],
)
def test_equal_pages_are_kept_once_and_zeros_not_at_all(pages: list[bytes], kept: int) -> None:
    store = PageStore()
    data = b"".join(pages)
    snapshot = snapshot_of(target_of(data), store)
    assert snapshot.read(BASE, len(data)) == data
    assert store.used == kept * PAGE


def test_a_second_snapshot_takes_only_what_changed() -> None:
    store = PageStore()
    data = bytearray(RANDOM.randbytes(100 * PAGE))
    first = snapshot_of(target_of(bytes(data)), store)
    before = store.used
    data[50 * PAGE + 7] ^= 1
    second = snapshot_of(target_of(bytes(data)), store)
    assert store.used - before == PAGE
    assert second.read(BASE, len(data)) == data
    data[50 * PAGE + 7] ^= 1
    assert first.read(BASE, len(data)) == data


def test_pages_go_with_the_last_snapshot_that_has_them() -> None:
    store = PageStore()
    target = target_of(b"".join(NOISE))
    first = snapshot_of(target, store)
    second = snapshot_of(target, store)
    del first
    gc.collect()
    assert second.read(BASE, PAGE) == NOISE[0]
    del second
    gc.collect()
    assert store.used == 0
    assert snapshot_of(target, store).read(BASE, PAGE) == NOISE[0]
    assert len(store.by_sample) == len(NOISE)


page_lists = st.lists(st.sampled_from(PAGES), max_size=12)


@settings(max_examples=60)
@given(memories=st.lists(page_lists.filter(bool), min_size=1, max_size=4), tail=st.binary(max_size=100))
def test_any_memories_are_read_again_and_take_their_different_pages(
    memories: list[list[bytes]], tail: bytes
) -> None:
    store = PageStore()
    snapshots = []
    for pages in memories:
        data = b"".join(pages) + tail
        snapshots.append((data, snapshot_of(target_of(data), store)))
    for data, snapshot in snapshots:
        assert snapshot.read(BASE, len(data)) == data
        assert snapshot.read(BASE + 1, len(data) - 2) == data[1:-1]
    different = {page for pages in memories for page in pages} - {bytes(PAGE)}
    rests = len(memories) * len(tail) if any(tail) else 0
    assert store.used == len(different) * PAGE + rests


def test_memory_larger_than_an_arena_is_kept_in_several() -> None:
    """Some pages repeat, so that what is kept moves together while the next chunk is read."""
    random = Random(2)
    block = random.randbytes(CHUNK // 2) + bytes(3 * PAGE) + random.randbytes(CHUNK - 5 * PAGE)
    data = b"".join(block[random.randrange(4) * PAGE :] + random.randbytes(7 * PAGE) for _ in range(14))
    data = data[: len(data) // PAGE * PAGE]
    store = PageStore()
    snapshot = snapshot_of(target_of(data), store)
    assert snapshot.read(BASE, len(data)) == data
    pages = {data[place : place + PAGE] for place in range(0, len(data), PAGE)} - {bytes(PAGE)}
    assert store.used == len(pages) * PAGE


def test_much_memory_crosses_arenas() -> None:
    data = Random(3).randbytes(ARENA + 3 * CHUNK + 5)
    store = PageStore()
    snapshot = snapshot_of(target_of(data), store)
    assert snapshot.read(BASE, len(data)) == data
    assert store.used == len(data)


# --- failing


def test_an_interrupted_snapshot_keeps_nothing() -> None:
    store = PageStore()
    target = target_of(Random(4).randbytes(4 * CHUNK))
    polls = iter([False, False, True])
    with pytest.raises(Interrupted):
        take_snapshot(
            "s",
            target.listers[0].areas(),
            target.readers[0],
            store,
            Circumstances(),
            watch=Watch(lambda: next(polls)),
        )
    gc.collect()
    assert store.used == 0


def test_an_interrupt_that_comes_by_itself_is_told_alike() -> None:
    reader = Reader(before=interrupt, thread_safe=False)
    areas = target_of(bytes(PAGE)).listers[0].areas()
    with pytest.raises(Interrupted, match="the snapshot was interrupted; nothing of it was kept"):
        take_snapshot("s", areas, reader, PageStore(), Circumstances())


def test_a_snapshot_tells_how_far_it_is() -> None:
    target, heard = target_of(Random(4).randbytes(2 * CHUNK)), []
    areas = target.listers[0].areas()
    take_snapshot("s", areas, target.readers[0], PageStore(), Circumstances(), watch=Watch(show=heard.append))
    assert heard == [Progress(0, 2 * CHUNK), Progress(CHUNK, 2 * CHUNK)]


def test_a_snapshot_that_does_not_fit_keeps_nothing() -> None:
    room = iter([ARENA * 100, 0])
    store = PageStore(room=lambda: next(room))
    with pytest.raises(SourceError, match="doesn't fit in memory"):
        snapshot_of(target_of(Random(5).randbytes(ARENA + CHUNK)), store)
    gc.collect()
    assert store.used == 0


def test_a_source_that_fails_in_the_reading_thread_is_told() -> None:
    def leave(_asked: Range) -> None:
        raise SourceError("gone")

    reader = Reader(before=on_read(3, leave))
    with pytest.raises(SourceError, match="gone"):
        take_snapshot("s", [Area(0, 4 * CHUNK)], reader, PageStore(), Circumstances())


@pytest.mark.parametrize("size", [PAGE, 4 * CHUNK], ids=["in the calling thread", "in the reading thread"])
def test_memory_that_runs_out_anywhere_is_told(size: int) -> None:
    def find_no_memory(_asked: Range) -> None:
        raise MemoryError

    with pytest.raises(SourceError, match="doesn't fit in memory"):
        take_snapshot("s", [Area(0, size)], Reader(before=find_no_memory), PageStore(), Circumstances())


def test_where_no_thread_can_be_had_memory_is_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    data = Random(6).randbytes(3 * CHUNK + PAGE)
    monkeypatch.setattr(Thread, "start", refuse)
    target = target_of(data)
    assert snapshot_of(replace(target, readers=(Reader(target.readers[0]),))).read(BASE, len(data)) == data
