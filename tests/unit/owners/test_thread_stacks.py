"""Stacks by the threads that run on them."""

from __future__ import annotations

import pytest
from ptatlas.core.owners.owner import KnownThread
from ptatlas.core.ports.threads import Thread, ThreadName
from ptatlas.core.sources.fixed import FixedThreadPointers
from support.mapped import mapped, owners, said

STACKS = """
    7f0000000000-7f0000001000 ---p 00000000 00:00 0
    7f0000001000-7f0000801000 rw-p 00000000 00:00 0
    7f0000801000-7f0000802000 ---p 00000000 00:00 0
    7f0000802000-7f0001002000 rw-p 00000000 00:00 0
    7f0002000000-7f0004000000 rw-p 00000000 00:00 0
    7ffd8906a000-7ffd8908b000 rw-p 00000000 00:00 0 [stack]
"""
FIRST, SECOND, HEAP = 0x7F0000001000, 0x7F0000802000, 0x7F0002000000
NAMES = {
    100: ThreadName(1, "main"),
    101: ThreadName(2, "worker"),
    102: ThreadName(None, "io"),
    103: ThreadName(4),
}
MAIN = Thread(100, 0x7FFD8908A000)


@pytest.mark.parametrize(
    ("threads", "expected"),
    [
        pytest.param(
            [Thread(101, FIRST + 0x1000), Thread(102, SECOND + 0x1000)],
            {FIRST: 'thread 2 "worker", LWP 101', SECOND: 'thread "io", LWP 102'},
            id="each on its own",
        ),
        pytest.param([Thread(103, FIRST)], {FIRST: "thread 4, LWP 103"}, id="a number alone"),
        pytest.param([Thread(104, FIRST)], {FIRST: "LWP 104"}, id="neither number nor name"),
        pytest.param([Thread(101, FIRST - 8)], {FIRST: 'thread 2 "worker", LWP 101'}, id="overflowed"),
        pytest.param([Thread(101, HEAP + 0x1000)], {}, id="a coroutine on a heap: the heap is no stack"),
        pytest.param([Thread(101, None)], {}, id="no stack pointer is known"),
        pytest.param([Thread(101, 0x1000)], {}, id="a stack pointer to nowhere"),
    ],
)
def test_a_stack_is_of_the_threads_that_run_on_it(threads, expected):
    found = owners(mapped(STACKS, threads=[MAIN, *threads], names=NAMES))
    main = found.pop(0x7FFD8906A000)
    assert main.threads == (KnownThread(100, 1, "main"),)
    assert {start: owner.text for start, owner in found.items()} == expected


def test_of_many_threads_on_one_area_some_are_told_and_all_known():
    threads = [Thread(tid, FIRST + tid) for tid in range(200, 210)]
    owner = owners(mapped(STACKS, threads=threads))[FIRST]
    assert owner.text == "LWP 200; LWP 201; LWP 202; and 7 more"
    assert [thread.tid for thread in owner.threads] == list(range(200, 210))


def test_a_stack_without_a_guard_is_proven_by_its_thread_s_data():
    threads = [MAIN, Thread(101, HEAP + 0x1000)]
    pointers = FixedThreadPointers({101: HEAP + 0x1FFF700})
    found = said(mapped(STACKS, threads=threads, names=NAMES, thread_pointers=pointers))
    assert found["7f0002000000"] == 'thread 2 "worker", LWP 101'
