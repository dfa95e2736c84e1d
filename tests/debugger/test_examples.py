"""Every example in the documentation and in the commands' own help runs as it stands, in both debuggers.

What a page shows of an answer is answered in GDB.
"""

from __future__ import annotations

import platform
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

from transcripts import SCENES, Exchange, exchanges, untrue

# Whole sessions are played by test_transcripts.py.
DOCUMENTS = [
    path
    for path in [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
    if path.name not in SCENES
]
SHOWS = "gdb" if platform.machine() == "x86_64" else None  # whose answers are shown


def documented() -> dict[str, list[Exchange]]:
    """The commands of each document that has any; those shown for one debugger must work in both."""
    found = {path.name: list(exchanges(path.read_text())) for path in DOCUMENTS}
    helped = {command.name: [Exchange(line, "") for line, _ in command.examples] for command in COMMANDS}
    return {name: typed for name, typed in {**found, **helped}.items() if typed}


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


@pytest.mark.parametrize(("where", "typed"), documented().items(), ids=documented())
def test_examples_run(demo, where, typed):
    wrong = []
    for one in typed:
        answer = demo.run(one.typed)
        assert not re.match(r"(error: )?pt-\w+: |error:|Traceback", answer), f"{one.typed}\n{answer}"
        wrong += untrue(one, answer) if demo.name == SHOWS else []
    assert not wrong, "\n".join(wrong)
