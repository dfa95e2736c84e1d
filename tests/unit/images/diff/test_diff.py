"""diff: what became different."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.arch import AARCH64_IGNORED, Arch
from ptatlas.core.elf.auxv import AT_RANDOM
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.capture.page_store import PAGE, PageStore
from ptatlas.core.images.diff.change import MemoryChange
from ptatlas.core.images.diff.diff import CHUNK, JOIN, diff
from ptatlas.core.images.diff.execution import Execution
from ptatlas.core.images.diff.run_noise import IDENTIFIER, RANDOM_BYTES
from ptatlas.core.images.diff.sides import LiveSide
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.snapshot import Circumstances, Snapshot, ThreadState
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports.target import Target
from ptatlas.core.sources.buffer import BufferArea, buffer_target
from ptatlas.core.sources.procfs.process import process_target
from ptatlas.core.walk.coverage import Unreadable
from ptatlas.core.watch import Progress, Watch
from support.children import Child
from support.compile import compile_c
from support.targets import Reader

BASE = 0x400000
TOP = 1 << 64


def image_of(*pieces: tuple[int, bytes]) -> Image:
    image = Image()
    for address, data in pieces:
        image.add_bytes(data, address)
    return image


def live(*pieces: BufferArea, **options: object) -> LiveSide:
    target = buffer_target(pieces, **options)
    return LiveSide(
        target.listers[0].areas(), target.readers[0], untouched=target.untouched, absent=target.absent
    )


def told(changes: tuple[MemoryChange, ...]) -> list[tuple[str, int, int, bytes, bytes]]:
    return [(each.change, each.start - BASE, each.end - BASE, each.before, each.after) for each in changes]


# --- by address


def test_equal_memories_do_not_differ() -> None:
    result = diff(image_of((BASE, b"same")), image_of((BASE, b"same")))
    assert result.changes == ()
    assert result.coverage.searched == result.coverage.size == 4


def test_changed_bytes_are_told_with_what_they_were() -> None:
    before, after = image_of((BASE, b"0123456789abcdef")), image_of((BASE, b"0x23456789abcdeX"))
    assert told(diff(before, after).changes) == [
        ("changed", 1, 2, b"1", b"x"),
        ("changed", 15, 16, b"f", b"X"),
    ]


def test_changes_with_few_equal_bytes_between_them_are_one() -> None:
    before, after = bytearray(64), bytearray(64)
    after[0] = after[JOIN + 1] = after[30] = 1
    changes = diff(image_of((BASE, bytes(before))), image_of((BASE, bytes(after)))).changes
    assert [(each.start - BASE, each.end - BASE) for each in changes] == [(0, JOIN + 2), (30, 31)]


def test_a_change_across_chunks_is_one() -> None:
    data = bytearray(2 * CHUNK)
    data[CHUNK - 1 : CHUNK + 1] = b"xy"
    result = diff(image_of((BASE, bytes(2 * CHUNK))), image_of((BASE, bytes(data))))
    assert told(result.changes) == [("changed", CHUNK - 1, CHUNK + 1, bytes(2), b"xy")]


def test_what_is_new_and_what_is_gone_are_told_by_range() -> None:
    before, after = image_of((BASE, b"abcd")), image_of((BASE + 2, b"cdef"))
    result = diff(before, after)
    assert told(result.changes) == [("removed", 0, 2, b"", b""), ("added", 4, 6, b"", b"")]
    assert (result.coverage.searched, result.coverage.left_out) == (2, 4)


def test_the_top_byte_is_compared() -> None:
    (change,) = diff(image_of((TOP - 2, b"ab")), image_of((TOP - 2, b"ac"))).changes
    assert (change.start, change.end) == (TOP - 1, TOP)


def test_other_permissions_are_an_alteration() -> None:
    (change,) = diff(live(BufferArea(BASE, b"data", "rw-p")), live(BufferArea(BASE, b"data", "r--p"))).changes
    assert (change.change, change.start, change.end) == ("altered", BASE, BASE + 4)
    assert change.area_before is not None
    assert (change.area_before.perms, change.area.perms) == ("rw-p", "r--p")


def test_another_file_or_offset_is_an_alteration() -> None:
    one, other = BufferArea(BASE, b"data", "r--p", "/a"), BufferArea(BASE, b"data", "r--p", "/b")
    assert [each.change for each in diff(live(one), live(other)).changes] == ["altered"]
    assert [each.change for each in diff(live(one), live(one._replace(offset=8))).changes] == ["altered"]
    assert diff(live(one), live(one)).changes == ()


def test_a_file_mapped_in_two_parts_is_no_alteration() -> None:
    whole = live(BufferArea(BASE, b"0123", "r--p", "/a", 8))
    parts = live(BufferArea(BASE, b"01", "r--p", "/a", 8), BufferArea(BASE + 2, b"2x", "r--p", "/a", 10))
    assert told(diff(whole, parts).changes) == [("changed", 3, 4, b"3", b"x")]
    assert diff(whole, parts).changes[0].file_offset == 11


def test_only_chosen_areas_count() -> None:
    before = live(BufferArea(BASE, b"aa", "r--p"), BufferArea(BASE + 16, b"aa", "rw-p"))
    after = live(BufferArea(BASE, b"bb", "r--p"), BufferArea(BASE + 16, b"bb", "rw-p"))
    result = diff(before, after, select=lambda area: bool(area.allows(Protection.WRITE)))
    assert told(result.changes) == [("changed", 16, 18, b"aa", b"bb")]


def test_what_cannot_be_read_on_one_side_is_told_and_the_rest_compared() -> None:
    before = live(BufferArea(BASE, bytes(3 * PAGE)), unreadable=[(BASE, BASE + PAGE)])
    data = bytes(2 * PAGE) + b"x" + bytes(PAGE - 1)
    after = live(BufferArea(BASE, data), absent=[(BASE + PAGE, BASE + 2 * PAGE)])
    result = diff(before, after)
    assert told(result.changes) == [("changed", 2 * PAGE, 2 * PAGE + 1, b"\0", b"x")]
    assert [(each.start - BASE, each.end - BASE, each.why) for each in result.coverage.unreadable] == [
        (0, PAGE, "unreadable"),
        (PAGE, 2 * PAGE, "absent"),
    ]
    assert result.coverage.size == 3 * PAGE


def test_an_interrupt_keeps_what_was_found_and_says_where_to_go_on() -> None:
    polls = iter([False, True])
    before, after = image_of((BASE, bytes(3 * CHUNK))), image_of((BASE, b"x" + bytes(3 * CHUNK - 1)))
    result = diff(before, after, watch=Watch(lambda: next(polls)))
    assert told(result.changes) == [("changed", 0, 1, b"\0", b"x")]
    assert result.stopped == BASE + CHUNK
    assert (result.coverage.searched, result.coverage.left_out) == (CHUNK, 2 * CHUNK)


def test_an_interrupt_that_comes_by_itself_does_the_same() -> None:
    class Interrupting(LiveSide):
        """A side that the user interrupts as soon as the second chunk is read."""

        def read_into(self, address: int, buffer: memoryview) -> int:
            if address > BASE:
                raise KeyboardInterrupt
            return super().read_into(address, buffer)

    target = buffer_target([BufferArea(BASE, b"x" + bytes(3 * CHUNK - 1))])
    after = Interrupting(target.listers[0].areas(), target.readers[0])
    result = diff(image_of((BASE, bytes(3 * CHUNK))), after)
    assert told(result.changes) == [("changed", 0, 1, b"\0", b"x")]
    assert result.stopped == BASE + CHUNK
    assert (result.coverage.searched, result.coverage.left_out) == (CHUNK, 2 * CHUNK)


@pytest.mark.parametrize("by", ["address", "file"])
@pytest.mark.parametrize("stops", range(1, 7))
def test_what_an_interrupt_left_is_told_from_there_on(by: str, stops: int) -> None:
    before = live(*(BufferArea(BASE + 4 * n * CHUNK, bytes(2 * CHUNK), path=f"/{n}") for n in range(3)))
    changed = (b"x" * PAGE).ljust(CHUNK, b"\0") * 2
    after = live(*(BufferArea(BASE + (9 - 4 * n) * CHUNK, changed, path=f"/{n}") for n in range(3)))
    whole = diff(before, after, by).changes
    polls = iter([False] * stops + [True])
    first = diff(before, after, by, watch=Watch(lambda: next(polls, False)))
    rest = () if first.stopped is None else diff(before, after, by, start=first.stopped).changes
    assert bytes_told((*first.changes, *rest)) == bytes_told(whole)


def bytes_told(changes: tuple[MemoryChange, ...]) -> dict[tuple[str, int], int]:
    """How often each chunk is told, by its kind of change."""
    places = ((each.change, place) for each in changes for place in range(each.start, each.end, CHUNK))
    return Counter(places)


def test_it_tells_how_far_it_is_and_how_much_differs() -> None:
    before, after = image_of((BASE, bytes(3 * CHUNK))), image_of((BASE, b"x" + bytes(3 * CHUNK - 1)))
    heard: list[Progress] = []
    diff(before, after, watch=Watch(show=heard.append))
    assert heard == [
        Progress(0, 3 * CHUNK, 0, "difference"),
        Progress(CHUNK, 3 * CHUNK, 1, "difference"),
        Progress(2 * CHUNK, 3 * CHUNK, 1, "difference"),
    ]


def test_an_area_that_only_one_side_chooses_is_compared_with_its_like() -> None:
    """Of two runs, an address chooses an area of one of them."""
    before, after = (
        live(BufferArea(base, data, path="/f")) for base, data in ((BASE, b"abcd"), (BASE + PAGE, b"abXd"))
    )
    changes = diff(before, after, "file", select=lambda area: area.start == BASE + PAGE).changes
    assert [(each.change, each.start) for each in changes] == [("changed", BASE + PAGE + 2)]


def test_another_way_of_matching_is_refused() -> None:
    with pytest.raises(InvalidArgument):
        diff(Image(), Image(), by="name")


contents = st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=24)), max_size=5)


@given(one=contents, other=contents)
def test_each_address_is_told_right(one: list[tuple[int, bytes]], other: list[tuple[int, bytes]]) -> None:
    before, after = (
        {place: byte for start, data in pieces for place, byte in enumerate(data, start)}
        for pieces in (one, other)
    )
    result = diff(image_of(*one), image_of(*other))
    places: dict[str, set[int]] = {"added": set(), "removed": set(), "changed": set(), "altered": set()}
    for change in result.changes:
        places[change.change].update(range(change.start, change.end))
        if change.change == "changed":
            assert change.before == bytes(before[place] for place in range(change.start, change.end))
            assert change.after == bytes(after[place] for place in range(change.start, change.end))
    assert places["added"] == after.keys() - before.keys()
    assert places["removed"] == before.keys() - after.keys()
    differing = {place for place in before.keys() & after.keys() if before[place] != after[place]}
    assert differing <= places["changed"]
    for place in places["changed"] - differing:
        # Joined in: there is a difference shortly before and shortly after it.
        assert differing & set(range(place - JOIN, place))
        assert differing & set(range(place, place + JOIN + 1))
    assert result.coverage.size == len(before.keys() | after.keys())


# --- snapshots


def snapshot_of(target: Target, store: PageStore, threads: tuple[ThreadState, ...] = ()) -> Snapshot:
    areas = target.listers[0].areas()
    return take_snapshot(
        None,
        [each for each in areas if each.path not in ("[vvar]", "[vvar_vclock]", "[vsyscall]")],
        target.readers[0],
        store,
        Circumstances(AreaMap(areas), target.arch, pid=target.pid, threads=threads),
        untouched=target.untouched,
        absent=target.absent,
    )


def test_pages_that_two_snapshots_share_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    store = PageStore()
    data = bytes(range(256)) * 64
    before, after = (snapshot_of(buffer_target([(BASE, data, "rw-p")]), store) for _ in range(2))

    def refuse(_snapshot: Snapshot, _address: int, _buffer: memoryview) -> int:
        raise AssertionError("equal pages were read")

    monkeypatch.setattr(Snapshot, "read_into", refuse)
    result = diff(before, after)
    assert result.changes == ()
    assert result.coverage.searched == len(data)


def test_never_touched_memory_of_the_inferior_is_not_read() -> None:
    data = b"x" * PAGE + bytes(3 * PAGE)
    before = snapshot_of(buffer_target([(BASE, data, "rw-p")]), PageStore())
    target = buffer_target([(BASE, data, "rw-p")], untouched=[(BASE + PAGE, BASE + 4 * PAGE)])

    reader = Reader(target.readers[0])
    after = LiveSide(target.listers[0].areas(), reader, untouched=target.untouched)
    result = diff(before, after)
    assert result.changes == ()
    assert all(asked.end <= BASE + PAGE for asked in reader.asked), "never-touched memory was read"
    assert (result.coverage.searched, result.coverage.never_touched) == (PAGE, 3 * PAGE)


def test_what_a_snapshot_could_not_take_is_unreadable_and_not_left_out() -> None:
    piece = BufferArea(BASE, b"a" * 4 * PAGE)
    target = buffer_target([piece], unreadable=[(BASE + PAGE, BASE + 2 * PAGE)])
    areas = target.listers[0].areas()
    snapshot = take_snapshot(None, areas, target.readers[0], PageStore(), Circumstances(AreaMap(areas)))
    for a, b in ((snapshot, live(piece)), (live(piece), snapshot), (snapshot, snapshot)):
        result = diff(a, b)
        assert result.changes == ()
        assert result.coverage.unreadable == (Unreadable(BASE + PAGE, BASE + 2 * PAGE, "unreadable"),)
        assert (result.coverage.searched, result.coverage.left_out) == (3 * PAGE, 0)


def test_what_no_side_may_read_is_unreadable_for_that_reason() -> None:
    piece = BufferArea(BASE, b"a" * PAGE, "---p")
    result = diff(live(piece, absent=[(BASE, BASE + PAGE)]), live(piece, absent=[(BASE, BASE + PAGE)]))
    assert result.coverage.unreadable == (Unreadable(BASE, BASE + PAGE, "no read permission"),)


@pytest.mark.parametrize("first", [True, False])
def test_what_a_dump_left_out_is_absent_whichever_side_it_is(first: bool) -> None:
    piece = BufferArea(BASE, b"a" * 2 * PAGE)
    sides = [live(piece, absent=[(BASE, BASE + PAGE)]), live(piece)]
    result = diff(*(sides if first else sides[::-1]))
    assert result.coverage.unreadable == (Unreadable(BASE, BASE + PAGE, "absent"),)


def test_what_a_snapshot_left_out_is_no_change() -> None:
    pieces = [BufferArea(BASE, b"aaaa"), BufferArea(BASE + 16, b"bbbb")]
    target = buffer_target(pieces)
    areas = target.listers[0].areas()
    snapshot = take_snapshot(None, areas[:1], target.readers[0], PageStore(), Circumstances(AreaMap(areas)))
    result = diff(snapshot, live(pieces[0], pieces[1]._replace(content=b"cccc")))
    assert result.changes == ()
    assert result.coverage.left_out == 4


# --- by file


def loaded(base: int, heap: int, data: bytes) -> LiveSide:
    return live(
        BufferArea(base, b"code" * 4, "r-xp", "/bin/p"),
        BufferArea(base + 0x1000, data, "rw-p", "/bin/p", 0x1000),
        BufferArea(heap, b"heap" * 4, "rw-p", "[heap]"),
    )


def word(value: int) -> bytes:
    return value.to_bytes(8, "little")


def test_files_are_compared_wherever_they_were_loaded() -> None:
    before, after = loaded(0x10000, 0x40000, b"0123"), loaded(0x55000, 0x90000, b"01x3")
    (change,) = diff(before, after, by="file").changes
    assert (change.change, change.start, change.start_before) == ("changed", 0x56002, 0x11002)
    assert (change.before, change.after, change.file_offset) == (b"2", b"x", 0x1002)


def test_pointers_to_the_same_place_are_equal() -> None:
    before = loaded(0x10000, 0x40000, word(0x10004) + word(0x40008) + word(0x11000))
    after = loaded(0x55000, 0x90000, word(0x55004) + word(0x90008) + word(0x56008))
    (change,) = diff(before, after, by="file").changes
    assert (change.start, change.end) == (0x56010, 0x56013)  # the last one points elsewhere


def test_tags_of_pointers_to_the_same_place_are_no_difference() -> None:
    """HWASan, MTE and signatures give each run its own; without tags the same words differ."""
    tags, signature = (0x0B << 56, 0xF4 << 56), 0x2D << 48
    here = [word(tags[0] | 0x10004) + word(0x40008) + word(tags[0] | 0x11000)]
    here.append(word(tags[1] | 0x55004) + word(signature | 0x90008) + word(tags[0] | 0x56008))
    runs = [loaded(0x10000, 0x40000, here[0]), loaded(0x55000, 0x90000, here[1])]
    arch = Arch(ignored_bits=AARCH64_IGNORED | 0x7F << 48)
    (change,) = diff(*runs, by="file", arch=arch).changes
    assert (change.start, change.end) == (0x56010, 0x56013)  # the last one points elsewhere
    assert diff(*runs, by="file").changes[0].start < 0x56008


def test_a_file_that_only_one_run_has_is_told() -> None:
    before = live(
        BufferArea(0x10000, b"code", "r-xp", "/bin/p"), BufferArea(0x20000, b"old", "r--p", "/lib/old")
    )
    after = live(
        BufferArea(0x30000, b"code", "r-xp", "/bin/p"), BufferArea(0x90000, b"new", "r--p", "/lib/new")
    )
    changes = diff(before, after, by="file").changes
    assert [(each.change, each.start, each.path) for each in changes] == [
        ("removed", 0x20000, "/lib/old"),
        ("added", 0x90000, "/lib/new"),
    ]


def test_what_the_kernel_chose_has_a_note() -> None:
    """Its random bytes, and the process's identifier wherever that is kept."""
    runs = []
    for base, pid, random in (
        (BASE, 0x12345, bytes(range(1, 17))),
        (BASE + 4 * PAGE, 0x12346, bytes(range(101, 117))),
    ):
        data = pid.to_bytes(4, "little") + bytes(60) + random + bytes(64) + bytes([pid & 0xFF])
        target = buffer_target([BufferArea(base, data, path="/bin/it")])
        execution = Execution(pid, None, {AT_RANDOM: base + 64})
        runs.append(LiveSide(target.listers[0].areas(), target.readers[0], execution=execution))
    changes = diff(*runs, "file").changes
    places = [(change.start - BASE - 4 * PAGE, change.note) for change in changes]
    assert places == [(0, IDENTIFIER), (64, RANDOM_BYTES), (144, None)]


