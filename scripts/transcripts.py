"""Play the sessions that pages of the documentation show, and write into the pages what was answered.

A page's session is all its lines that begin with `(gdb) `, in their order, on one program. Run it after a
change of what commands print; tests/debugger/test_transcripts.py holds the pages against today's answers.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT / "tests"))

from support.session import Session, SessionError  # noqa: E402 - the path comes first
from support.sessions import GdbSession  # noqa: E402

PROMPT = "(gdb) "
PROMPTS = re.compile(r"^\((gdb|lldb)\) ", re.MULTILINE)
ELISION = "..."  # what a page leaves out of an answer
# High enough for every answer, so that no pager asks, and wide enough for what is typed; answers are as wide
# as terminals are by default.
SIZE = (200, 160)
WIDTH = {"gdb": "set width 80", "lldb": "settings set term-width 80"}
# What GDB says of its own set-up, each time a program starts.
NOISE = re.compile(
    r"^(\[Thread debugging using|Using host libthread_db|warning: Error disabling).*\n?", re.MULTILINE
)
# What is another on each machine, or in each session.
NUMBER = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{2,}\b…?|\b\d[\d.:-]*[KMGT]?\b")
FOLDER = re.compile(r"[^ ]*/")


class Scene(NamedTuple):
    """Which of examples/ a page's session is on, and what was typed before its first line."""

    program: str
    before: tuple[str, ...] = ()


READY = Scene("demo.c", ("b ready", "run"))
SCENES = {
    "tutorial.md": Scene("jobs.c"),
    "cookbook.md": READY,
    "formats.md": READY,
    "pictures/session.svg": READY,
}


class Exchange(NamedTuple):
    """A line that was typed, what came of it, and in which debugger that is shown."""

    typed: str
    answer: str
    debugger: str = "gdb"


def exchanges(page: str) -> Iterator[Exchange]:
    """Give what a page shows; an answer ends at the next prompt, or at the block's end."""
    for block in re.findall(r"^```\w*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        _, *shown = PROMPTS.split(block)
        for debugger, one in zip(shown[::2], shown[1::2]):
            typed, _, answer = one.partition("\n")
            yield Exchange(typed, answer.rstrip("\n"), debugger)


@contextmanager
def playing(scene: Scene, kind: type[Session] = GdbSession) -> Iterator[Session]:
    """Start the session of a page, at the place where its first line is typed, in a folder of its own.

    The program is compiled as pages say, from the checkout's own folder. How tables look depends on how long
    the paths are: the folder is one right below that of temporary files.
    """
    source = Path("examples", scene.program)
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cc", "-g", "-o", f"{folder}/{source.stem}", source], cwd=CHECKOUT, check=True)
        os.chdir(folder)
        try:
            with kind.start(Path(folder, source.stem), size=SIZE) as session:
                session.run(WIDTH[session.name])
                if kind is GdbSession:
                    session.run("set disable-randomization on")  # equal addresses, where that is allowed
                if said := session.load_ptatlas():
                    raise SessionError(said)
                for line in scene.before:
                    session.run(line)
                yield session
        finally:
            os.chdir(before)


def answer_to(session: Session, line: str) -> str:
    """Type the line; return what a reader is shown of the answer."""
    return NOISE.sub("", session.run(line)).strip("\n")


def words(line: str) -> list[str]:
    """Return the words of a line, whatever its numbers and folders, and how much the kernel lets one see.

    That stands in the last lines of tables, after a semicolon.
    """
    return NUMBER.sub("#", FOLDER.sub("", line.partition("; ")[0])).split()


def untrue(exchange: Exchange, answer: str) -> Iterator[str]:
    """Give the lines that are shown and no line of the answer has; it may have more words: another column."""
    answered = [words(line) for line in answer.splitlines()]
    for line in exchange.answer.splitlines():
        if line != ELISION and not any(_is_within(words(line), one) for one in answered):
            yield f"{exchange.typed}\nshown:    {line}\nanswered: {answer}"


def _is_within(shown: list[str], answered: list[str]) -> bool:
    """Return whether all words that are shown are answered, in their order."""
    left = iter(answered)
    return all(word in left for word in shown)


def rewritten(page: str, answer: Callable[[str], str]) -> str:
    """Return the page with these answers in place of those that it has, where more than numbers is others."""
    return re.sub(
        r"^(```\w*\n)(\(gdb\) .*?)(^```$)",
        lambda block: (
            block[1] + "".join(_anew(one, answer(one.typed)) for one in exchanges(block[0])) + block[3]
        ),
        page,
        flags=re.MULTILINE | re.DOTALL,
    )


def _anew(shown: Exchange, answer: str) -> str:
    is_same = [*map(words, shown.answer.splitlines())] == [*map(words, answer.splitlines())]
    lines = [f"{PROMPT}{shown.typed}", *(shown.answer if is_same else answer).splitlines()]
    return "".join(f"{line}\n" for line in lines)


def main() -> int:
    """Write the pages anew."""
    for name in filter(lambda name: name.endswith(".md"), SCENES):
        page = CHECKOUT / "docs" / name
        with playing(SCENES[name]) as session:
            text = rewritten(page.read_text(), lambda line: answer_to(session, line))
            page.write_text(text.replace(f"{os.getcwd()}/", "/tmp/"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
