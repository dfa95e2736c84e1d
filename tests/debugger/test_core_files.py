"""Core files in GDB and LLDB: the same answers in both, and what a damaged or lonely core still tells."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from support.asking import run_json
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.core_builder import NT_FILE
from support.debuggers import find_gdb, find_lldb
from support.sessions import CHECKOUT, GdbSession, LldbSession
from support.targets import write_mapped_file


def dump(pid: int, path: Path) -> Path:
    """A core file of a process, made by GDB's generate-core-file."""
    options = ["-q", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p", str(pid)]
    command = [find_gdb().path, *options, "-ex", f"generate-core-file {path}"]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return path


@pytest.fixture(scope="module")
def areas(areas_program, tmp_path_factory):
    """The facts of an areas child, and a core file of it."""
    folder = tmp_path_factory.mktemp("areas")
    with Child(areas_program, write_mapped_file(folder)) as child:
        child.tell("unmap reserved")
        return child, dump(child.pid, folder / "core")


@pytest.fixture(scope="module")
def python_core(tmp_path_factory):
    """A core file of a Python that does nothing."""
    command = [sys.executable, "-c", "import sys; print('ready', flush=True); sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        core = dump(process.pid, tmp_path_factory.mktemp("python") / "core")
        process.kill()
    return core


COMMANDS = (
    "pt-maps",
    "pt-maps --gaps",
    "pt-maps --summary",
    "pt-maps -n libc -p r",
    "pt-maps $sp",
    "pt-find PYTHONHASHSEED",
    "pt-find ptatlas",
    "pt-find -P @libc --count",
    "pt-find -t u32 0x464c457f -a 4096",
    "pt-find -x '7f 45 4c 46 02 ?? 01'",
    "pt-find -t utf16 a -l 20",
    "pt-image check",
    "pt-image check -n libc -p r",
)


def answers(kind, program: Path, core: Path) -> list[object]:
    """What a debugger says of a core, without what may differ: seconds, and how symbols are spelt."""
    with kind.start(program, core=core) as session:
        assert session.load_ptatlas() == ""
        return [without_spelling(run_json(session, command)) for command in COMMANDS]


def without_spelling(value: object) -> object:
    if isinstance(value, dict):
        return {
            name: without_spelling(item)
            for name, item in value.items()
            if name not in ("seconds", "symbol", "symbol_offset")
        }
    return [without_spelling(item) for item in value] if isinstance(value, list) else value


def test_both_debuggers_say_the_same_of_a_core_of_a_small_program(areas, areas_program):
    _child, core = areas
    both = [answers(kind, areas_program, core) for kind in (GdbSession, LldbSession)]
    for command, ours, theirs in zip(COMMANDS, *both):
        assert ours == theirs, command


def test_both_debuggers_say_the_same_of_a_core_of_python(python_core):
    both = [answers(kind, Path(sys.executable).resolve(), python_core) for kind in (GdbSession, LldbSession)]
    for command, ours, theirs in zip(COMMANDS, *both):
        assert ours == theirs, command
    assert both[0][5]["count"] > 0


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def on_core(request, areas, areas_program):
    """A session on the areas core."""
    with request.param.start(areas_program, core=areas[1]) as session:
        session.load_ptatlas()
        yield session


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("heap", "ptatlas-heap-needle"),
        ("border", "ptatlas-border-needle"),
        ("before_hole", "ptatlas-before-needle"),
        ("after_hole", "ptatlas-after-needle"),
    ],
)
def test_a_text_is_found_where_it_was(areas, on_core, place, text):
    child, _core = areas
    hits = run_json(on_core, f"pt-find {text}")["hits"]
    assert [int(hit["address"], 16) for hit in hits] == [child.place(place).address]


def test_the_page_beyond_the_end_of_a_file_is_absent_and_not_zero(areas, on_core):
    beyond = areas[0].place("beyond_file")
    coverage = run_json(on_core, f"pt-find -t u8 0 --in {beyond.address},+4096")["coverage"]
    assert [part["why"] for part in coverage["unreadable"]] == ["absent"]
    assert coverage["searched"] == coverage["never_touched"] == 0


def test_nothing_differs_from_the_files_in_a_core(on_core):
    document = run_json(on_core, "pt-image check")
    assert document["ranges"] == []


def test_a_core_without_a_list_of_files_has_its_names_in_both_debuggers(
    areas, areas_program, start_debugger, tmp_path
):
    """Linux leaves NT_FILE out from 65,536 mappings on; small dumpers never write it."""
    data, core = bytearray(areas[1].read_bytes()), tmp_path / "core"
    struct.pack_into("<I", data, data.index(struct.pack("<I", NT_FILE) + b"CORE\0"), 0x11111111)
    core.write_bytes(data)
    session = start_debugger(areas_program, core=core)
    session.load_ptatlas()
    modules = run_json(session, "pt-maps -k module")["areas"]
    names = {area["path"].rpartition("/")[2] for area in modules}
    assert names >= {areas_program.name, "libc.so.6", "ld-linux-x86-64.so.2"}
    heap = areas[0].place("heap").address
    (area,) = run_json(session, f"pt-maps {heap:#x}")["areas"]
    assert (area["path"], area["kind"], area["perms"]) == ("[heap]", "heap", "?w-?")
    unknown = run_json(session, "pt-maps -k heap -p r")["unknown_protection"]
    assert unknown == {"areas": 1, "bytes": area["size"]}


