"""pt-image in interactive GDB and LLDB sessions: the files that are mapped, and what memory says instead."""

from __future__ import annotations

import json

import pytest
from support.asking import BREAK, run_json
from support.compile import PROGRAMS, compile_c
from support.sessions import GdbSession, LldbSession
from support.targets import MAPPED_FILE


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def patched(request, build_dir):
    """A session stopped in ready() of the program that patched itself, with another breakpoint in other()."""
    with request.param.start(compile_c(PROGRAMS / "patched.c", build_dir)) as session:
        assert session.load_ptatlas() == ""
        if session.name == "gdb":
            session.run("set breakpoint always-inserted on")
        for name in ("ready", "other"):
            session.run(BREAK[session.name].format(name))
        session.send_line("run" if session.name == "gdb" else "process launch")
        session.wait_for_prompt()
        yield session


def test_check_tells_the_patched_byte_and_the_breakpoints_and_nothing_else(patched):
    document = run_json(patched, "pt-image check")
    own = [item for item in document["ranges"] if item["path"].endswith("/patched")]
    told = sorted((item["cause"], item["symbol"].partition("+")[0]) for item in own)
    assert told == [("breakpoint", "other"), ("breakpoint", "ready"), ("unknown", "seats")]
    # The debugger has breakpoints of its own in the loader, and nobody else writes there.
    assert {item["cause"] for item in document["ranges"] if item not in own} <= {"breakpoint"}
    assert document["unfit"] == []


def test_the_patched_byte_is_told_with_what_was_expected_and_what_is_there(patched):
    (found,) = [r for r in run_json(patched, "pt-image check")["ranges"] if r["cause"] == "unknown"]
    path, offset = found["path"], found["file_offset"]
    with open(path, "rb") as file:
        file.seek(offset)
        assert file.read(1).hex() == found["expected"]
    assert found["actual"] != found["expected"]
    assert int(found["end"], 16) == int(found["start"], 16) + 1
    (row,) = [
        line for line in patched.run("pt-image check -n patched -p x").splitlines() if " unknown " in line
    ]
    assert row.split()[:5] == [found["start"], "1", "unknown", found["expected"], found["actual"]]


def test_the_last_answer_is_the_same_against_a_loaded_image(patched):
    patched.run("pt-image load it")
    assert run_json(patched, "pt-image check it")["ranges"] == run_json(patched, "pt-image check")["ranges"]


def test_nothing_differs_in_the_code_of_a_process_that_nobody_patched(on_python):
    document = run_json(on_python, "pt-image check")
    # LLDB keeps breakpoints of its own in the loader; GDB inserts its own only while the process runs.
    assert [r for r in document["ranges"] if r["cause"] != "breakpoint"] == []
    assert document["unfit"] == []
    assert document["coverage"]["searched"] > 1 << 20


def test_relocated_pointers_are_told_from_what_was_written(on_python):
    document = run_json(on_python, "pt-image check -n libc -p '!w'")
    assert {r["cause"] for r in document["ranges"]} <= {"relocation", "breakpoint"}
    assert any(r["cause"] == "relocation" for r in document["ranges"])


def test_an_image_of_the_files_is_listed_shown_read_and_dropped(attached, areas_child):
    assert attached.run("pt-image list") == "no images"
    assert attached.run("pt-image load").startswith("areas: ")
    (listed,) = run_json(attached, "pt-image list")["images"]
    sections = run_json(attached, "pt-image show areas")["sections"]
    assert (listed["name"], listed["sections"]) == ("areas", len(sections))
    mapped = areas_child.place("file")
    told = run_json(attached, f"pt-image read areas {mapped.address} 16")
    assert told["bytes"] == bytes(range(16)).hex()
    assert attached.run("pt-image drop areas") == ""
    assert attached.run("pt-image list") == "no images"


def test_images_stay_while_the_process_does_not(attached, areas_child, tmp_path):
    attached.run("pt-image new kept")
    (tmp_path / "data").write_bytes(b"0123456789")
    attached.run(f"pt-image add-file kept {tmp_path}/data 2 4 '&marker'")
    attached.kill()
    (section,) = run_json(attached, "pt-image show kept")["sections"]
    assert int(section["start"], 16) == areas_child.facts["marker"]
    assert "no process" in attached.run("pt-image check kept")


def test_raw_bytes_go_to_a_file(attached, areas_child, tmp_path):
    attached.run("pt-image load it")
    mapped = areas_child.place("file")
    assert attached.run(f"pt-image read it {mapped.address} 10000 -o {tmp_path}/raw") == ""
    assert (tmp_path / "raw").read_bytes() == MAPPED_FILE


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        pytest.param(
            "pt-image show itt", "pt-image: there is no image 'itt' (did you mean it?)", id="nearly"
        ),
        pytest.param("pt-image new live", "pt-image: 'live' names the inferior itself", id="live"),
        pytest.param(
            "pt-image new it", "pt-image: there is an image 'it' already (drop it first)", id="taken"
        ),
        pytest.param("pt-image add-file it / 0 1 0", "pt-image: '/' is a directory", id="a directory"),
        pytest.param("pt-image add-file it /none 0 1 0", "pt-image: '/none' can't be read", id="no file"),
        pytest.param(
            "pt-image sow it", "pt-image: there is no call 'sow' (did you mean show?)", id="no call"
        ),
    ],
)
def test_an_error_is_one_line(start_loaded, command, answer):
    session = start_loaded()
    session.run("pt-image new it")
    lines = session.run(command).removeprefix("error: ").splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(answer)


def test_tab_completes_the_names_of_images_in_gdb(start_gdb):
    # LLDB 19 asks no command for its arguments; from LLDB 20 on it does.
    session = start_gdb()
    session.load_ptatlas()
    session.run("pt-image new some-image")
    assert session.complete("pt-image show some").line.rstrip() == "pt-image show some-image"


def test_tab_completes_files(start_loaded, tmp_path):
    (tmp_path / "some-file").write_bytes(b"x")
    typed = f"pt-image list -o {tmp_path}/some"
    assert start_loaded().complete(typed).line.rstrip() == f"pt-image list -o {tmp_path}/some-file"


def test_the_list_is_a_document_too(start_loaded):
    assert json.loads(start_loaded().run("pt-image --json"))["schema"] == "ptatlas.images/1"
