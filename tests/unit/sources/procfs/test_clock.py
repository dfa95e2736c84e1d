"""Whether a process may have run: without a debugger, from the kernel's counts."""

from __future__ import annotations

import os

from ptatlas.core.sources.procfs.clock import ProcessClock
from ptatlas.core.sources.procfs.handle import ProcessHandle
from support.proc_folder import ProcFolder


def clock_of(pid):
    return ProcessClock(ProcessHandle(pid))


def test_it_stands_still_while_nothing_runs(odd):
    clock = clock_of(odd.pid)
    assert clock.now() == clock.now()


def test_it_moves_when_the_process_has_run(own_child, rest):
    clock = clock_of(own_child.pid)
    before = clock.now()
    own_child.tell("touch sparse 0")
    rest(own_child.pid)
    assert clock.now() != before


def test_it_never_stands_still_for_a_process_that_runs():
    clock = clock_of(os.getpid())
    assert clock.now() != clock.now()


def test_it_never_stands_still_for_a_process_that_is_gone(dead_pid):
    clock = clock_of(dead_pid)
    assert clock.now() != clock.now()


def test_it_never_stands_still_where_the_kernel_counts_no_switches(tmp_path):
    """Such as gVisor's."""
    process = ProcFolder(tmp_path / "7").holding("task/7/status", b"Name:\ta\nState:\tS (sleeping)\n")
    clock = ProcessClock(process)
    assert clock.now() != clock.now()


def test_it_stands_still_where_the_kernel_counts_them(tmp_path):
    text = b"Name:\ta\nState:\tS (sleeping)\nvoluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t2\n"
    clock = ProcessClock(ProcFolder(tmp_path / "7").holding("task/7/status", text))
    assert clock.now() == clock.now()


def test_what_it_says_is_a_number_however_many_threads_there_are(tmp_path):
    """What is kept by it is compared area by area: a value of each thread would make that a product."""
    text = b"Name:\ta\nState:\tS (sleeping)\nvoluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t2\n"
    clock = ProcessClock(ProcFolder(tmp_path / "7").holding("task/7/status", text))
    assert isinstance(clock.now(), int)
