"""LLDB's processes as inferiors: one each, reached by the way that is proven, and never stale."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.altered_minidumps import LINUX_MAPS, announce_more, drop_stream
from support.children import Child
from support.compile import compile_c
from support.debuggers import find_gdb
from support.servers import gdb_server, lldb_server
from support.session import Session
from support.sessions import LldbSession
from support.targets import write_mapped_file

IMPORT = "from ptatlas.lldbext import inferior; import ptatlas.lldbext.debugger"
BREAK = "breakpoint set --name ptatlas_ready"
LAUNCH = "process launch --stdin /dev/null --stdout /dev/null"


@pytest.fixture
def session(start_lldb: Callable[..., Session]) -> Session:
    """LLDB with ptatlas, whose commands wait until the process has stopped."""
    return prepared(start_lldb())


def prepared(running: Session) -> Session:
    running.load_ptatlas()
    running.run_python(IMPORT)
    running.run_python("lldb.debugger.SetAsync(False)")
    return running


def ask(session: Session, expression: str):
    """A Python expression's value."""
    return json.loads(session.run_python(f"import json; print(json.dumps({expression}))"))


def maps(session: Session):
    return json.loads(session.run("pt-maps --json"))


# --- one process, one inferior ---------------------------------------------------------------------


def test_a_process_keeps_its_inferior(session, areas_child):
    session.attach(areas_child.pid)
    session.run_python("first = inferior()")
    assert ask(session, "first is inferior()")
    assert ask(session, "first is inferior(lldb.debugger.GetSelectedTarget().GetProcess())")


def test_two_targets_at_once_are_two_inferiors(session, areas_program):
    with Child(areas_program) as one, Child(areas_program) as other:
        session.attach(one.pid)
        session.run_python("first = inferior()")
        session.run("target create --no-dependents ''")
        session.attach(other.pid)
        assert ask(session, "[first.pid, inferior().pid]") == [one.pid, other.pid]
        assert maps(session)["pid"] == other.pid
        session.run("target select 0")
        assert maps(session)["pid"] == one.pid
        assert ask(session, "inferior() is first")
        session.detach()
        session.run("target select 1")
        assert maps(session)["pid"] == other.pid
        session.detach()


def test_a_process_that_runs_again_is_another_inferior(start_lldb, areas_program):
    session = prepared(start_lldb(areas_program))
    session.run(BREAK)
    session.run(LAUNCH)
    session.run_python("first = inferior()")
    session.kill()
    assert "no process" in session.run("pt-maps")
    session.run(LAUNCH)
    assert ask(session, "inferior() is not first and inferior().pid != first.pid")


def test_without_a_process_there_is_no_inferior(session):
    answer = session.run_python("inferior()")
    assert answer.splitlines()[-1].startswith("ptatlas.core.errors.AtlasError: no process")


def test_a_process_that_becomes_another_program_is_another_inferior(start_lldb, areas_program, build_dir):
    program = compile_c(
        f"""
        #include <unistd.h>
        int main(void) {{ return execl("{areas_program}", "areas", (char *)0); }}
        """,
        build_dir,
    )
    session = prepared(start_lldb(program))
    session.run("breakpoint set --name main")
    session.run(LAUNCH)
    session.run_python("first = inferior()")
    pid, name = ask(session, "[first.pid, first.target.name]")
    session.run(BREAK)
    session.run("process continue")
    while "ptatlas_ready" not in session.run("thread backtrace"):
        session.run("process continue")
    assert ask(session, "[inferior().pid, inferior().target.name]") == [pid, areas_program.name]
    assert name == program.name


def test_a_running_process_is_not_looked_at(session, areas_child):
    session.attach(areas_child.pid)
    session.run_python("lldb.debugger.SetAsync(True)")
    session.run("process continue")
    assert "pt-maps: the process is running; interrupt it first" in session.run("pt-maps")


# --- never stale -----------------------------------------------------------------------------------


