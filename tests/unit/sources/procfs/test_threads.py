"""Threads and their stack pointers."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.ports.threads import Thread
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.maps import ProcfsLister
from ptatlas.core.sources.procfs.threads import ProcfsThreads
from support.proc_folder import ProcFolder


def test_a_thread_that_waits_has_a_stack_pointer_below_its_variables(odd):
    (thread,) = ProcfsThreads(ProcessHandle(odd.pid)).threads()
    variables = odd.place("stack").address
    area = next(a for a in ProcfsLister(ProcessHandle(odd.pid)).areas() if variables in a)
    assert thread.tid == odd.pid
    assert area.start <= thread.stack_pointer <= variables


def test_a_thread_that_has_ended_has_none(leaderless):
    first, second = ProcfsThreads(ProcessHandle(leaderless.pid)).threads()
    assert first == Thread(leaderless.pid, None)
    variables = leaderless.place("stack").address
    assert second.stack_pointer <= variables < second.stack_pointer + 65536


def test_a_process_that_is_gone_is_said_to_be(dead_pid):
    with pytest.raises(SourceError, match="gone"):
        ProcfsThreads(ProcessHandle(dead_pid)).threads()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(b"202 0x7f1 0x80 0x7ffd1000 0x7f40\n", (0x7FFD1000, 0x7F40), id="as documented"),
        pytest.param(b"running\n", (None, None), id="running"),
        pytest.param(b"", (None, None), id="empty"),
        pytest.param(b"202 0x7f1 sp pc\n", (None, None), id="no numbers"),
        pytest.param(b"202 0x7f1 0x7ffd1000 0x\n", (None, None), id="cut"),
    ],
)
def test_registers_are_known_where_the_kernel_tells_them(tmp_path, text, found):
    threads = ProcfsThreads(ProcFolder(tmp_path / "7").holding("task/7/syscall", text))
    assert list(threads.threads()) == [Thread(7, *found)]
