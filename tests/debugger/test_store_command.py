"""Stores in interactive GDB and LLDB sessions: what one keeps, the other has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.asking import BREAK, CONTINUE, run_json
from support.compile import PROGRAMS, compile_c
from support.disks import small_tmpfs
from support.session import Session
from support.sessions import GdbSession, LldbSession

BOTH = [GdbSession, LldbSession]
NAMES = ["GDB", "LLDB"]
START = {"gdb": "run", "lldb": "process launch"}


@pytest.fixture
def program(build_dir: Path) -> Path:
    return compile_c(PROGRAMS / "changes.c", build_dir)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.store"


def loaded(debugger: type[Session], program: Path) -> Session:
    """A session with ptatlas, stopped in ready() of a new run."""
    session = debugger.start(program)
    session.load_ptatlas()
    session.run(BREAK[session.name].format("ready"))
    session.send_line(START[session.name])
    session.wait_for_prompt()
    return session


@pytest.mark.parametrize("reader", BOTH, ids=[f"read in {name}" for name in NAMES])
@pytest.mark.parametrize("writer", BOTH, ids=[f"taken in {name}" for name in NAMES])
def test_a_snapshot_of_one_session_is_compared_with_the_run_of_the_next(program, path, writer, reader):
    with loaded(writer, program) as session:
        session.run(f"pt-image attach {path}")
        answer = session.run(f"pt-image snapshot before --store {path}")
        assert answer.startswith("before: "), answer
    with loaded(reader, program) as session:
        assert "1 image" in session.run(f"pt-image attach {path}")
        told = {"symbol": "counter", "expected": "29", "actual": "2a"}
        session.run(CONTINUE[session.name])
        ranges = run_json(session, "pt-image diff before live --by file -p w")["ranges"]
        found = [{name: item[name] for name in told} for item in ranges if item["symbol"] == "counter"]
        assert found == [told]
        assert f"{path}: detached" in session.run(f"pt-image detach {path}")


@pytest.mark.parametrize("debugger", BOTH, ids=NAMES)
def test_a_killed_debugger_loses_nothing_that_was_committed(program, path, debugger):
    with loaded(debugger, program) as session:
        session.run(f"pt-image attach {path}")
        session.run(f"pt-image snapshot kept --store {path}")
        bytes_kept = run_json(session, "pt-image read kept &counter 4")["bytes"]
        pid = int(session.run_python("import os; print(os.getpid())"))
        os.kill(pid, 9)
    with loaded(debugger, program) as session:
        document = run_json(session, f"pt-image attach {path}")
        assert [image["name"] for image in document["images"]] == ["kept"]
        assert not document["read_only"]
        assert bytes_kept == "29000000"


@pytest.mark.parametrize("debugger", BOTH, ids=NAMES)
def test_a_debugger_reads_beside_another_that_writes(program, path, debugger):
    with loaded(GdbSession, program) as writer, loaded(debugger, program) as reader:
        writer.run(f"pt-image attach {path}")
        writer.run(f"pt-image snapshot one --store {path}")
        counter = run_json(writer, "pt-maps '&counter'")["at"]["address"]
        assert "read-only: another debugger is writing to it" in reader.run(f"pt-image attach {path}")
        writer.run("pt-image drop one")
        assert run_json(reader, f"pt-image read one {counter} 4")["bytes"] == "29000000"
        assert "read-only" in reader.run(f"pt-image snapshot two --store {path}")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 256 KiB: enough for a store, not for a snapshot."""
    with small_tmpfs(tmp_path / "disk", 256 << 10) as folder:
        yield folder


def goes_on(session: Session, path: Path, why: str) -> None:
    """A snapshot doesn't fit; what was kept before is whole, and smaller things go on being kept."""
    session.run(f"pt-image attach {path}")
    session.run(f"pt-image snapshot small --in '&counter' --store {path}")
    assert why in session.run(f"pt-image snapshot large --store {path}")
    assert [image["name"] for image in run_json(session, "pt-image list")["images"]] == ["small"]
    assert "all of it as it was written" in session.run(f"pt-image store check {path}")
    session.run("pt-image snapshot again -n stack")
    assert run_json(session, "pt-image read small &counter 4")["bytes"] == "29000000"
    session.run(f"pt-image snapshot second --in '&counter' --store {path}")
    assert len(run_json(session, "pt-image list")["images"]) == 3
    assert "detached" in session.run(f"pt-image detach {path}")


@pytest.mark.parametrize("debugger", BOTH, ids=NAMES)
def test_a_full_disk_is_told_and_the_debugger_goes_on(program, small_disk, debugger):
    with loaded(debugger, program) as session:
        goes_on(session, small_disk / "a.store", "No space left on device")


@pytest.mark.parametrize("debugger", BOTH, ids=NAMES)
def test_a_file_size_limit_is_told_and_the_debugger_goes_on(program, path, debugger):
    with loaded(debugger, program) as session:
        limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (262144, 262144))"
        session.run_python(limit)
        goes_on(session, path, "the file size limit is 262144 bytes")


# The signal of Ctrl-C, at the third piece of memory that is put into a store.
INTERRUPTED = (
    "import itertools, os, signal; from ptatlas.core.store.writer import PageWriter as W; write = W.write; "
    "count = itertools.count(); "
    "W.write = lambda *a: (next(count) == 2 and os.kill(os.getpid(), signal.SIGINT), write(*a))[1]"
)


@pytest.mark.parametrize("debugger", BOTH, ids=NAMES)
def test_an_interrupted_snapshot_leaves_the_store_as_it_was(program, path, debugger):
    with loaded(debugger, program) as session:
        session.run(f"pt-image snapshot before --store {path}")
        size = path.stat().st_size
        session.run_python(INTERRUPTED)
        assert "interrupted" in session.run(f"pt-image snapshot after --store {path}")
        assert [image["name"] for image in run_json(session, "pt-image list")["images"]] == ["before"]
        assert path.stat().st_size == size
        assert "all of it as it was written" in session.run(f"pt-image store check {path}")
        session.run(f"pt-image snapshot after --store {path}")
        assert run_json(session, "pt-image diff before after")["ranges"] == []


def test_tab_completes_stores_and_their_images_in_gdb(program, path):
    """LLDB 19 asks no command for its arguments; from LLDB 20 on it does."""
    with loaded(GdbSession, program) as session:
        session.run(f"pt-image attach {path}")
        session.run(f"pt-image snapshot something --store {path}")
        assert session.complete("pt-image show som").line.rstrip() == "pt-image show something"
        completed = session.complete(f"pt-image detach {str(path)[:-3]}").line.rstrip()
        assert completed == f"pt-image detach {path}"
