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
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT / "tests"))

from support.session import Session  # noqa: E402 - the path comes first
from support.sessions import GdbSession  # noqa: E402

PROMPT = "(gdb) "
# High enough for every answer, so that no pager asks; as wide as terminals are by default.
SIZE = (200, 80)
# What GDB says of its own set-up, each time a program starts.
NOISE = re.compile(
    r"^(\[Thread debugging using|Using host libthread_db|warning: Error disabling).*\n?", re.MULTILINE
)


class Scene(NamedTuple):
    """Which of examples/ a page's session is on, and what was typed before its first line."""

    program: str
    before: tuple[str, ...] = ()


SCENES = {
    "tutorial.md": Scene("jobs.c"),
    "cookbook.md": Scene("demo.c", ("break ready", "run")),
    "pictures/session.svg": Scene("demo.c", ("break ready", "run")),
    "formats.md": Scene("demo.c", ("break ready", "run")),
}


class Exchange(NamedTuple):
    """A line that was typed, and what came of it."""

    typed: str
    answer: str


def exchanges(page: str) -> Iterator[Exchange]:
    """Give what a page shows; an answer ends at the next prompt, or at the block's end."""
    for block in re.findall(r"^```\w*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        _, *shown = f"\n{block}".split(f"\n{PROMPT}")
        for one in shown:
            typed, _, answer = one.partition("\n")
            yield Exchange(typed, answer.rstrip("\n"))


def open_scene(name: str, program: Path, kind: type[Session] = GdbSession) -> Session:
    """Start the session of a page on its program, at the place where its first line is typed."""
    session = kind.start(program, size=SIZE)
    if kind is GdbSession:
        session.run(f"set width {SIZE[1]}")
        session.run("set disable-randomization on")  # the same addresses each time, where that is allowed
    session.load_ptatlas()
    for line in SCENES[name].before:
        session.run(line)
    return session


def answer_to(session: Session, line: str) -> str:
    """Type the line; return what a reader is shown of the answer."""
    return NOISE.sub("", session.run(line)).strip("\n")


def rewritten(page: str, answer: Callable[[str], str]) -> str:
    """Return the page with these answers in place of those that it has."""
    return re.sub(
        r"^(```\w*\n)(\(gdb\) .*?)(^```$)",
        lambda block: block[1] + _block(block[2], answer) + block[3],
        page,
        flags=re.MULTILINE | re.DOTALL,
    )


def _block(block: str, answer: Callable[[str], str]) -> str:
    typed = [line for line in block.splitlines() if line.startswith(PROMPT)]
    return "".join(
        f"{line}\n{text}\n" if (text := answer(line[len(PROMPT) :])) else f"{line}\n" for line in typed
    )


def compiled(name: str, folder: Path) -> Path:
    """Return the program of a page, compiled as the page says: from the checkout's own folder."""
    source = Path("examples", SCENES[name].program)
    program = folder / source.stem
    subprocess.run(["cc", "-g", "-o", program, source], cwd=CHECKOUT, check=True)
    return program


def main() -> int:
    """Write the pages anew."""
    for name in filter(lambda name: name.endswith(".md"), SCENES):
        page = CHECKOUT / "docs" / name
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)  # the place of what a session writes
            with open_scene(name, compiled(name, Path(folder))) as session:
                text = rewritten(page.read_text(), lambda line: answer_to(session, line))
        os.chdir(CHECKOUT)
        page.write_text(text.replace(f"{folder}/", "/tmp/"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
