"""Children that these tests look at."""

from __future__ import annotations

import os

import pytest
from support.children import Child, ChildError
from support.compile import PROGRAMS, compile_c
from support.resting import wait_until_resting


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return compile_c(PROGRAMS / "odd_areas.c", tmp_path_factory.mktemp("programs"), "-pthread")


@pytest.fixture(scope="module")
def odd(program, tmp_path_factory):
    """A child for a whole module, at rest; see tests/programs/odd_areas.c. Tests leave it as it is."""
    with Child(program, tmp_path_factory.mktemp("mapped")) as child:
        wait_until_resting(child.pid)
        yield child


@pytest.fixture(scope="module")
def leaderless(program, tmp_path_factory):
    """The same, with its main thread ended."""
    with Child(program, tmp_path_factory.mktemp("mapped"), "leaderless") as child:
        wait_until_resting(child.pid)
        yield child


@pytest.fixture
def own_child(program, tmp_path):
    """A child that a test may change or end."""
    with Child(program, tmp_path) as child:
        wait_until_resting(child.pid)
        yield child


@pytest.fixture(scope="module")
def filled_in(tmp_path_factory):
    """A child with memory that userfaultfd is to fill in, and never does; see tests/programs/filled_in.c."""
    program = compile_c(PROGRAMS / "filled_in.c", tmp_path_factory.mktemp("programs"), "-pthread")
    try:
        child = Child(program)
    except ChildError as error:
        pytest.skip(f"the kernel refuses userfaultfd: {error}")
    with child:
        wait_until_resting(child.pid)
        yield child


@pytest.fixture
def rest():
    """The function that waits until a process rests."""
    return wait_until_resting


@pytest.fixture
def dead_pid():
    """The identifier of a process that has ended and was reaped."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid
