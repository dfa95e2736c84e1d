"""Ctrl-C in GDB and LLDB: a long search ends at once, tells what it found, and the debugger goes on."""

from __future__ import annotations

import json
import os
import re

import pytest
from support.asking import run_json
from support.core_builder import CoreBuilder


@pytest.fixture
def begun(tmp_path):
    """A FIFO for the output, and a way to wait until the first line of it has come."""
    path = tmp_path / "output"
    os.mkfifo(path)
    # For reading and writing, so that neither side waits for the other.
    descriptor = os.open(path, os.O_RDWR)
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        yield path, stream


def interrupted(session) -> str:
    """What is printed from Ctrl-C on, without the terminal's own "^C", which comes anywhere."""
    return session.interrupt().replace("^C", "")


STOPPED = re.compile(r'"stopped": {"why": "interrupted", "from": "(0x[0-9a-f]+)"}')
COUNT = re.compile(r'"count": (\d+)')
# Seconds that a busy machine may take for what is promised in 0.1.
PROMPTLY = 10.0


@pytest.mark.parametrize(
    "search",
    [
        pytest.param("-t u8 0 -l 0 --format jsonl", id="zeros, which are everywhere"),
        pytest.param("-r '.' -l 0 --format jsonl", id="a regular expression"),
        pytest.param("-t u8 0 -l 0 --json", id="zeros, as one document"),
    ],
)
def test_a_search_that_would_never_end_does_and_goes_on_from_there(attached, areas_child, search):
    """On a terminal, where the debugger's own echo of Ctrl-C may stand anywhere in what was printed."""
    place = areas_child.place("reserved")
    attached.send_line(f"pt-find {search} --in {place.address},+1G")
    attached.expect('"area_offset": 1000,')
    answer = interrupted(attached)
    start = int(STOPPED.search(answer)[1], 16)
    assert int(COUNT.search(answer)[1]) in (start - place.address, start - place.address + 1)
    further = run_json(attached, f"pt-find -t u8 0 -l 1 --from {start} --in {place.address},+1G")
    assert further["hits"][0]["address"] == hex(start)


def test_a_table_ends_with_how_to_go_on(attached, areas_child):
    place = areas_child.place("reserved")
    attached.send_line(f"pt-find -t u8 0 -l 0 --in {place.address},+1G")
    attached.expect(f"{place.address + 1000:#x}")
    last = interrupted(attached).splitlines()[-1]
    assert last.startswith("interrupted; go on with --from 0x")
    assert "1 hit in " in attached.run("pt-find ptatlas-heap-needle")


def test_the_document_of_an_interrupted_search_is_whole_and_the_search_goes_on_from_there(
    attached, areas_child, begun
):
    # Into a pipe, for Ctrl-C makes a terminal throw away what is on its way to it (termios(3), NOFLSH).
    path, stream = begun
    place = areas_child.place("reserved")
    attached.send_line(f"pt-find -t u64 0 -l 0 --in {place.address},+1G --json -o {path}")
    content = stream.read(4096)
    attached.send_raw("\x03")
    while not content.endswith(b"}\n"):
        content += stream.read(4096)
    attached.wait_for_prompt()
    document = json.loads(content)
    assert document["stopped"]["why"] == "interrupted"
    assert document["count"] == len(document["hits"])
    start, last = int(document["stopped"]["from"], 16), int(document["hits"][-1]["address"], 16)
    assert start in (last, last + 1)
    further = run_json(attached, f"pt-find -t u64 0 -l 1 --from {start} --in {place.address},+1G")
    assert further["hits"][0]["address"] == hex(start)


def test_an_expression_that_would_never_end_for_one_place_is_interrupted(attached, areas_child):
    """The heap's hit is shown, then one place of the mapped file is tried for longer than anybody waits."""
    heap, file = areas_child.place("heap"), areas_child.place("file")
    expression = r"ptatlas-heap-needle|\x00\x01\x02\x03\x04([\x00-\xff]+)+zzzz\x00\x01"
    scope = f"--in {heap.address} --in {file.address}"
    attached.send_line(f"pt-find -r '{expression}' {scope} -l 0 --format jsonl --color never")
    attached.expect(f'"address": "{heap.address:#x}"')
    answer = interrupted(attached)
    assert STOPPED.search(answer)
    assert int(COUNT.search(answer)[1]) == 1


