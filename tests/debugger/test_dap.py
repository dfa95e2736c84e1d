"""The commands in the debug console of an IDE: GDB and lldb-dap, spoken to by the Debug Adapter Protocol."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.children import Child
from support.dap import DapClient
from support.sessions import CHECKOUT
from support.versions import GDBS, LLDB_ADAPTER, installed

ADAPTERS = ["gdb 16", "gdb 18", "lldb-dap 19", "lldb-dap 23"]
LOAD = {
    "gdb": f"source {CHECKOUT}/gdbext/plugin.py",
    "lldb": f"command script import {CHECKOUT}/lldbext/plugin.py",
}
# What the page of the commands shows as typed into a debug console.
TYPED = re.compile(r"^\((gdb|lldb)-dap\) (.+)$", re.MULTILINE)


def command_of(adapter: str) -> list[str]:
    """The adapter's command line; skips the test where there is none for this Python."""
    name, _, number = adapter.partition(" ")
    if name == "gdb":
        version = next(version for version in GDBS[2] if version.startswith(number))
        return [installed(GDBS[0], GDBS[1], version).path, "-q", "-nx", "-i", "dap"]
    if number == "19":
        path = shutil.which("lldb-dap-19")
        assert path, "Debian's lldb-19 has it"
        return [path]
    return [installed(*LLDB_ADAPTER).path]


class Console:
    """The debug console of an adapter that has attached to an areas child."""

    def __init__(self, adapter: str, client: DapClient) -> None:
        self.debugger = adapter.partition(" ")[0].removesuffix("-dap")
        self._client = client

    def type(self, line: str) -> str:
        """Type a line; return what the console shows, without the line, which lldb-dap may show first."""
        response = self._client.evaluate(line)
        # GDB's errors are no result but the response's message; LLDB's are text in a success.
        shown: str = response["body"]["result"] if response["success"] else f"error: {response['message']}"
        return shown.removeprefix(f"(lldb) {line.lstrip('`')}\n").rstrip("\n")


@pytest.fixture(scope="module")
def child(areas_program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    folder = tmp_path_factory.mktemp("a-folder-with-a-name-that-is-longer-than-any-terminal-is-wide" * 2)
    file = folder / "file-with-a-name.so.1.2.3"
    file.write_bytes(bytes(10_000))
    with Child(areas_program, file) as running:
        yield running


@pytest.fixture(scope="module", params=ADAPTERS)
def console(request: pytest.FixtureRequest, child: Child, areas_program: Path) -> Iterator[Console]:
    """The console of each adapter, with ptatlas loaded, for all tests that only look."""
    with DapClient(command_of(request.param)) as client:
        client.attach(child.pid, str(areas_program))
        shown = Console(request.param, client)
        assert shown.type(LOAD[shown.debugger]) == ""
        yield shown


def test_a_table_is_shown_plain_and_whole(console, child):
    shown = console.type("pt-maps")
    rows = shown.splitlines()
    assert rows[0].split() == ["start-end", "size", "perms", "offset", "kind", "path"]
    assert any(row.endswith("terminal-is-wide0/file-with-a-name.so.1.2.3") for row in rows)
    assert any("[stack]" in row for row in rows)
    assert "\x1b" not in shown
    assert "…" not in shown


def test_a_hit_has_its_context(console, child):
    _, hit, *more = console.type("pt-find ptatlas-heap-needle -C 16").splitlines()
    assert int(hit.split()[0], 16) == child.place("heap").address
    assert any("ptatlas-heap-nee" in line for line in more)
    assert any(line.startswith("1 hit in ") for line in more)


def test_an_expression_is_the_stopped_threads(console):
    assert "[stack]" in console.type("pt-maps $sp")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pt-maps --nosuch", "pt-maps: there is no option --nosuch"),
        ("pt-find -x zz", "pt-find: 'zz' is no hex byte"),
        ("pt-image show nothing", "pt-image: there is no image 'nothing'"),
    ],
)
def test_a_failure_stands_in_the_text(console, line, words):
    assert console.type(line).startswith(f"error: {words}")


def test_a_command_can_have_lldbs_backtick_before_it(console):
    shown = console.type("`pt-maps -k heap")
    assert ("[heap]" in shown) is (console.debugger == "lldb")


def test_what_the_documentation_says_is_typed_works(console, tmp_path):
    page = (CHECKOUT / "docs" / "commands.md").read_text()
    lines = [line for debugger, line in TYPED.findall(page) if debugger == console.debugger]
    assert lines
    for line in lines:
        assert not console.type(line.replace("treasure", "ptatlas")).startswith("error"), line
