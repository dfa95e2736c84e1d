"""What a command is, as data: parsing, help, completion and the documentation all come from it."""

from __future__ import annotations

from typing import NamedTuple


class Option(NamedTuple):
    """An option: `--name VALUE`, or a flag where it has no `metavar`.

    `choices` are the only values allowed; with `listed`, several of them joined by commas.
    `completes` names what TAB offers for the value otherwise: `area`, `image`, `file`.
    """

    name: str
    help: str
    metavar: str | None = None
    short: str | None = None
    choices: tuple[str, ...] = ()
    listed: bool = False
    repeat: bool = False
    completes: str | None = None


class Positional(NamedTuple):
    """A positional argument, given at least `least` and at most `most` times (None: any number)."""

    metavar: str
    help: str
    least: int = 1
    most: int | None = 1
    completes: str | None = None


class Call(NamedTuple):
    """One thing that a command does: its arguments, and the function that answers, `module:function`.

    The module, one of `core/commands`, is imported when the call is made: loading the commands costs
    little. A command with a single call gives it the empty name; otherwise the first word chooses.
    """

    name: str
    summary: str
    run: str
    positionals: tuple[Positional, ...] = ()
    options: tuple[Option, ...] = ()
    needs_inferior: bool = True


class Command(NamedTuple):
    """A command: the calls it has, the first of which is meant where no word chooses one."""

    name: str
    summary: str
    calls: tuple[Call, ...]
    options: tuple[Option, ...] = ()
    description: str = ""
    examples: tuple[tuple[str, str], ...] = ()

    def options_of(self, call: Call | None) -> tuple[Option, ...]:
        """The options that a call takes; None: those of any call, each name once."""
        calls = self.calls if call is None else (call,)
        options = [*self.options, *(option for one in calls for option in one.options)]
        return tuple({option.name: option for option in options}.values())

    def call(self, name: str) -> Call | None:
        """The call of this name, or None."""
        return next((call for call in self.calls if call.name == name), None)

    @property
    def has_words(self) -> bool:
        """Whether a first word chooses the call."""
        return len(self.calls) > 1