def test_while_nothing_runs_the_map_is_not_read_again(session, areas_child):
    session.attach(areas_child.pid)
    session.run_python("held = inferior()")
    assert ask(session, "held.areas is held.areas")


def test_memory_that_lldb_maps_by_itself_is_seen(session, areas_child):
    session.attach(areas_child.pid)
    session.run_python("held = inferior(); before = len(held.areas)")
    session.run("expression 1 + 1")
    assert ask(session, "len(held.areas) > before")


def test_a_call_into_the_process_is_noticed(session, areas_child):
    session.attach(areas_child.pid)
    session.run_python("held = inferior(); generation = held.generation")
    session.run("expression (void *)malloc(64 << 20)")
    assert ask(session, "held.generation > generation")


def test_the_generation_stands_while_the_map_does(start_lldb, areas_program):
    session = prepared(start_lldb(areas_program))
    session.run(BREAK)
    session.run(LAUNCH)
    generation = maps(session)["generation"]
    session.run("thread step-inst")
    assert maps(session)["generation"] == generation


FUNCTION = "inferior().target.evaluator.integer('ptatlas_ready')"


def test_breakpoints_are_hidden_however_late_they_come(start_lldb, areas_program):
    session = prepared(start_lldb(areas_program))
    session.run("breakpoint set --name main")
    session.run(LAUNCH)
    session.run_python(f"held = inferior(); at = {FUNCTION}; code = held.memory.read(at, 64)")
    assert ask(session, "held.memory.source") == "procfs"
    session.run(BREAK)
    session.run_python(
        "file = open(f'/proc/{held.pid}/mem', 'rb', 0); _ = file.seek(at); truly = file.read(64)"
    )
    assert ask(session, "truly != code"), "LLDB inserts breakpoints at once; otherwise this proves nothing"
    assert ask(session, "held.memory.read(at, 64) == code")
    session.run("breakpoint delete --force")
    assert ask(session, "held.memory.read(at, 64) == code")


def test_what_the_user_writes_beside_a_breakpoint_is_seen_by_the_next_command(start_lldb, areas_program):
    session = prepared(start_lldb(areas_program))
    session.run(BREAK)
    session.run(LAUNCH)
    session.run_python(f"at = {FUNCTION} + 32; before = inferior().memory.read(at, 1)[0]")
    session.run_python("process = lldb.debugger.GetSelectedTarget().GetProcess()")
    session.run_python("_ = process.WriteMemory(at, bytes([before ^ 255]), lldb.SBError())")
    assert ask(session, "inferior().memory.read(at, 1)[0] == before ^ 255")


# --- over LLDB's own API ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def far_child(areas_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """An areas child for all tests that leave it as it is."""
    with Child(areas_program, write_mapped_file(tmp_path_factory.mktemp("far"))) as child:
        yield child


@pytest.fixture(scope="module")
def remote(far_child: Child) -> Iterator[Session]:
    """That child behind a server that this LLDB has not started."""
    with (
        lldb_server(far_child.pid) as connect,
        LldbSession.start() as lldb,
    ):
        prepared(lldb).run(connect)
        yield lldb
        lldb.detach()


def test_what_lldb_cannot_tell_is_not_made_up(remote, far_child):
    document = maps(remote)
    assert (document["source"], document["pid"]) == ("lldb", far_child.pid)
    area = next(one for one in document["areas"] if one["path"] == "[stack]")
    assert (area["perms"], area["offset"]) == ("rw-?", None)
    nameless = [one for one in document["areas"] if one["path"] == ""]
    assert nameless


def test_the_areas_are_those_of_the_kernel_that_allow_anything(remote, far_child):
    told = [(one["start"][2:], one["end"][2:], one["perms"][:3]) for one in maps(remote)["areas"]]
    lines = Path(f"/proc/{far_child.pid}/maps").read_text().splitlines()
    areas = [line.replace("-", " ", 1).split()[:3] for line in lines]
    # LLDB tells areas without access like what isn't mapped.
    assert told == [(start.lstrip("0"), end, perms[:3]) for start, end, perms in areas if perms[:3] != "---"]


