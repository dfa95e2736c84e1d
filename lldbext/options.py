"""A command's options, arguments and completions as LLDB wants them told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import lldb
from ptatlas.core.commands.shell.spec import Command, Option

# LLDB 19's own completions of values: files, and the names of loaded modules (not of all areas).
_COMPLETIONS = {"area": "eModuleCompletion", "file": "eDiskFileCompletion"}
_AREAS = ("[heap]", "[stack]", "[vdso]")
# Types of arguments that LLDB completes in the same ways by itself.
_TYPES = {"area": "eArgTypeModule", "file": "eArgTypeFilename"}
_NEVER_TYPED = range(1, 32)


def option_definitions(command: Command, asks: bool) -> dict[str, dict[str, Any]]:
    """Return the command's options by name; `asks` says whether LLDB asks us to complete their values.

    LLDB doesn't ask for an option with a list of values. An option without a short form still needs a unique
    one: a control character.
    """
    codes = iter(_NEVER_TYPED)
    return {option.name: _definition(option, codes, asks) for option in command.options_of()}


def positional_definitions(command: Command) -> list[list[dict[str, Any]]]:
    """Return that any number of words may be given, completed as the first positional is."""
    completes = [one.completes for call in command.calls for one in call.positionals[:1]]
    kind = _type(completes[0]) if len(command.calls) == 1 and completes else lldb.eArgTypeValue
    return [[{"arg_type": kind, "repeat": "star"}]]


def offered(found: Sequence[str], helps: Mapping[str, str] | None = None) -> Any:
    """Return completions in the form that LLDB 20 and later expect; `helps` are descriptions of words."""
    if len(found) == 1:
        goes_on = found[0].endswith(("/", "="))
        return {"completion": found[0], "mode": "partial" if goes_on else "complete"}
    return {"values": found, "descriptions": [(helps or {}).get(word, "") for word in found]}


def _definition(option: Option, codes: Any, asks: bool) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "short_option": option.short or chr(next(codes)),
        "required": False,
        "help": option.help,
    }
    if option.metavar is None:
        return definition
    definition["value_type"] = _type(option.completes)
    definition["completion_type"] = getattr(lldb, _COMPLETIONS.get(option.completes or "", "eNoCompletion"))
    values = option.choices or (_AREAS if option.completes == "area" else ())
    if values and not asks:
        definition["enum_values"] = [[value, value] for value in values]
    return definition


def _type(completes: str | None) -> int:
    found: int = getattr(lldb, _TYPES.get(completes or "", "eArgTypeValue"), lldb.eArgTypeValue)
    return found