HANG = """
import importlib

def hang(where, ends):
    "Let a function of ptatlas say that it begins and, unless it ends, never do anything more."
    owner, name = importlib.import_module(where[0]), where[1:]
    for part in name[:-1]:
        owner = getattr(owner, part)
    before = getattr(owner, name[-1])
    def begun(*given):
        print("it has" + " begun", flush=True)
        while not ends:
            pass
        return before(*given)
    setattr(owner, name[-1], begun)
    return lambda: setattr(owner, name[-1], before)
"""


@pytest.fixture
def press(tmp_path):
    """Return a way to press Ctrl-C when a command has come to a function, which hangs unless it `ends`."""
    file = tmp_path / "hang.py"
    file.write_text(HANG)

    def press_in(session, command: str, module: str, function: str, ends: bool = False) -> str:
        where = (f"ptatlas.core.{module}", *function.split("."))
        session.run_python(f"exec(open('{file}').read())")
        session.run_python(f"go_on = hang({where!r}, {ends})")
        session.send_line(command)
        session.expect("it has begun")
        answer = session.interrupt(PROMPTLY).replace("^C", "")
        session.run_python("go_on()")
        return answer

    return press_in


@pytest.mark.parametrize(
    ("command", "module", "function"),
    [
        pytest.param("pt-maps --html FOLDER/maps.html", "commands.maps.command", "write_page", id="a page"),
        pytest.param("pt-maps", "commands.shell.dispatch", "render", id="a table"),
        pytest.param("pt-image diff base live", "images.diff.diff", "_Diff._pairs", id="the areas of diff"),
        pytest.param("pt-image diff base live", "images.diff.diff", "_Diff._look_at", id="the bytes of diff"),
        pytest.param("pt-image check", "images.check.check", "_Check.compare", id="check"),
        pytest.param("pt-image snapshot more", "images.capture.capture", "_Capture.read", id="a snapshot"),
        pytest.param("pt-find nowhere", "search.engine.planner", "Planner.block", id="planning a search"),
    ],
)
def test_a_loop_that_never_asks_is_interrupted(looking, press, tmp_path, command, module, function):
    """As in GDB, so in LLDB, which raises nothing: wherever a command is, one Ctrl-C ends it."""
    if "base" in command:
        looking.run("pt-image snapshot base --max-size 1M -k heap")
    answer = press(looking, command.replace("FOLDER", str(tmp_path)), module, function)
    assert "interrupted" in answer
    assert "Traceback" not in answer
    assert "KeyboardInterrupt" not in answer
    assert "[stack]" in looking.run("pt-maps $sp")


@pytest.fixture
def core_of_lines(tmp_path):
    """A core file with a map of one area: lines of 4000 letters."""
    core = CoreBuilder().process(7, b"p").thread(7, bytes(216))
    content = bytearray(core.load(0x1000, (b"a" * 4000 + b"\n").ljust(4096, b"a") * 64, "rw-").build())
    content[7] = 3  # ELFOSABI_LINUX in elf.h: without it LLDB knows no such system
    path = tmp_path / "core"
    path.write_bytes(content)
    return path


def test_a_core_file_that_takes_ages_to_open_is_interrupted_and_so_is_an_expression(
    start_loaded, press, core_of_lines
):
    """At each place of a line the expression takes 4000 steps, after 4096 of which `re` asks for signals."""
    session = start_loaded(core=core_of_lines)
    for function in ("_headers", "_from_files", "_parts"):
        answer = press(session, "pt-maps", "sources.elf_core.core", function)
        assert "pt-maps: interrupted" in answer
        assert "Traceback" not in answer
    assert "0x41000" in session.run("pt-maps")
    search = "pt-find -r '[a-z]*[0-z]*Q' -l 0 --count"
    answer = press(session, search, "search.finders.regex_finder", "RegexFinder._timed", ends=True)
    assert "interrupted; go on with --from 0x" in answer
