"""Reading fast and still showing what the debugger shows: its breakpoints are never seen."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import SourceError
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.breakpoint_shadow import ShadowedReader

PAGE = 4096
BASE = 0x400000
TRAP = 0xCC


class Debugger:
    """A debugger's side: memory with its traps in it, the original bytes, and a clock that it moves."""

    def __init__(self, size=8 * PAGE, base=BASE, perms="r-xp", unreadable=()):
        self.original = bytes(i % 199 for i in range(size))
        self.base, self.perms, self.unreadable = base, perms, unreadable
        self.traps = set()
        self.ticks = 0
        self.questions = 0

    def now(self):
        return self.ticks

    def target(self, traps):
        content = bytearray(self.original)
        for address in traps:
            content[address - self.base] = TRAP
        return buffer_target([BufferArea(self.base, bytes(content), self.perms)], unreadable=self.unreadable)

    def modified(self, areas):
        """Pages with traps in them are private; here, nothing else has changed a page."""
        self.questions += 1
        pages = {address // PAGE * PAGE for address in self.traps}
        return [Range(p, p + PAGE) for p in sorted(pages) for area in areas if p in area]

    def reader(self, **options):
        """The reader under test; `insert` traps before reading."""
        outer = self

        class There:
            source, thread_safe = "procfs", True

            def read_into(self, address, buffer):
                return outer.target(outer.traps).readers[0].read_into(address, buffer)

        class Shown:
            source, thread_safe = "debugger", False

            def read_into(self, address, buffer):
                assert threading.current_thread() is threading.main_thread()
                return outer.target(()).readers[0].read_into(address, buffer)

        options = {"find_modified": self.modified, "page_size": PAGE, **options}
        return ShadowedReader(There(), Shown(), self.target(()).listers[0], self, **options)


def read(reader, address, size):
    room = bytearray(size)
    return bytes(room[: reader.read_into(address, memoryview(room))])


def in_thread(work):
    """Run on another thread; return what it returns, or the error that it raises."""
    result = []

    def run():
        try:
            result.append(work())
        except SourceError as error:
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return result[0]


@given(
    st.sets(st.integers(BASE, BASE + 8 * PAGE - 1), max_size=6),
    st.integers(BASE, BASE + 8 * PAGE - 1),
    st.integers(1, 4 * PAGE),
)
def test_no_read_ever_sees_a_trap(traps, address, size):
    debugger = Debugger()
    debugger.traps = traps
    expected = debugger.original[address - BASE :][:size]
    assert read(debugger.reader(), address, size) == expected


def test_a_trap_in_the_top_byte_is_hidden_too():
    debugger = Debugger(size=PAGE, base=TOP - PAGE)
    debugger.traps = {TOP - 1}
    assert read(debugger.reader(), TOP - 4, 100) == debugger.original[-4:]


def test_other_threads_read_what_was_prepared():
    debugger = Debugger()
    debugger.traps = {BASE + 5, BASE + PAGE}
    reader = debugger.reader()
    reader.prepare([Range(BASE, BASE + 8 * PAGE)])
    assert in_thread(lambda: read(reader, BASE, 8 * PAGE)) == debugger.original


def test_other_threads_are_refused_what_was_not_prepared():
    debugger = Debugger()
    debugger.traps = {BASE + 5, BASE + 7 * PAGE}
    reader = debugger.reader()
    assert isinstance(in_thread(lambda: read(reader, BASE, 4)), SourceError)
    reader.prepare([Range(BASE, BASE + PAGE)])
    assert in_thread(lambda: read(reader, BASE, PAGE)) == debugger.original[:PAGE]
    assert isinstance(in_thread(lambda: read(reader, BASE + 7 * PAGE, 4)), SourceError)


def test_what_cannot_hold_a_trap_needs_no_comparing():
    debugger = Debugger()
    debugger.traps = {BASE}
    reader = debugger.reader()
    reader.prepare([])
    assert in_thread(lambda: read(reader, BASE + PAGE, PAGE)) == debugger.original[PAGE : 2 * PAGE]


def test_when_the_clock_moves_all_is_compared_anew():
    debugger = Debugger()
    reader = debugger.reader()
    debugger.traps = {BASE + 1}
    assert read(reader, BASE, 3) == debugger.original[:3]
    debugger.traps = {BASE + 2}
    debugger.ticks += 1
    assert read(reader, BASE, 3) == debugger.original[:3]


def test_while_the_clock_stands_nothing_is_asked_again():
    debugger = Debugger()
    reader = debugger.reader()
    for _ in range(5):
        read(reader, BASE, 10)
    assert debugger.questions == 1


def test_a_breakpoint_elsewhere_is_hidden_where_it_is_known():
    debugger = Debugger(perms="rw-p")
    debugger.traps = {BASE + PAGE - 1}
    reader = debugger.reader(find_breakpoints=lambda: [BASE + PAGE - 1])
    assert read(reader, BASE, 2 * PAGE) == debugger.original[: 2 * PAGE]


def test_memory_that_is_not_executable_is_not_compared():
    debugger = Debugger(perms="rw-p")
    debugger.traps = {BASE}
    assert read(debugger.reader(), BASE, 1) == bytes([TRAP])


def test_memory_that_may_be_executable_is_compared():
    debugger = Debugger(perms="rw??")
    debugger.traps = {BASE}
    assert read(debugger.reader(), BASE, 1) == debugger.original[:1]


def test_what_one_of_both_cannot_read_hinders_nothing():
    debugger = Debugger(unreadable=[(BASE + PAGE, BASE + 2 * PAGE)])
    debugger.traps = {BASE, BASE + 2 * PAGE}
    reader = debugger.reader(find_modified=lambda areas: [area.range for area in areas])
    assert read(reader, BASE, 8 * PAGE) == debugger.original[:PAGE]
    assert read(reader, BASE + 2 * PAGE, PAGE) == debugger.original[2 * PAGE : 3 * PAGE]


@pytest.mark.parametrize("size", [0, 1])
def test_a_read_of_nothing_gives_nothing(size):
    assert read(Debugger().reader(), BASE + 8 * PAGE, size) == b""