@pytest.mark.parametrize("size", [1, 100, 4096, 3 * 4096, 1 << 20])
def test_reading_ends_at_the_first_byte_that_is_missing(remote, far_child, size):
    start, missing = far_child.place("file").address, far_child.place("beyond_file").address
    remote.run_python(f"held = inferior(); buffer = memoryview(bytearray({size}))")
    assert ask(remote, f"held.memory.read_into({missing - 50}, buffer)") == min(size, 50)
    assert ask(remote, f"held.memory.read_into({start}, buffer)") == min(size, missing - start)
    assert ask(remote, f"held.memory.read_into({missing}, buffer)") == 0


def test_nothing_is_read_at_either_end_of_the_address_space(remote):
    remote.run_python("held = inferior(); buffer = bytearray(8192)")
    assert ask(remote, "held.memory.read_into(0, memoryview(buffer))") == 0
    assert ask(remote, "held.memory.read_into(2**64 - 1, memoryview(buffer))") == 0
    assert ask(remote, "held.memory.read_into(2**64 - 8192, memoryview(buffer))") == 0


def test_a_large_read_leaves_lldbs_cache_as_it_was_set(remote, far_child):
    place = far_child.place("pattern")
    show = "settings show target.process.disable-memory-cache"
    before = remote.run(show)
    remote.run_python(f"content = inferior().memory.read({place.address}, {place.size})")
    numbers = "b''.join((n * 2654435761 % 2**32).to_bytes(4, 'little') for n in range(len(content) // 4))"
    assert ask(remote, f"content == {numbers}")
    assert remote.run(show) == before