def test_growth_of_the_heap_is_told() -> None:
    before = live(BufferArea(0x40000, b"heap" * 4, "rw-p", "[heap]"))
    after = live(BufferArea(0x70000, b"heap" * 5, "rw-p", "[heap]"))
    (change,) = diff(before, after, by="file").changes
    assert (change.change, change.start, change.end) == ("added", 0x70010, 0x70014)


def stack(end: int, pointer: int | None, frames: bytes) -> LiveSide:
    target = buffer_target(
        [BufferArea(end - 0x1000, bytes(0x1000 - len(frames)) + frames, "rw-p", "[stack]")]
    )
    return LiveSide(target.listers[0].areas(), target.readers[0], execution=Execution(stack_pointer=pointer))


def test_stacks_are_compared_from_their_stack_pointers_on() -> None:
    before = stack(0x9000, 0x8F00, b"frames".ljust(0x100))
    after = stack(0x7000, 0x6F80, b"framed".ljust(0x80))
    (change,) = diff(before, after, by="file").changes
    assert (change.start, change.before, change.after) == (0x6F85, b"s", b"d")


def test_stacks_without_a_stack_pointer_are_left_out() -> None:
    result = diff(stack(0x9000, None, b"a"), stack(0x7000, 0x6FF0, b"b"), by="file")
    assert result.changes == ()
    assert result.coverage.left_out == 0x1000


