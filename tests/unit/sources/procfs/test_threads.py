"""Threads and their stack pointers."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.ports.threads import Thread
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.maps import ProcfsLister
from ptatlas.core.sources.procfs.threads import ProcfsThreads


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
