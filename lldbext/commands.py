"""Core's commands as LLDB's: help, TAB and errors are LLDB's own, as far as its version has them."""

from __future__ import annotations

import os
import sys
from types import FrameType, SimpleNamespace
from typing import Any, ClassVar

import lldb
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.help import help_text
from ptatlas.core.commands.shell.settings import SUMMARY
from ptatlas.core.commands.shell.spec import Command

from . import integers  # noqa: F401 - from then on, LLDB's values are addresses
from .following import StopHook
from .names import NAMESPACE
from .options import option_definitions, positional_definitions
from .settings import setting_commands

# The command under which those lie that are only reached through an alias.
CONTAINER = "_ptatlas"
# Those under which the settings lie: LLDB completes their names in any version.
SETTING_CONTAINERS = {"ptatlas": SUMMARY, "ptatlas set": "Change a setting of ptatlas."}


class AtlasCommand:
    """One of core's commands in LLDB. LLDB makes the objects, and calls them with what was typed."""

    command: ClassVar[Command]

    def __init__(self, debugger: lldb.SBDebugger, _internal_dict: dict[str, Any]) -> None:
        self._debugger = debugger
        self._values: dict[str, str] = {}

    def get_short_help(self) -> str:
        """Return the line for LLDB's `help`."""
        return self.command.summary

    def get_long_help(self) -> str:
        """Return what `help COMMAND` shows below that line."""
        return "\n" + help_text(self.command).partition("\n")[2].lstrip("\n")

    def run(self, given: str | list[str], context: Any, result: Any, frame: FrameType) -> None:
        """Run the command; `frame` is of the method that LLDB called, and has a caller only in a script."""
        from .running import run

        run(self.command, given, self._debugger, context, result, is_direct=frame.f_back is None)


class RawCommand(AtlasCommand):
    """For LLDB before 19: the line as it was typed, and no TAB."""

    def __call__(self, _debugger: Any, line: str, context: Any, result: Any) -> None:
        """Run the command with the line."""
        self.run(line, context, result, sys._getframe())


class ParsedCommand(AtlasCommand):
    """For LLDB 19 and later, which complete the options that are declared to them, and would parse those too.

    So the command is reached through an alias that ends with `--`: TAB sees the options through the alias,
    and when the command runs, all words come after that `--`, in order and unchanged. LLDB 20 and later also
    ask what other words can become, but versions 20 and 21 crash at that where no option is declared.
    """

    # Whether LLDB asks what words can become.
    asks: ClassVar[bool]

    def get_flags(self) -> int:
        """Return the checks that LLDB makes before a call: none, since core reports the errors itself."""
        return 0

    def get_options_definition(self) -> Any:
        """Return the options for TAB."""
        return option_definitions(self.command, self.asks)

    def get_args_definition(self) -> list[list[dict[str, Any]]]:
        """Return that there may be any number of words."""
        return positional_definitions(self.command)

    def option_parsing_started(self) -> None:
        """Forget the options of the previous line: LLDB parses options only to complete a line."""
        self._values = {}

    def set_option_value(self, _context: Any, name: str, value: str) -> bool:
        """Keep an option's value, which may be the one that TAB is about."""
        self._values[name] = value
        return True

    def handle_option_argument_completion(self, name: str, cursor: int) -> Any:
        """Return the completions of an option's value, for TAB in LLDB 20 and later."""
        return self._completions([f"--{name}"], self._values.get(name, "")[:cursor])

    def handle_argument_completion(self, words: Any, position: int, cursor: int) -> Any:
        """Return the completions of the word under the cursor, for TAB in LLDB 20 and later."""
        given = [str(word) for word in words]
        return self._completions(given[:position], given[position][:cursor] if position < len(given) else "")

    def _completions(self, words: list[str], last: str) -> Any:
        from .running import completions

        return completions(self.command, words, last, self._debugger)

    def __call__(self, _debugger: Any, words: lldb.SBStructuredData, context: Any, result: Any) -> None:
        """Run the command with the words."""
        self.run(_strings(words), context, result, sys._getframe())


def register(debugger: lldb.SBDebugger, internal_dict: dict[str, Any]) -> None:
    """Register the commands with the debugger; a second call replaces them.

    Raise RuntimeError with LLDB's words where it refuses one.
    """
    names = internal_dict[NAMESPACE] = SimpleNamespace(StopHook=StopHook)
    base = _command_class()
    asks = base is ParsedCommand and _asks_about_words()
    if base is ParsedCommand:
        _handle(debugger, f"command container add -o -h 'What the pt- commands stand for.' {CONTAINER}")
    for command in COMMANDS:
        name = _put(names, command, base, asks=asks)
        if base is RawCommand:
            _handle(debugger, f"command script add -o -c {name} {command.name}")
        else:
            _handle(debugger, f"command script add -o -p -c {name} {CONTAINER} {command.name}")
            _handle(debugger, f"command alias -- {command.name} {CONTAINER} {command.name} --")
    _register_settings(debugger, names, base, asks)


def _register_settings(
    debugger: lldb.SBDebugger, names: SimpleNamespace, base: type[AtlasCommand], asks: bool
) -> None:
    """Register `ptatlas set NAME` and `ptatlas show`, values completed from LLDB 20 on; in 19, files."""
    for container, summary in SETTING_CONTAINERS.items():
        _handle(debugger, f"command container add -o -h '{summary}' {container}")
    for command, kind, known in setting_commands():
        name = _put(names, command, kind, base if asks else RawCommand, asks=asks, **known)
        takes_file = command.calls[0].positionals[0].completes == "file"
        how = "-p" if asks else "-C disk-file" if takes_file and base is ParsedCommand else ""
        _handle(debugger, f"command script add -o {how} -c {name} {command.name}")


def _put(names: SimpleNamespace, command: Command, *bases: type, **known: Any) -> str:
    """Make the class of a command, put it where LLDB finds it, and return its name there."""
    name = command.name.replace("-", "_").replace(" ", "_")
    setattr(names, name, type(name, bases, {"command": command, **known}))
    return f"{NAMESPACE}.{name}"


def _command_class() -> type[AtlasCommand]:
    """Return the class for this LLDB, by what its Python module has: Apple's version numbers differ."""
    return ParsedCommand if os.path.exists(_parsed_commands()) else RawCommand


def _asks_about_words() -> bool:
    """Return whether LLDB asks parsed commands what their words can become: from LLDB 20 on."""
    # The module's source is searched instead of imported: importing takes a tenth of the load time allowed.
    with open(_parsed_commands(), encoding="utf-8") as file:
        return "def handle_argument_completion" in file.read()


def _parsed_commands() -> str:
    """Return the path of LLDB's module for parsed commands, which it has from version 19 on."""
    return os.path.join(os.path.dirname(lldb.__file__), "plugins", "parsed_cmd.py")


def _handle(debugger: lldb.SBDebugger, line: str) -> None:
    result = lldb.SBCommandReturnObject()
    debugger.GetCommandInterpreter().HandleCommand(line, result)
    if not result.Succeeded():
        raise RuntimeError(f"LLDB refuses {line!r}: {(result.GetError() or '').strip()}")


def _strings(words: lldb.SBStructuredData) -> list[str]:
    """Return the words; LLDB 19 fails unless there is room for their JSON, which is longer than any word."""
    json = lldb.SBStream()
    words.GetAsJSON(json)
    return [words.GetItemAtIndex(n).GetStringValue(json.GetSize() + 1) for n in range(words.GetSize())]
