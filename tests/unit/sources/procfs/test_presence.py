"""The presence of a process: it has its memory, and the debugger that it had."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.presence import ProcessPresence
from support.tracing import let_go, seize


def presence(pid: int) -> ProcessPresence:
    process = ProcessHandle(pid)
    process.elect()
    return ProcessPresence(process)


def test_a_process_that_lives_is_there(odd):
    presence(odd.pid).check()


def test_a_process_is_there_while_any_of_its_threads_is(leaderless):
    ProcessPresence(ProcessHandle(leaderless.pid)).check()
    presence(leaderless.pid).check()


def test_a_killed_process_is_gone_before_its_parent_knows(own_child):
    known = presence(own_child.pid)
    own_child.crash()
    assert os.path.exists(f"/proc/{own_child.pid}")
    with pytest.raises(SourceError, match=f"process {own_child.pid}: the process is gone"):
        known.check()


def test_a_process_that_nobody_remembers_is_gone(own_child):
    known = presence(own_child.pid)
    own_child.kill()
    with pytest.raises(SourceError, match="gone"):
        known.check()


def test_a_process_that_lost_its_debugger_is_out_of_reach(own_child):
    assert seize(own_child.pid) == 0
    known = presence(own_child.pid)
    known.check()
    let_go(own_child.pid)
    with pytest.raises(SourceError, match="the debugger has lost it"):
        known.check()