def kernel_offsets(pid: int, *names: str) -> dict[int, int]:
    """Where in its file each area of these files begins, by where the area does."""
    lines = [line.split(None, 5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    files = [line for line in lines if len(line) == 6 and Path(line[5]).name.startswith(names)]
    return {int(line[0].split("-")[0], 16): int(line[2], 16) for line in files}


def told_offsets(document, *names: str) -> dict[int, int | None]:
    files = [one for one in document["areas"] if Path(one["path"] or "").name.startswith(names)]
    return {int(one["start"], 16): one["offset"] for one in files}


def test_offsets_in_files_are_by_where_lldb_has_placed_them(remote, far_child, areas_program):
    names = areas_program.name, "libc.so", "ld-linux"
    assert told_offsets(maps(remote), *names) == kernel_offsets(far_child.pid, *names)
    remote.run("pt-image load im")
    checked = json.loads(remote.run("pt-image check --json"))
    assert checked["coverage"]["searched"] > far_child.facts["page_size"]
    assert checked["ranges"] == []


def test_a_find_goes_over_the_api_too(remote, far_child):
    document = json.loads(remote.run("pt-find ptatlas-after-needle --max-size 1M --json"))
    assert [int(hit["address"], 16) for hit in document["hits"]] == [far_child.place("after_hole").address]
    assert document["source"] == "lldb"


# --- over a server that describes no memory ----------------------------------------------------------


@pytest.fixture(scope="module")
def unmapped(areas_program: Path) -> Iterator[tuple[Session, Child]]:
    """A child behind GDB's server, which does not tell LLDB of memory."""
    with (
        Child(areas_program) as child,
        LldbSession.start(areas_program) as session,
        gdb_server(child.pid) as port,
    ):
        prepared(session).run(f"gdb-remote localhost:{port}")
        yield session, child
        session.detach()


def test_a_map_that_the_server_does_not_tell_is_that_of_the_process_here(unmapped):
    session, child = unmapped
    document = maps(session)
    assert (document["source"], document["pid"]) == ("procfs", child.pid)
    assert "problems" not in document
    told = [(area["start"][2:], area["end"][2:], area["perms"]) for area in document["areas"]]
    lines = Path(f"/proc/{child.pid}/maps").read_text().splitlines()
    areas = [line.replace("-", " ", 1).split()[:3] for line in lines]
    assert told == [(start.lstrip("0"), end.lstrip("0"), perms) for start, end, perms in areas]


def test_without_a_map_memory_is_read_all_the_same(unmapped):
    session, child = unmapped
    place = child.place("heap")
    session.run_python(f"content = inferior().memory.read({place.address}, {place.size})")
    assert ask(session, "content.decode()") == "ptatlas-heap-needle"


# --- what was saved --------------------------------------------------------------------------------


@pytest.fixture
def saved(session: Session, areas_program: Path, tmp_path: Path) -> tuple[Path, Child, dict[int, int]]:
    """A process of the areas program as LLDB saves it, with the offsets of the program's areas."""
    path = tmp_path / "saved"
    # No file shorter than its mapping: above such a one, LLDB 22 saves everything in wrong places.
    with Child(areas_program) as child:
        child.tell("unmap reserved")
        session.attach(child.pid)
        session.run(f"process save-core --style full {path}")
        offsets = kernel_offsets(child.pid, areas_program.name)
        session.detach()
    return path, child, offsets


def test_what_lldb_saves_by_default_is_no_elf_core_and_is_read_over_the_api(session, saved, areas_program):
    path, child, offsets = saved
    session.run(f"target create --core {path}")
    document = json.loads(session.run("pt-find ptatlas-border-needle --json"))
    assert [int(hit["address"], 16) for hit in document["hits"]] == [child.place("border").address]
    listed = maps(session)
    assert document["source"] == listed["source"] == "lldb"
    assert told_offsets(listed, areas_program.name) == offsets
    assert "problems" not in listed


def test_a_minidump_that_tells_no_protections_is_searched_and_files_are_known(session, saved, areas_program):
    path, child, offsets = saved
    drop_stream(path, LINUX_MAPS)
    session.run(f"target create --core {path}")
    listed = maps(session)
    assert {area["perms"] for area in listed["areas"]} == {"r???"}
    assert told_offsets(listed, areas_program.name) == offsets
    unnamed = next(
        area for area in listed["areas"] if int(area["start"], 16) <= child.place("border").address
    )
    assert (unnamed["path"], unnamed["kind"]) != ("", "anon")
    document = json.loads(session.run("pt-find ptatlas-border-needle --json"))
    assert [int(hit["address"], 16) for hit in document["hits"]] == [child.place("border").address]
    checked = json.loads(session.run("pt-image check --json"))
    assert checked["ranges"] == []
    assert checked["coverage"]["searched"] > 0


def test_a_minidump_that_lacks_what_it_lists_is_told_in_each_answer(session, saved, areas_program):
    path, _, _ = saved
    announce_more(path)
    session.run(f"target create --core {path}")
    (problem,) = maps(session)["problems"]
    assert problem.startswith("4096 bytes of the memory that the minidump lists are not in it")
    assert json.loads(session.run("pt-find ptatlas-border-needle --json"))["problems"] == [problem]


@pytest.fixture
def core(areas_child: Child, tmp_path: Path) -> Path:
    """A core file of the child, made by GDB."""
    areas_child.tell("unmap reserved")  # a gigabyte, for searches only
    path = tmp_path / "core"
    options = ["-q", "-nx", "-batch", "-p", str(areas_child.pid), "-ex", f"generate-core-file {path}"]
    subprocess.run([find_gdb().path, *options], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return path


def test_the_core_of_a_process_that_lives_on_is_no_live_process(session, areas_child, core):
    session.attach(areas_child.pid)
    session.run(f"target create --core {core}")
    assert [maps(session)[key] for key in ("source", "pid")] == ["core", areas_child.pid]
    session.run("target select 0")
    assert [maps(session)[key] for key in ("source", "pid")] == ["procfs", areas_child.pid]
    session.detach()


def test_a_core_that_is_no_longer_there_is_read_over_the_api(session, core):
    session.run(f"target create --core {core}")
    core.unlink()
    assert maps(session)["source"] == "lldb"
