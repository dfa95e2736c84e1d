"""Core's commands as GDB/MI commands: `-pt-maps`, `-pt-find`, `-pt-image`, with results in its values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import gdb
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.spec import Command

# What GDB takes as the name of a value in a result.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class AtlasMiCommand(gdb.MICommand):
    """One of core's commands for front ends. It imports what it needs at its first use."""

    def __init__(self, command: Command) -> None:
        self._command = command
        super().__init__(f"-{command.name}")

    def invoke(self, arguments: Sequence[str]) -> dict[str, Any] | None:
        """Return the command's document as MI has values, or its lines; raise failures as errors."""
        import json

        from .running import run

        output = Collected()
        run(self._command, [*arguments, "--json"], output)
        text = "".join(output.pieces)
        if not text:  # it went to a file
            return None
        return mi_value(json.loads(text)) if text.startswith("{") else {"lines": text.splitlines()}


class Collected:
    """A terminal that keeps what is written to it."""

    width, color, is_paged, status = None, False, False, None

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.write = self.pieces.append


def mi_value(value: Any) -> Any:
    """Return a JSON value as MI has values (GDB manual, "GDB/MI Result Records"): strings, lists, tuples.

    Numbers are their digits, truths `true` and `false`. A key whose value is null is left out, and so is null
    in a list. What has keys that are no names in MI is a list of tuples of `key` and `value`.
    """
    if isinstance(value, dict):
        known = {key: mi_value(part) for key, part in value.items() if part is not None}
        if all(map(_NAME.fullmatch, known)):
            return known
        return [{"key": key, "value": part} for key, part in known.items()]
    if isinstance(value, list):
        return [mi_value(part) for part in value if part is not None]
    return str(value).lower() if isinstance(value, bool) else str(value)


def register_mi_commands() -> None:
    """Register the commands with GDB; a second call replaces them."""
    for command in COMMANDS:
        AtlasMiCommand(command)
