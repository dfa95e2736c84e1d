"""Core's commands as LLDB's: help, TAB and errors are LLDB's own, as far as its version has them."""

from __future__ import annotations

import importlib.util
import os
import sys
from types import FrameType, SimpleNamespace
from typing import Any, ClassVar

import lldb
from ptatlas.core.commands.complete import complete
from ptatlas.core.commands.context import Context
from ptatlas.core.commands.dispatch import CommandFailed, execute
from ptatlas.core.commands.helptext import help_text
from ptatlas.core.commands.names import names
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.spec import Command
from ptatlas.core.errors import AtlasError

from .debugger import DEBUGGER
from .interrupts import Interrupts
from .options import option_definitions, positional_definitions
from .terminal import terminal_of

# What LLDB finds the classes under, in the dictionary that it looks names up in.
NAMESPACE = "ptatlas_commands"
# Commands that only stand behind an alias.
CONTAINER = "_ptatlas"


class AtlasCommand:
    """One of core's commands in LLDB. LLDB makes the objects, and calls them with what was typed."""

    command: ClassVar[Command]

    def __init__(self, debugger: lldb.SBDebugger, _internal_dict: dict[str, Any]) -> None:
        self._debugger = debugger

    def get_short_help(self) -> str:
        """Return the line that `help` lists."""
        return self.command.summary

    def get_long_help(self) -> str:
        """Return what `help COMMAND` shows below that line."""
        return "\n" + help_text(self.command).partition("\n")[2].lstrip("\n")

    def run(
        self, given: str | list[str], context: lldb.SBExecutionContext, result: Any, is_direct: bool
    ) -> None:
        """Run the command; what fails is the result's error, so that scripts stop."""
        interrupts = Interrupts(self._debugger)
        terminal = terminal_of(self._debugger, result, interrupts, is_direct)
        try:
            inferior = DEBUGGER.of(context.GetProcess())
            execute(self.command, given, Context(DEBUGGER.session, inferior, interrupts), terminal)
        except CommandFailed as error:
            result.SetError(str(error))


class RawCommand(AtlasCommand):
    """For LLDB before 19: the line as it was typed, and no TAB."""

    def __call__(self, _debugger: Any, line: str, context: Any, result: Any) -> None:
        """Run the command with the line."""
        self.run(line, context, result, _is_direct(sys._getframe()))


class WordsCommand(AtlasCommand):
    """For LLDB 20 and later: LLDB splits the line, and asks us what TAB offers.

    No option is declared to LLDB, so it hands over all words in order, those with dashes too.
    """

    def get_flags(self) -> int:
        """Return what LLDB checks before it calls: nothing, core's errors are the same everywhere."""
        return 0

    def get_options_definition(self) -> Any:
        """Return the options that LLDB itself parses: none."""
        return None

    def get_args_definition(self) -> list[list[dict[str, Any]]]:
        """Return that there may be any number of words."""
        return positional_definitions(self.command)

    def option_parsing_started(self) -> None:
        """Do nothing: LLDB parses no options."""

    def set_option_value(self, _context: Any, _name: str, _value: str) -> bool:
        """Accept the option's value, which LLDB parses only to complete what comes after it."""
        return True

    def handle_argument_completion(self, words: Any, position: int, cursor: int) -> Any:
        """Return what the word under the cursor can become, for LLDB's TAB."""
        given = [str(word) for word in words]
        last = given[position][:cursor] if position < len(given) else ""
        found = complete(self.command, given[:position], last, names(DEBUGGER.session, self._inferior()))
        helps = {"--" + option.name: option.help for option in self.command.options_of(None)}
        if len(found) == 1:
            return {
                "completion": found[0],
                "mode": "partial" if found[0].endswith(("/", "=")) else "complete",
            }
        return {"values": found, "descriptions": [helps.get(word, "") for word in found]}

    def _inferior(self) -> Any:
        try:
            return DEBUGGER.of(self._debugger.GetSelectedTarget().GetProcess())
        except AtlasError:
            return None

    def __call__(self, _debugger: Any, words: lldb.SBStructuredData, context: Any, result: Any) -> None:
        """Run the command with the words."""
        given = [_text(words.GetItemAtIndex(number)) for number in range(words.GetSize())]
        self.run(given, context, result, _is_direct(sys._getframe()))


class DeclaredCommand(WordsCommand):
    """For LLDB 19, which completes only options that are declared to it, and would parse those itself.

    So it is reached through an alias that ends with `--`: TAB looks through the alias at the options,
    and when the command runs, all words come after that `--`, in order and as they are.
    """

    def get_options_definition(self) -> Any:
        """Return the options for TAB."""
        return option_definitions(self.command)


def _is_direct(frame: FrameType) -> bool:
    """Tell whether LLDB itself called the frame, and no Python of somebody's."""
    return frame.f_back is None


def _text(item: lldb.SBStructuredData) -> str:
    size = 1 << 12
    while True:
        text: str = item.GetStringValue(size)
        if len(os.fsencode(text)) < size - 1:
            return text
        size *= 16


def register(debugger: lldb.SBDebugger, internal_dict: dict[str, Any]) -> None:
    """Make the commands known to the debugger; once more replaces them."""
    base = _command_class()
    classes = {_identifier(one): type(_identifier(one), (base,), {"command": one}) for one in COMMANDS}
    internal_dict[NAMESPACE] = SimpleNamespace(**classes)
    if base is DeclaredCommand:
        _handle(debugger, f"command container add -o -h 'What the pt- commands stand for.' {CONTAINER}")
    for command in COMMANDS:
        _register(debugger, base, command)


def _register(debugger: lldb.SBDebugger, base: type[AtlasCommand], command: Command) -> None:
    name = f"{NAMESPACE}.{_identifier(command)}"
    if base is RawCommand:
        _handle(debugger, f"command script add -o -c {name} {command.name}")
    elif base is WordsCommand:
        _handle(debugger, f"command script add -o -p -c {name} {command.name}")
    else:
        _handle(debugger, f"command script add -o -p -c {name} {CONTAINER} {command.name}")
        _handle(debugger, f"command alias -- {command.name} {CONTAINER} {command.name} --")


def _command_class() -> type[AtlasCommand]:
    """Return the class for this LLDB, by what its Python module has: Apple counts versions otherwise."""
    if importlib.util.find_spec("lldb.plugins.parsed_cmd") is None:
        return RawCommand
    from lldb.plugins.parsed_cmd import LLDBOptionValueParser

    # Came together with completion by the command itself.
    return WordsCommand if hasattr(LLDBOptionValueParser, "dest_for_option") else DeclaredCommand


def _identifier(command: Command) -> str:
    return command.name.replace("-", "_")


def _handle(debugger: lldb.SBDebugger, line: str) -> None:
    """Run a command of LLDB's; AtlasError with what it says if it fails."""
    result = lldb.SBCommandReturnObject()
    debugger.GetCommandInterpreter().HandleCommand(line, result)
    if not result.Succeeded():
        raise AtlasError(f"LLDB refuses {line!r}: {(result.GetError() or '').strip()}")
