"""How output looks and where it goes: colours, width, pager, files, and names that drive no terminal."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pexpect
import pytest
from support.children import Child
from support.debuggers import find_gdb, find_lldb
from support.sessions import CHECKOUT, GdbSession, LldbSession

COLOUR = re.compile(r"\x1b\[[0-9;]+m")
STYLE = {"gdb": "set style enabled {}", "lldb": "settings set use-color {}"}
WORDS = {"gdb": ("on", "off"), "lldb": ("true", "false")}


@pytest.mark.parametrize("command", ["pt-maps", "pt-find ptatlas -C 16", "pt-image check"])
def test_colours_follow_the_debuggers_own_setting(areas_child, start_loaded, command):
    session = start_loaded(colours=True)
    session.attach(areas_child.pid)
    on, off = WORDS[session.name]
    session.run(STYLE[session.name].format(on))
    assert COLOUR.search(session.run(command))
    session.run(STYLE[session.name].format(off))
    assert not COLOUR.search(session.run(command))


@pytest.mark.parametrize(
    ("value", "coloured"),
    [pytest.param("1", False, id="set"), pytest.param("", True, id="set to nothing")],
)
def test_no_color_is_obeyed(areas_child, start_loaded, value, coloured):
    session = start_loaded(colours=True, env={"NO_COLOR": value})
    session.attach(areas_child.pid)
    session.run(STYLE[session.name].format(WORDS[session.name][0]))
    assert bool(COLOUR.search(session.run("pt-maps"))) is coloured


def test_colours_can_be_asked_for_and_refused(areas_child, start_loaded):
    plain, coloured = start_loaded(), start_loaded(colours=True)
    plain.attach(areas_child.pid)
    assert COLOUR.search(plain.run("pt-maps --color always"))
    plain.detach()
    coloured.attach(areas_child.pid)
    assert not COLOUR.search(coloured.run("pt-maps --color never"))


def test_documents_have_no_colours(areas_child, start_loaded):
    session = start_loaded(colours=True)
    session.attach(areas_child.pid)
    for form in ("json", "jsonl", "csv"):
        assert not COLOUR.search(session.run(f"pt-maps --format {form}"))


@pytest.mark.parametrize("command", ["pt-maps", "pt-find -t u8 0 -l 20", "pt-find -x c3 -n libc -p x"])
def test_no_line_of_a_table_is_wider_than_the_terminal(areas_child, start_loaded, command):
    session = start_loaded(size=(50, 100))
    if session.name == "gdb":
        session.run("set width 100")
    session.attach(areas_child.pid)
    lines = session.run(command).splitlines()
    assert max(map(len, lines)) <= 100, max(lines, key=len)
    assert any(len(line) > 60 for line in lines)


WIDTH = {"gdb": "set width {}", "lldb": "settings set term-width {}"}
# How lines begin that are rows: an address, blanks before one, or the kinds of --summary.
ROWS = (" ", "0x", "kind", "module", "(total)")
TABLES = (
    "pt-maps",
    "pt-maps --rss --all",
    "pt-maps --sections areas",
    "pt-maps --summary --rss",
    "pt-maps --gaps",
    "pt-find ptatlas -C 16",
    "pt-find -t u8 0 -l 20",
    "pt-find -x c3 -n libc -p x --count",
    "pt-image show it",
    "pt-image read it $pc 64",
)


def test_every_row_is_one_line_at_any_width_and_shows_its_file(areas_child, start_loaded):
    session = start_loaded(colours=True, size=(200, 200))
    session.attach(areas_child.pid)
    session.run("pt-image load it")
    libc = next(
        line.split()[-1] for line in session.run("pt-maps -o /dev/stdout").splitlines() if "libc.so" in line
    )
    for width, colours in [(80, 1), (100, 0), (200, 1)]:
        session.run(STYLE[session.name].format(WORDS[session.name][1 - colours]))
        session.run(WIDTH[session.name].format(width))
        for command in TABLES:
            lines = COLOUR.sub("", session.run(command)).splitlines()
            rows = [line for line in lines if line.startswith(ROWS)]
            assert max(map(len, rows)) <= width, f"{command} at {width}"
        rows = COLOUR.sub("", session.run("pt-maps")).splitlines()
        named = [row.split()[-1] for row in rows if row.endswith("libc.so.6")]
        assert len(named) >= 4
        assert width < 200 or set(named) == {libc}


def test_whole_lines_are_for_python_and_for_a_width_of_0(areas_child, start_gdb):
    session = start_gdb()
    session.load_ptatlas()
    session.attach(areas_child.pid)
    session.run_python("show = lambda: print(gdb.execute('pt-maps', True, True))")
    session.run("set width 60")
    assert "…" in session.run("pt-maps")
    assert "…" not in session.run_python("show()")
    session.run("set width 0")
    assert "…" not in session.run("pt-maps")


EVIL = "a\x1b]0;title\x07\x1b[31m\u202e\nb\x9b31m"


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def on_evil(request, areas_program, tmp_path_factory):
    """A session on a child that maps a file whose name would set the terminal's title and colour."""
    file = tmp_path_factory.mktemp("evil") / EVIL
    file.write_bytes(b"evil-file-content" * 100)
    with Child(areas_program, file) as child, request.param.start() as session:
        session.load_ptatlas()
        session.attach(child.pid)
        session.run(WIDTH[session.name].format(1000))
        session.run("pt-image load it")
        yield session


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
@pytest.mark.parametrize(
    "command",
    [
        "pt-maps",
        "pt-find evil-file-content -l 3",
        "pt-find evil --count",
        "pt-image show it",
        "pt-image check it -p r",
    ],
)
def test_a_files_name_does_not_drive_the_terminal(on_evil, command, form):
    shown = on_evil.run(f"{command} --format {form}")
    assert shown.replace("\n", "").isprintable()
    if form == "table" and "check" not in command:
        assert r"\x1b]0;title\x07\x1b[31m" in shown


