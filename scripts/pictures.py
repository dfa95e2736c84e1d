"""Record sessions in a real terminal of 80 columns, and write them as pictures into docs/pictures.

A recording is what tmux shows, with its colours, while keys are typed as a user types them. It needs tmux,
and rich (the extra `docs`); run it by hand when what commands print has changed.
tests/debugger/test_transcripts.py holds what the first picture shows against today's answers.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

CHECKOUT = Path(__file__).resolve().parent.parent
PICTURES = CHECKOUT / "docs" / "pictures"
WIDTH, HEIGHT = 80, 300  # high, so that nothing is scrolled away and no pager asks
PATIENCE = 60.0
ESCAPE = re.compile(r"\x1b\[[\d;]*m")
NAMES = {"\t": "Tab", "\n": "Enter"}
# Rich's pictures name fonts on another server; the reader's own will do.
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


class Keys(NamedTuple):
    """What is typed at once, and what the screen has once more when that is answered; None: a prompt."""

    typed: str
    shown: str | None = None


class Recording(NamedTuple):
    """A picture: its file's name, the debugger, what is typed before it begins, what it shows."""

    name: str
    debugger: str
    before: tuple[str, ...]
    keys: tuple[Keys, ...]


START = {
    "gdb": [
        *("gdb", "-q", "-nx", "-iex", "set debuginfod enabled off"),
        *("-ex", f"source {CHECKOUT}/gdbext/plugin.py", "demo"),
    ],
    "lldb": [
        *("lldb-19", "--no-lldbinit", "-O", "settings set symbols.enable-external-lookup false"),
        *("-o", f"command script import {CHECKOUT}/lldbext/plugin.py", "demo"),
    ],
}
# What a user does who knows nothing yet: ask for help, and press TAB instead of guessing. GDB lists when TAB
# is pressed twice.
FIRST = (
    Keys("help pt-maps\n"),
    Keys("pt-maps --s<TAB>", "summary"),
    Keys("u\t\n"),
    Keys("pt-maps -k <TAB>", "vsyscall"),
    Keys("heap\n"),
    Keys("pt-find --help\n"),
    Keys("pt-find treasure --i<TAB>", "image"),
    Keys("n <TAB>", "[heap]"),
    Keys("[h\t\n"),
    Keys("pt-image check --help\n"),
    Keys("pt-image check --ca\t", "--cause"),
    Keys("unknown\n"),
)
SHOWN = (
    Keys("pt-maps -n demo\n"),
    Keys("pt-find treasure -k heap\n"),
    Keys("pt-find -P letter -n demo\n"),
    Keys("pt-image check\n"),
)
STOP = {"gdb": ("break ready\n", "run\n"), "lldb": ("breakpoint set --name ready\n", "run\n")}
RECORDINGS = (
    Recording("session", "gdb", STOP["gdb"], SHOWN),
    Recording("first-session-gdb", "gdb", STOP["gdb"], FIRST),
    Recording("first-session-lldb", "lldb", STOP["lldb"], FIRST),
)


class Terminal:
    """A terminal with a debugger in it, at its first prompt; a context manager that ends both."""

    def __init__(self, debugger: str, folder: str) -> None:
        self._tmux = ["tmux", "-L", f"ptatlas-{os.getpid()}", "-f", "/dev/null"]
        self._prompt = f"\n({debugger})"
        self._tab = {"gdb": "\t\t", "lldb": "\t"}[debugger]
        size = ("-x", str(WIDTH), "-y", str(HEIGHT), "-c", folder)
        self._run("new-session", "-d", *size, *START[debugger])
        self._wait_for_prompt(1)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._run("kill-server")

    def screen(self) -> str:
        """Return what is shown, with its colours, without the empty lines at the end."""
        return self._run("capture-pane", "-e", "-p").rstrip()

    def type(self, keys: Keys) -> None:
        """Press the keys, and wait until the debugger has answered."""
        sought = self._prompt if keys.shown is None else keys.shown
        before = self._plain().count(sought)
        for part in re.split(r"([\t\n])", keys.typed.replace("<TAB>", self._tab)):
            if part:
                self._run("send-keys", *([NAMES[part]] if part in NAMES else ["-l", part]))
        if keys.shown is None:
            self._wait_for_prompt(before + 1)
        else:
            self._wait(lambda: self._plain().count(sought) > before)

    def _wait_for_prompt(self, count: int) -> None:
        """Wait until there are so many prompts, and nothing behind the last one."""
        self._wait(
            lambda: self._plain().count(self._prompt) >= count and self._plain().endswith(self._prompt)
        )

    def _wait(self, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not until():
            if time.monotonic() > deadline:
                raise TimeoutError(self._plain())
            time.sleep(0.02)  # tmux has no way to be told

    def _plain(self) -> str:
        return "\n" + ESCAPE.sub("", self.screen())

    def _run(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], check=True, capture_output=True, text=True).stdout


def record(recording: Recording, folder: str) -> str:
    """Play it; return the lines that it shows, with colours."""
    with Terminal(recording.debugger, folder) as terminal:
        for line in recording.before:
            terminal.type(Keys(line))
        hidden = terminal.screen().count("\n")
        for keys in recording.keys:
            terminal.type(keys)
        *lines, _prompt = terminal.screen().split("\n")[hidden:]
    return "\n".join(lines).replace(f"{folder}/", "/tmp/")


def picture(lines: str, title: str) -> str:
    """Return the lines as a picture: SVG, with the text as text."""
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text.from_ansi(lines), no_wrap=True, crop=False, overflow="ignore")
    return FONTS.sub("", console.export_svg(title=title, theme=MONOKAI, unique_id="t"))


def main() -> int:
    """Record those that are named, or all."""
    PICTURES.mkdir(exist_ok=True)
    for recording in RECORDINGS:
        if recording.name in (sys.argv[1:] or recording.name):
            with tempfile.TemporaryDirectory() as folder:
                program = Path("examples", "demo.c")
                subprocess.run(["cc", "-g", "-o", f"{folder}/demo", program], cwd=CHECKOUT, check=True)
                lines = record(recording, folder)
            title = f"ptatlas in {recording.debugger.upper()}"
            (PICTURES / f"{recording.name}.svg").write_text(picture(lines, title))
    return 0


if __name__ == "__main__":
    sys.exit(main())
