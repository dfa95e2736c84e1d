"""What a command is, as data: parsing, help, completion and the documentation all come from it."""

# Without `from __future__ import annotations`: it would make named tuples compile each of them anew, a tenth
# of the time of a load.
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Optional


class Option(NamedTuple):
    """An option: `--name VALUE`, or a flag where it has no `metavar`.

    `choices` are the only values allowed; with `listed`, several of them joined by commas.
    `completes` names what TAB offers for the value otherwise: `area`, `image`, `file`.
    """

    name: str
    help: str
    metavar: Optional[str] = None
    short: Optional[str] = None
    choices: tuple[str, ...] = ()
    listed: bool = False
    repeat: bool = False
    completes: Optional[str] = None


class Positional(NamedTuple):
    """A positional argument, given at least `least` and at most `most` times (None: any number)."""

    metavar: str
    help: str
    least: int = 1
    most: Optional[int] = 1
    completes: Optional[str] = None


class Call(NamedTuple):
    """One thing that a command does: its arguments, and the function that answers, `module:function`.

    The module, one of `core/commands`, is imported when the call is made: loading the commands costs
    little. A command with a single call gives it the empty name; otherwise the first words choose: one,
    or two such as `cache add`. No name begins with the whole of another.
    """

    name: str
    summary: str
    run: str
    positionals: tuple[Positional, ...] = ()
    options: tuple[Option, ...] = ()
    needs_inferior: bool = True

    @property
    def words(self) -> tuple[str, ...]:
        """The words that choose it."""
        return tuple(self.name.split())


class Command(NamedTuple):
    """A command: the calls it has, the first of which is meant where no word chooses one.

    Calls of two words that share the first are a group: `groups` has for that word a noun, for messages.
    """

    name: str
    summary: str
    calls: tuple[Call, ...]
    options: tuple[Option, ...] = ()
    description: str = ""
    examples: tuple[tuple[str, str], ...] = ()
    groups: Mapping[str, str] = {}

    def options_of(self, calls: Sequence[Call] = ()) -> tuple[Option, ...]:
        """Return the options that these calls take, or any call where none is given; each name once.

        Those of the calls come first: they are what a user looks for.
        """
        options = [*(option for call in calls or self.calls for option in call.options), *self.options]
        return tuple({option.name: option for option in options}.values())

    def calls_of(self, words: Sequence[str]) -> tuple[Call, ...]:
        """Return the calls that the words may choose: all of a group as long as only its first word is given.

        The words may go on with the call's arguments.
        """
        return tuple(call for call in self.calls if all(a == b for a, b in zip(call.words, words)))

    def call_of(self, words: Sequence[str]) -> Optional[Call]:
        """Return the call that the words begin with, or None."""
        return next((call for call in self.calls_of(words) if len(call.words) <= len(words)), None)

    def next_words(self, words: Sequence[str]) -> list[str]:
        """Return the words of which one comes next to choose a call, after those given so far."""
        place = len(words)
        longer = [call for call in self.calls_of(words) if len(call.words) > place]
        return list(dict.fromkeys(call.words[place] for call in longer))