OPEN = {"gdb": "core-file {core}", "lldb": "target create --core {core} {program}"}


def batch(name: str, program: Path, core: Path, commands: tuple[str, ...]) -> str:
    """What a debugger without a terminal prints; LLDB's own complaints come at any time."""
    opening = OPEN[name].format(core=core, program=program)
    if name == "gdb":
        words = [f"source {CHECKOUT}/gdbext/plugin.py", opening, *commands, "python print(6 * 7)"]
        command = [find_gdb().path, "-q", "-nx", "-batch", str(program)]
        command += [word for line in words for word in ("-ex", line)]
    else:
        plain = [f"script lldb.debugger.HandleCommand({line!r})" for line in (opening, *commands)]
        words = [f'command script import "{CHECKOUT}/lldbext/plugin.py"', *plain, "script print(6 * 7)"]
        command = [find_lldb().path, "--no-lldbinit", "-b", *(w for line in words for w in ("-o", line))]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize("name", ["gdb", "lldb"])
@pytest.mark.parametrize("size", [0, 40, 64, 1000, 0.1, 0.5, 0.999])
def test_a_truncated_core_never_breaks_a_command(areas, areas_program, tmp_path, name, size):
    whole, core = areas[1].read_bytes(), tmp_path / "core"
    core.write_bytes(whole[: size if size > 1 else int(len(whole) * size)])
    shown = batch(name, areas_program, core, ("pt-maps", "pt-find ptatlas", "pt-image check"))
    # Each command answers, or says in a line why not: GDB 13 itself refuses each of these cores.
    refusals = r"pt-\w+: (?:no process|the target tells)"
    compared = r"differences? |nothing could be compared"
    answers = re.findall(rf"{refusals}|\d+ areas?, |\d+ hits? in |{compared}", shown)
    assert len(answers) >= 3, shown
    assert "Traceback" not in shown
    assert "Python Exception" not in shown
    assert shown.rstrip().splitlines()[-1] == "42"


def test_a_truncated_core_says_so_and_what_is_missing_is_absent(areas, areas_program, start_lldb, tmp_path):
    child, whole, core = areas[0], areas[1].read_bytes(), tmp_path / "core"
    core.write_bytes(whole[: len(whole) // 2])
    session = start_lldb(areas_program)
    session.load_ptatlas()
    session.run(OPEN["lldb"].format(core=core, program=areas_program))
    document = run_json(session, "pt-maps")
    assert document["source"] == "core"
    assert any(str(core) in problem for problem in document["problems"])
    coverage = run_json(session, "pt-find ptatlas")["coverage"]
    assert {part["why"] for part in coverage["unreadable"]} == {"absent"}
    assert run_json(session, f"pt-maps {child.facts['marker']}")["areas"]


@pytest.fixture
def lonely(tmp_path, mapped_file):
    """A core of a program whose mapped file and whose own file can be taken away: copies of them."""
    program = tmp_path / "areas"
    shutil.copy(compile_c(PROGRAMS / "areas.c", tmp_path / "build"), program)
    with Child(program, mapped_file) as child:
        child.tell("unmap reserved")
        yield child, dump(child.pid, tmp_path / "core"), program, mapped_file


def replace_program(program: Path, folder: Path) -> None:
    """Put a program with another build-id in the place of the one that was mapped."""
    other = compile_c(PROGRAMS / "areas.c", folder / "build", "-O2", "-Wl,--build-id=sha1")
    program.unlink()
    shutil.copy(other, program)


@pytest.mark.parametrize("change", ["gone", "replaced"])
def test_files_that_are_not_what_was_mapped_are_told_and_never_read(lonely, start_debugger, tmp_path, change):
    child, core, program, file = lonely
    if change == "gone":
        program.unlink()
        file.unlink()
    else:
        replace_program(program, tmp_path)
    session = start_debugger(core=core)
    session.load_ptatlas()
    document = run_json(session, "pt-maps")
    assert any(str(program) in problem for problem in document["problems"])
    assert any(
        str(program) in line for line in session.run("pt-maps").splitlines()[-len(document["problems"]) :]
    )
    (hit,) = run_json(session, "pt-find ptatlas-heap-needle")["hits"]
    assert int(hit["address"], 16) == child.place("heap").address
    if change == "gone":
        coverage = run_json(session, f"pt-find -x 00 --in {child.place('file').address}")["coverage"]
        assert all(part["why"] == "absent" for part in coverage["unreadable"])
    checked = run_json(session, "pt-image check")
    assert [r for r in checked["ranges"] if r["path"] == str(program)] == []
