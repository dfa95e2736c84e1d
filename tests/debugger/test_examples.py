"""Every example in the documentation and in the commands' own help runs as it stands, in both debuggers.

What a page shows of an answer is answered, at 80 columns, but for numbers, addresses and folders.
"""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Iterator

import pytest
from ptatlas.core.commands.registry import COMMANDS
from support.session import Session
from support.sessions import CHECKOUT, GdbSession, LldbSession

sys.path.append(str(CHECKOUT / "scripts"))

from transcripts import READY, SCENES, Exchange, answer_to, exchanges, playing, untrue

# Whole sessions are played by test_transcripts.py.
DOCUMENTS = [
    path
    for path in [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md"))]
    if path.name not in SCENES
]
# What is a debugger's own way to say it, and runs in that one only.
OWN = re.compile(r"(set|show|with) ptatlas |show ptatlas$|ptatlas (set|show)|python |script ")
FAILURE = re.compile(r"(error: )?(pt-\w+|ptatlas): |error:|Traceback|Python Exception")


def documented() -> dict[str, list[Exchange]]:
    """The commands of each document that has any; those shown for one debugger must work in both."""
    found = {path.name: list(exchanges(path.read_text())) for path in DOCUMENTS}
    helped = {command.name: [Exchange(line, "") for line, _ in command.examples] for command in COMMANDS}
    return {name: typed for name, typed in {**found, **helped}.items() if typed}


@pytest.fixture(params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def demo(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session on examples/demo.c, stopped when it is ready, in a folder of the examples' files."""
    with playing(READY, request.param) as session:
        for name in ("wanted.txt", "demo.yar"):
            shutil.copy(CHECKOUT / "examples" / name, ".")
        yield session


@pytest.mark.parametrize(("where", "typed"), documented().items(), ids=documented())
def test_examples_run(demo, where, typed):
    wrong = []
    for one in typed:
        if OWN.match(one.typed) and one.debugger != demo.name:
            continue
        answer = answer_to(demo, one.typed)
        assert not FAILURE.match(answer), f"{one.typed}\n{answer}"
        if one.debugger == demo.name and platform.machine() == "x86_64":
            wrong += untrue(one, answer)
    assert not wrong, "\n".join(wrong)
