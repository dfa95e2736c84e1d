"""The proof that a process is ours to read: who traces it."""

from __future__ import annotations

import os
import signal

import pytest
from ptatlas.core.sources.procfs.tracer import is_traced_by_us
from support.tracing import seize


@pytest.fixture
def sleeper():
    """A child that waits to be killed. It is forked, so that its parent may trace it wherever we run."""
    pid = os.fork()
    if pid == 0:
        signal.pause()
    yield pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def helper(work, *, generations=1):
    """A descendant that runs `work`, then says what that returned and waits for the pipe to close."""
    said, say = os.pipe()
    held, hold = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(hold)
        for _ in range(generations - 1):
            child = os.fork()
            if child:
                os.waitpid(child, 0)
                os._exit(0)
        os.write(say, bytes([work() == 0]))
        os.read(held, 1)
        os._exit(0)
    assert os.read(said, 1) == b"\x01"
    for fd in (said, say, held):
        os.close(fd)
    return pid, hold


def test_a_process_that_nobody_traces_is_not_ours(sleeper):
    assert not is_traced_by_us(sleeper)


def test_a_process_that_we_trace_is_ours(sleeper):
    assert seize(sleeper) == 0
    assert is_traced_by_us(sleeper)


@pytest.mark.parametrize("generations", [1, 3])
def test_a_process_that_a_descendant_of_ours_traces_is_ours(sleeper, generations):
    pid, hold = helper(lambda: seize(sleeper), generations=generations)
    try:
        assert is_traced_by_us(sleeper)
    finally:
        os.close(hold)
        os.waitpid(pid, 0)
    assert not is_traced_by_us(sleeper)


def test_a_process_that_somebody_else_traces_is_not_ours(sleeper):
    # The tracer is our child; for a process that is no ancestor of the tracer, it is somebody else's.
    pid, hold = helper(lambda: seize(sleeper))
    stranger = os.fork()
    if stranger == 0:
        os._exit(is_traced_by_us(sleeper))
    assert os.waitstatus_to_exitcode(os.waitpid(stranger, 0)[1]) == 0
    os.close(hold)
    os.waitpid(pid, 0)


@pytest.mark.parametrize("pid", [0, 1, 4_194_999, -1], ids=["none", "init", "no such process", "negative"])
def test_what_cannot_be_asked_proves_nothing(pid):
    assert not is_traced_by_us(pid)
