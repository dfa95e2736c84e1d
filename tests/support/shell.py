"""The commands without a debugger: type a line, get the text."""

from __future__ import annotations

import json
from typing import Any

from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.context import Context, Session
from ptatlas.core.commands.shell.dispatch import execute
from ptatlas.core.commands.shell.progress_line import LineTimes
from ptatlas.core.inferior import Inferior
from ptatlas.core.ports.target import Target
from ptatlas.core.search.narrowing.last_search import LastSearch


class Shell:
    """A terminal that keeps what is written to it, over one inferior or none."""

    def __init__(self, target: Target | None = None, width: int | None = None, color: bool = False):
        self.inferior = None if target is None else Inferior(target)
        self.session = Session()
        self.width, self.color, self.status = width, color, None
        self.is_paged = False
        self.times = LineTimes()
        self.found: bool | None = None
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """What the last command printed, also if it failed."""
        return "".join(self._pieces)

    @property
    def last_search(self) -> LastSearch | None:
        """What the last pt-find left behind for the next."""
        return self.session.history.of(self.inferior).last_search

    def write(self, text: str) -> None:
        self._pieces.append(text)

    def run(self, line: str) -> str:
        """Run a line such as `pt-maps --gaps`; return what it printed. CommandFailed as it comes."""
        name, _, arguments = line.partition(" ")
        command = next(command for command in COMMANDS if command.name == name)
        self._pieces.clear()
        self.found = execute(command, arguments, Context(self.session, self.inferior), self, self.times)
        return self.text

    def lines(self, line: str) -> list[str]:
        return self.run(line).splitlines()

    def json(self, line: str) -> Any:
        return json.loads(self.run(line + " --json"))