# --- real processes

PROGRAM = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
long counter = 1;
long *pointers[] = {&counter, &counter};
static char untouched[100000];
int main(void) {
    char line[128], *block = malloc(1000);
    memset(block, 'a', 1000);
    /* Without streams, which keep buffers and notes of their own in memory. */
    int size = snprintf(line, sizeof line, "{\"counter\": %lu, \"block\": %lu}\n", (unsigned long)&counter,
                        (unsigned long)block);
    if (write(1, line, size) != size) return 1;
    while (read(0, line, sizeof line) > 0) {
        if (line[0] == 's') {
            counter += 0x1111;
            memset(block + 500, 'b', 8);
        }
        if (write(1, "{}\n", 3) != 3) return 1;
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def program(build_dir: Path) -> Path:
    return compile_c(PROGRAM, build_dir)


@pytest.fixture
def child(program: Path) -> Iterator[Child]:
    with Child(program) as child:
        # The kernel keeps the number of the processor in the process's memory (rseq(2)).
        os.sched_setaffinity(child.pid, {min(os.sched_getaffinity(0))})
        yield child


def test_a_step_of_a_process_changes_exactly_what_it_writes(child: Child) -> None:
    target = process_target(child.pid)
    child.tell("nothing")
    before = snapshot_of(target, PageStore())
    child.tell("step")
    after = LiveSide(target.listers[0].areas(), target.readers[0], untouched=target.untouched)
    changes = [each for each in diff(before, after).changes if each.path != "[stack]"]
    counter, block = child.facts["counter"], child.facts["block"]
    assert [(each.start, each.before, each.after) for each in changes] == [
        (counter, b"\x01\x00", b"\x12\x11"),
        (block + 500, b"aaaaaaaa", b"bbbbbbbb"),
    ]


def test_two_runs_differ_only_in_what_they_did(program: Path) -> None:
    store, snapshots, facts = PageStore(), [], []
    for commands in (["nothing"], ["step"]):
        with Child(program) as child:
            for command in commands:
                child.tell(command)
            snapshots.append(snapshot_of(process_target(child.pid), store))
            facts.append(child.facts)
    result = diff(*snapshots, by="file", select=is_of_program)
    assert [(each.start, each.start_before) for each in result.changes] == [
        (facts[1]["counter"], facts[0]["counter"]),
        (facts[1]["block"] + 500, facts[0]["block"] + 500),
    ]


def is_of_program(area: Area) -> bool:
    path: str | None = area.path
    return bool(path) and ("program" in path or path == "[heap]")
