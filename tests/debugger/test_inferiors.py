"""Several inferiors or targets at once, a process that runs, and one that ends between two commands."""

from __future__ import annotations

import pytest
from support.asking import BREAK, CONTINUE, run_json
from support.children import Child
from support.compile import compile_c

NO_PROCESS = "no process (start one, attach, or open a core file)"
RUNNING = "the process is running; interrupt it first"


@pytest.fixture
def two_children(areas_program, tmp_path):
    """Two running areas programs, each with a page of its own that holds its own text."""
    made = []
    for number in (1, 2):
        child = Child(areas_program)
        place = child.tell("map own 1")
        for offset, byte in enumerate(f"ptatlas-own-{number}".encode()):
            child.tell(f"write own {offset} {byte}")
        made.append((child, place["address"]))
    yield made
    for child, _address in made:
        child.kill()


SECOND = {"gdb": "add-inferior", "lldb": "target create --no-dependents {program}"}
SELECT = {"gdb": "inferior {}", "lldb": "target select {}"}
FIRST_NUMBER = {"gdb": 1, "lldb": 0}


@pytest.fixture
def on_two(two_children, areas_program, start_loaded):
    """A session attached to both, and a function that selects one of them: 0 or 1."""
    session = start_loaded()
    first = FIRST_NUMBER[session.name]
    if session.name == "lldb":
        session.run(f"target create {areas_program}")
    session.attach(two_children[0][0].pid)
    session.run(SECOND[session.name].format(program=areas_program))
    session.run(SELECT[session.name].format(first + 1))
    session.attach(two_children[1][0].pid)
    return session, lambda number: session.run(SELECT[session.name].format(first + number))


def test_each_inferior_has_its_own_map_and_its_own_memory(two_children, on_two):
    session, select = on_two
    for number in (0, 1, 0, 1, 1, 0):
        select(number)
        child, address = two_children[number]
        document = run_json(session, "pt-maps")
        assert document["pid"] == child.pid
        assert any(area["start"] == hex(address) for area in document["areas"])
        own = run_json(session, f"pt-find ptatlas-own-{number + 1}")["hits"]
        assert hex(address) in [hit["address"] for hit in own]
        other = run_json(session, f"pt-find ptatlas-own-{2 - number} --in {address}")["hits"]
        assert other == []


def test_the_last_hits_are_each_inferiors_own(two_children, on_two):
    session, select = on_two
    code = f"from ptatlas.{session.name}ext import inferior; print([h.address for h in inferior().last_hits])"
    for number in (0, 1):
        select(number)
        session.run(f"pt-find ptatlas-own-{number + 1} --in {two_children[number][1]}")
    for number in (0, 1):
        select(number)
        assert session.run_python(code) == f"[{two_children[number][1]}]"


def test_images_are_the_sessions_and_can_be_held_against_any_inferior(two_children, on_two):
    session, select = on_two
    select(0)
    session.run("pt-image load first")
    select(1)
    assert [row["name"] for row in run_json(session, "pt-image list")["images"]] == ["first"]
    assert run_json(session, "pt-image check")["unfit"] == []


def test_the_end_of_one_inferior_leaves_the_other(two_children, on_two):
    session, select = on_two
    select(1)
    session.kill()
    assert NO_PROCESS in session.run("pt-maps")
    select(0)
    assert run_json(session, "pt-maps")["pid"] == two_children[0][0].pid


def test_a_process_that_ended_between_two_commands_is_none(areas_program, start_loaded):
    session = start_loaded(areas_program)
    session.run(BREAK[session.name].format("ptatlas_ready"))
    launch = {"gdb": "run < /dev/null", "lldb": "process launch --stdin /dev/null"}[session.name]
    session.send_line(launch)
    session.wait_for_prompt()
    first = run_json(session, "pt-maps")
    session.run("pt-find ptatlas-heap-needle")
    session.run(CONTINUE[session.name])
    for command in ("pt-maps", "pt-find a", "pt-image check", "pt-image load"):
        name = command.split()[0]
        assert session.run(command).removeprefix("error: ") == f"{name}: {NO_PROCESS}"
    session.send_line(launch)
    session.wait_for_prompt()
    again = run_json(session, "pt-maps")
    assert again["pid"] != first["pid"]
    assert len(run_json(session, "pt-find ptatlas-heap-needle")["hits"]) == 1


def test_a_process_that_was_killed_from_outside_is_an_error_and_the_debugger_goes_on(areas_child, attached):
    areas_child._process.kill()
    for command in ("pt-maps", "pt-find ptatlas-heap-needle", "pt-image check"):
        answer = attached.run(command)
        assert "Traceback" not in answer
        assert "Python Exception" not in answer
    assert attached.run_python("print(6 * 7)") == "42"


@pytest.mark.parametrize("mode", ["set non-stop on", "set non-stop off"])
def test_a_running_process_is_said_to_be_so_in_gdb(areas_child, start_gdb, mode):
    session = start_gdb()
    session.load_ptatlas()
    session.run(mode)
    session.attach(areas_child.pid)
    assert run_json(session, "pt-maps")["areas"]
    session.run("continue &")
    for command in ("pt-maps", "pt-find a", "pt-image check", "pt-image load"):
        assert session.run(command) == f"{command.split()[0]}: {RUNNING}"
    assert session.run("pt-image list") == "no images"
    assert "Usage" in session.run("pt-maps --help")


def test_a_running_process_is_said_to_be_so_in_lldb(areas_child, start_lldb):
    session = start_lldb()
    session.load_ptatlas()
    session.attach(areas_child.pid)
    assert run_json(session, "pt-maps")["areas"]
    session.run("script lldb.debugger.SetAsync(True)")
    session.run("process continue")
    for command in ("pt-maps", "pt-find a", "pt-image check", "pt-image load"):
        assert session.run(command).removeprefix("error: ") == f"{command.split()[0]}: {RUNNING}"


def test_another_program_in_the_same_process_is_another_inferior(start_loaded, build_dir):
    program = compile_c(
        "#include <unistd.h>\nvoid ready(void) {}\n"
        'int main(void) { ready(); execl("/bin/cat", "cat", (char *)0); }',
        build_dir,
    )
    session = start_loaded(program)
    session.run(BREAK[session.name].format("ready"))
    session.send_line("run < /dev/null" if session.name == "gdb" else "process launch --stdin /dev/null")
    session.wait_for_prompt()
    before = run_json(session, "pt-maps")
    assert any(area["path"].endswith("/program") for area in before["areas"])
    if session.name == "gdb":
        session.run("catch exec")
    session.run(CONTINUE[session.name])
    after = run_json(session, "pt-maps")
    assert after["pid"] == before["pid"]
    assert not any((area["path"] or "").endswith("/program") for area in after["areas"])
    assert any((area["path"] or "").endswith("cat") for area in after["areas"])
