"""Processes under /proc: what is said when they are gone, and who speaks for them."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.errors import SourceDenied, SourceError
from ptatlas.core.sources.procfs.handle import ProcessHandle, source_error


@pytest.fixture
def zombie():
    """A process that has ended and waits for its parent to ask."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    yield pid
    os.waitpid(pid, 0)


def test_a_process_that_has_ended_is_gone(dead_pid):
    handle = ProcessHandle(dead_pid)
    for ask in (lambda: handle.read("maps"), handle.elect, handle.tids):
        with pytest.raises(SourceError, match="gone"):
            ask()


def test_a_zombie_is_gone(zombie):
    with pytest.raises(SourceError, match="gone"):
        ProcessHandle(zombie).elect()


def test_the_main_thread_speaks_while_it_lives(odd):
    handle = ProcessHandle(odd.pid)
    handle.elect()
    assert handle.tid == odd.pid
    assert handle.tids() == [odd.pid]


def test_another_thread_speaks_when_the_main_thread_has_ended(leaderless):
    handle = ProcessHandle(leaderless.pid)
    handle.elect()
    assert handle.tids() == [leaderless.pid, handle.tid]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        pytest.param(13, SourceDenied, id="EACCES"),
        pytest.param(1, SourceDenied, id="EPERM"),
        pytest.param(2, SourceError, id="ENOENT"),
        pytest.param(3, SourceError, id="ESRCH"),
        pytest.param(5, SourceError, id="EIO"),
    ],
)
def test_only_a_refusal_is_denied(number, kind):
    assert type(source_error(1, OSError(number, os.strerror(number)))) is kind


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_process_of_somebody_else_is_denied(odd):
    # In a child, because the change of user can't be taken back; it tells by its exit status.
    pid = os.fork()
    if pid == 0:
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        try:
            ProcessHandle(odd.pid).read("maps")
        except SourceDenied:
            os._exit(7)
        finally:
            os._exit(8)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
