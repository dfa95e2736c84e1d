"""pt-maps in interactive GDB and LLDB sessions."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from support.asking import BREAK, CONTINUE, run_json

NO_PROCESS = "pt-maps: no process (start one, attach, or open a core file)"


def proc_maps(pid: int) -> list[dict[str, object]]:
    """The kernel's own table."""
    areas = []
    for line in Path(f"/proc/{pid}/maps").read_bytes().decode().splitlines():
        addresses, perms, offset, _device, _inode, *path = line.split(None, 5)
        start, end = (int(part, 16) for part in addresses.split("-"))
        areas.append(
            {
                "start": hex(start),
                "end": hex(end),
                "size": end - start,
                "perms": perms,
                "offset": int(offset, 16),
                "path": path[0] if path else "",
            }
        )
    return areas


def test_the_document_is_the_kernels_table_area_for_area(looking, looked_at):
    document = run_json(looking, "pt-maps")
    told = [
        {key: area[key] for key in ("start", "end", "size", "perms", "offset", "path")}
        for area in document["areas"]
    ]
    assert told == proc_maps(looked_at.pid)
    assert (document["source"], document["pid"]) == ("procfs", looked_at.pid)


def test_an_expression_chooses_an_area_and_is_placed_in_it(looking):
    document = run_json(looking, "pt-maps $sp")
    assert [area["path"] for area in document["areas"]] == ["[stack]"]
    assert document["at"]["area_offset"] == int(document["at"]["address"], 16) - int(
        document["areas"][0]["start"], 16
    )


def test_a_function_is_placed_in_its_file_section_and_symbol(looking):
    place = run_json(looking, "pt-maps ptatlas_ready")["at"]
    assert (place["section"], place["symbol"], place["symbol_offset"]) == (".text", "ptatlas_ready", 0)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        pytest.param(
            "pt-maps nosuch", "pt-maps: no area is named 'nosuch' (nor is it an address: ", id="no name"
        ),
        pytest.param(
            "pt-maps 0x2000..0x1000", "pt-maps: the range 0x2000..0x1000 is reversed", id="reversed"
        ),
        pytest.param("pt-maps 0x1000..0x1000", "pt-maps: the range 0x1000..0x1000 is empty", id="empty"),
        pytest.param("pt-maps 2**64", "pt-maps: ", id="Python's power is no expression"),
        pytest.param(
            "pt-maps 18446744073709551616", "pt-maps: 18446744073709551616 is no address", id="too high"
        ),
        pytest.param("pt-maps 'twice(2)'", "pt-maps: ", id="a call of a function"),
        pytest.param(
            "pt-maps 'marker = 1'", "pt-maps: 'marker = 1' would change something", id="an assignment"
        ),
        pytest.param("pt-maps 'marker++'", "pt-maps: 'marker++' would change something", id="an increment"),
        pytest.param(
            "pt-maps --colums size",
            "pt-maps: there is no option --colums (did you mean --columns?)",
            id="option",
        ),
    ],
)
def test_an_error_is_one_line(looking, command, answer):
    lines = looking.run(command).removeprefix("error: ").splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(answer)


def test_an_open_quote_is_an_error_in_gdb(start_gdb, areas_program):
    """LLDB closes it at the end of the line, before it asks any command."""
    session = start_gdb(areas_program)
    session.load_ptatlas()
    assert session.run("pt-maps 'open") == "pt-maps: cannot split the arguments: no closing quotation"


def test_the_highest_address_is_in_no_area(looking):
    assert "0xffffffffffffffff is in no area" in looking.run("pt-maps 0xffffffffffffffff")


def test_evaluating_leaves_the_inferior_as_it_was(looking, looked_at):
    marker = looked_at.facts["marker"]
    before = Path(f"/proc/{looked_at.pid}/mem")
    with before.open("rb") as memory:
        memory.seek(marker)
        content = memory.read(8)
        looking.run("pt-maps 'marker = 1'")
        looking.run("pt-maps 'twice(2)'")
        memory.seek(marker)
        assert memory.read(8) == content


def test_there_is_no_process_before_it_runs_and_after_it_ended(start_loaded, areas_program):
    session = start_loaded(areas_program)
    assert session.run("pt-maps").removeprefix("error: ") == NO_PROCESS
    session.run(BREAK[session.name].format("ptatlas_ready"))
    session.send_line("run < /dev/null" if session.name == "gdb" else "process launch --stdin /dev/null")
    session.wait_for_prompt()
    assert "[stack]" in session.run("pt-maps")
    session.run(CONTINUE[session.name])
    assert session.run("pt-maps").removeprefix("error: ") == NO_PROCESS


def test_an_area_that_vanished_between_two_commands_is_not_listed(attached, areas_child):
    place = areas_child.place("overlap_page")
    assert run_json(attached, f"pt-maps {place.address}")["areas"]
    attached.detach()
    areas_child.tell("unmap overlap_page")
    attached.attach(areas_child.pid)
    assert run_json(attached, f"pt-maps {place.address}")["areas"] == []


def test_output_goes_to_a_file_whole(looking, tmp_path):
    file = tmp_path / "maps.json"
    assert looking.run(f"pt-maps --json -o {file}") == ""
    assert '"schema": "ptatlas.maps/1"' in file.read_text()
    assert os.listdir(tmp_path).count("maps.json") == 1


def test_a_file_that_cannot_be_written_is_an_error(looking, tmp_path):
    answer = looking.run(f"pt-maps -o {tmp_path}/no/such/folder").removeprefix("error: ")
    assert re.fullmatch(
        r"pt-maps: cannot write .*: No such file or directory \(nothing was written\)", answer
    )


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        pytest.param("pt-maps --colu", "pt-maps --columns", id="an option"),
        pytest.param("pt-maps --kind mod", "pt-maps --kind module", id="an option's value"),
    ],
)
def test_tab_completes(looking, typed, completed):
    assert looking.complete(typed).line.rstrip() == completed


def test_tab_completes_the_calls_of_a_command(looking):
    if looking.name == "lldb" and int(looking.debugger.version.split()[2].partition(".")[0]) < 20:
        pytest.skip("LLDB asks a command for the words it takes from version 20 on (docs/lldb.md)")
    assert looking.complete("pt-image sh").line.rstrip() == "pt-image show"


def test_tab_completes_the_names_of_areas(looking):
    assert looking.complete("pt-maps --name libc.s").line.rstrip() == "pt-maps --name libc.so.6"
