"""The help of a command, from its spec; the documentation's tables come from here too."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from .spec import Call, Command, Option, Positional

INDENT = 26
CALL_INDENT = 36
WIDTH = 79  # a terminal's usual 80 columns, the last of which stays free


def help_text(command: Command, words: Sequence[str] = ()) -> str:
    """Return the help as `--help` behind these words shows it: of one call, of a group, of the command.

    The debugger's own `help` shows the command's.
    """
    return "\n".join(_lines(command, command.calls_of(words)))


def usage(command: Command, call: Call) -> str:
    """Return one line: how the call is written."""
    return f"{_words(command, call)} [options]"


def _words(command: Command, call: Call) -> str:
    words = [command.name, call.name, *map(_usage_of, call.positionals)]
    return " ".join(word for word in words if word)


def spelled(option: Option) -> str:
    """Return the option as it is typed: `-n, --name GLOB`."""
    short = f"-{option.short}, " if option.short else ""
    return f"{short}--{option.name}" + (f" {option.metavar}" if option.metavar else "")


def option_help(option: Option) -> str:
    """Return what the option does, with the values that it takes where there are only some."""
    return option.help + (f": {', '.join(option.choices)}" if option.choices else "")


def _lines(command: Command, calls: Sequence[Call]) -> Iterator[str]:
    is_whole = len(calls) == len(command.calls)
    yield from [command.summary] if is_whole else textwrap.wrap(_summary(command, calls), WIDTH)
    yield ""
    for call in calls:
        if len(calls) > 1:
            yield from _entry(_words(command, call), call.summary, CALL_INDENT)
        else:
            yield f"Usage: {usage(command, call)}"
    if command.description and is_whole:
        yield ""
        yield from textwrap.wrap(command.description, WIDTH)
    for positional in {p.metavar: p for call in calls for p in call.positionals}.values():
        yield from _entry(f"  {positional.metavar}", positional.help)
    yield ""
    yield "Options:"
    for option in command.options_of(calls):
        yield from _entry(f"  {spelled(option)}", option_help(option))
    examples = [one for one in command.examples if command.call_of(one[0].split()[1:]) in calls]
    if examples:
        yield ""
        yield "Examples:"
        for line, meaning in examples:
            yield from _entry(f"  {line}", meaning)


def _summary(command: Command, calls: Sequence[Call]) -> str:
    """Return the first line of the help of a call, or of a group."""
    first = calls[0]
    if len(calls) == 1:
        return f"{command.name} {first.name}: {first.summary}."
    return f"What {command.name} does with {command.groups[first.words[0]]}."


def _usage_of(positional: Positional) -> str:
    name = positional.metavar + ("" if positional.most == 1 else " ...")
    return name if positional.least else f"[{name}]"


def _entry(term: str, meaning: str, indent: int = INDENT) -> Iterator[str]:
    if len(term) >= indent:
        yield term
        term = ""
    for number, line in enumerate(textwrap.wrap(meaning, WIDTH - indent)):
        yield f"{term if number == 0 else '':<{indent}}{line}"