def test_a_files_name_does_not_drive_the_terminal_in_an_error_or_a_completion(on_evil):
    assert on_evil.run("pt-maps '\x1b[31m'".replace("\x1b", "\\\\x1b")).isprintable()


def test_a_file_has_the_whole_answer_and_the_terminal_nothing(looking, tmp_path):
    for command in ("pt-maps", "pt-find ptatlas --json", "pt-image check --format csv"):
        out = tmp_path / "out"
        assert looking.run(f"{command} -o {out}") == ""
        assert out.read_text()
    assert [path.name for path in tmp_path.iterdir() if path.name != "mapped-file"] == ["out"]


@pytest.mark.parametrize(
    ("path", "why"),
    [
        pytest.param("{}", "Is a directory", id="a directory"),
        pytest.param("/dev/full", "No space left on device", id="a full device"),
        pytest.param("{}/no/out", "No such file or directory", id="no such directory"),
    ],
)
def test_a_file_that_cannot_be_written_is_one_line(looking, tmp_path, path, why):
    answer = looking.run(f"pt-find ptatlas -o {path.format(tmp_path)}").removeprefix("error: ")
    assert answer == f"pt-find: cannot write {path.format(tmp_path)}: {why} (nothing was written)"


def batch(name: str, script: Path, pid: int) -> subprocess.CompletedProcess[str]:
    """Run a script in a debugger that has no terminal, attached to a process."""
    gdb = [find_gdb().path, "-q", "-nx", "-batch", "-p", str(pid), "-x", str(script)]
    lldb = [find_lldb().path, "--no-lldbinit", "-b", "-p", str(pid), "-s", str(script)]
    command = gdb if name == "gdb" else lldb
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


LOAD = {
    "gdb": f"source {CHECKOUT}/gdbext/plugin.py",
    "lldb": f'command script import "{CHECKOUT}/lldbext/plugin.py"',
}
PRINT = {"gdb": "python print('goes' + ' on')", "lldb": "script print('goes' + ' on')"}


@pytest.mark.parametrize("name", ["gdb", "lldb"])
@pytest.mark.parametrize(
    ("command", "fails"),
    [
        ("pt-maps --nosuch", True),
        ("pt-find -x zz", True),
        ("pt-image show it", True),
        ("pt-find nosuchtext", False),
    ],
)
def test_an_error_stops_a_script_and_nothing_found_does_not(areas_child, tmp_path, name, command, fails):
    script = tmp_path / "script"
    script.write_text(f"{LOAD[name]}\n{command}\n{PRINT[name]}\n")
    done = batch(name, script, areas_child.pid)
    assert ("goes on" not in done.stdout) is fails, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["gdb", "lldb"])
def test_without_a_terminal_there_are_no_colours_and_no_limits(areas_child, tmp_path, name):
    script = tmp_path / "script"
    script.write_text(f"{LOAD[name]}\npt-maps\n")
    done = batch(name, script, areas_child.pid)
    assert "\x1b" not in done.stdout
    assert "[stack]" in done.stdout
    assert "…" not in done.stdout


def test_a_question_of_the_pager_is_never_asked_of_a_script(areas_child, start_gdb):
    session = start_gdb()
    session.load_ptatlas()
    session.attach(areas_child.pid)
    session.run("set pagination on")
    session.run("set height 10")
    code = "print(len(gdb.execute('pt-maps', to_string=True).splitlines()))"
    try:
        assert int(session.run_python(code)) > 10
    except pexpect.TIMEOUT:  # pragma: no cover - what this test is against
        pytest.fail("the pager waits")
