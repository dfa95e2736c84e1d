"""Every example in the documentation and in the commands' own help runs as it stands, in both debuggers."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from ptatlas.core.commands.registry import COMMANDS
from support.asking import BREAK
from support.compile import compile_c
from support.session import Session
from support.sessions import CHECKOUT

sys.path.append(str(CHECKOUT / "scripts"))

from transcripts import SCENES

# Whole sessions are played by test_transcripts.py.
DOCUMENTS = [
    path
    for path in [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
    if path.name not in SCENES
]
TYPED = re.compile(r"^\((gdb|lldb)\) (.+)$", re.MULTILINE)
# What is a debugger's own way to say it, and runs in that one only.
OWN = re.compile(r"(set|show|with) ptatlas |show ptatlas$|ptatlas (set|show)|python |script ")
FAILURE = r"(error: )?(pt-\w+|ptatlas): |error:|Traceback|Python Exception"


def documented() -> dict[str, list[tuple[str, str]]]:
    """The commands of each document that has any; those shown for one debugger must work in both."""
    found = {path.name: TYPED.findall(path.read_text()) for path in DOCUMENTS}
    helped = {command.name: [("gdb", line) for line, _ in command.examples] for command in COMMANDS}
    return {name: lines for name, lines in {**found, **helped}.items() if lines}


@pytest.fixture
def demo(start_loaded, build_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session on examples/demo.c, stopped when it is ready, in a folder of the examples' files."""
    monkeypatch.chdir(tmp_path)
    for name in ("wanted.txt", "demo.yar"):
        shutil.copy(CHECKOUT / "examples" / name, tmp_path)
    session = start_loaded(compile_c(CHECKOUT / "examples" / "demo.c", build_dir))
    session.run(BREAK[session.name].format("ready"))
    session.send_line("run < /dev/null" if session.name == "gdb" else "process launch --stdin /dev/null")
    session.wait_for_prompt()
    return session


@pytest.mark.parametrize(("where", "lines"), documented().items(), ids=documented())
def test_examples_run(demo, where, lines):
    for shown_for, line in lines:
        if OWN.match(line) and shown_for != demo.name:
            continue
        answer = demo.run(line)
        assert not re.match(FAILURE, answer), f"{line}\n{answer}"
