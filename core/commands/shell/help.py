"""The help of a command, from its spec; the documentation's tables come from here too."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from .spec import Call, Command, Option, Positional

INDENT = 26
CALL_INDENT = 48
WIDTH = 96


def help_text(command: Command) -> str:
    """Return the whole help, as `--help` and the debugger's own `help` show it."""
    return "\n".join(_lines(command))


def usage(command: Command, call: Call) -> str:
    """Return one line: how the call is written."""
    words = [command.name, call.name, *map(_usage_of, call.positionals), "[options]"]
    return " ".join(word for word in words if word)


def spelled(option: Option) -> str:
    """Return the option as it is typed: `-n, --name GLOB`."""
    short = f"-{option.short}, " if option.short else ""
    return f"{short}--{option.name}" + (f" {option.metavar}" if option.metavar else "")


def _lines(command: Command) -> Iterator[str]:
    yield command.summary
    yield ""
    for call in command.calls:
        if command.has_words:
            yield from _entry(usage(command, call), call.summary, CALL_INDENT)
        else:
            yield f"Usage: {usage(command, call)}"
    if command.description:
        yield ""
        yield command.description
    for positional in {p.metavar: p for call in command.calls for p in call.positionals}.values():
        yield from _entry(f"  {positional.metavar}", positional.help)
    yield ""
    yield "Options:"
    for option in command.options_of(None):
        yield from _entry(f"  {spelled(option)}", _option_help(option))
    if command.examples:
        yield ""
        yield "Examples:"
        for line, meaning in command.examples:
            yield from _entry(f"  {line}", meaning)


def _usage_of(positional: Positional) -> str:
    name = positional.metavar + ("" if positional.most == 1 else " ...")
    return name if positional.least else f"[{name}]"


def _option_help(option: Option) -> str:
    return option.help + (f": {', '.join(option.choices)}" if option.choices else "")


def _entry(term: str, meaning: str, indent: int = INDENT) -> Iterator[str]:
    if len(term) >= indent:
        yield term
        term = ""
    for number, line in enumerate(textwrap.wrap(meaning, WIDTH - indent)):
        yield f"{term if number == 0 else '':<{indent}}{line}"
