"""Words that users and scripts type by mistake, and what each call of a command takes beside them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import NamedTuple

from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.spec import Call, Command, Option

from .targets import BASE

DIGITS = "9" * 5000  # more than int() reads
NUMBERS = (
    *("-1", "-0", "+1", "0x", "0b1", "0o7", "1_000", "09", "1e999", "-1e999", "nan", "inf", "-inf", "1.5"),
    *(hex(1 << 64), str(1 << 64), str(-(1 << 63) - 1), DIGITS, "-" + DIGITS, "0x" + "f" * 5000, DIGITS + "K"),
    *("9" * 18 + "T", "٣", "½", "\U0001d7d9", "1 2"),
)
RANGES = (
    *("..", "1..", "..1", "5..-5", "9..1", "0..0", "..,", ",+", "1,+", "1,+0", "1,+-1", f"1,+{1 << 65}"),
    *(f"{BASE:#x},+{DIGITS}", f"{BASE:#x}..{1 << 70}", "0x-0x", "1-0", "-1..-2", "nan..inf"),
)
NAMES = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "lone \ud800",
        "\udcff",
        "\n",
        "a\nb",
        "\t",
        "\x1b[31m",
        "\u202e",
        "🦀",
        "%s%n{}",
    ),
    *(
        "@",
        "@@",
        "*",
        "[",
        "[]",
        "[!",
        "?",
        "~",
        "~nobody/",
        "live",
        ".",
        "x" * 5000,
        "a," * 500,
        ",",
        "=",
        "$x",
    ),
)
OPTIONS = ("-", "--", "---", "--=", "--no-such", "--\0", "--\ud800", "-\0", "-é", "--js", "-" + "x" * 5000)
PATTERNS = (
    "(",
    ")",
    "(" * 3000,
    "a{99999999999}",
    "a{9999}{9999}",
    "(?P<\0>a)",
    "\\",
    "\\x",
    "(?<=a*)b",
    "??",
    "4 < x",
)
WORDS = (*NUMBERS, *RANGES, *NAMES, *PATTERNS)
# Once with each command: they take their time.
LONG = ("x" * (1 << 20), "9" * (1 << 20), "(" * (1 << 20))
# Of lines: what a shell would not split.
LINES = (
    "'",
    '"',
    "\\",
    "'\\",
    '"\\"',
    "a 'b",
    'a "b',
    "'" * 1001,
    '"' * 1001,
    "\\" * 1001,
    "\0",
    "\ud800",
    "`",
    "$(",
    "#",
)

# What fits a positional, and an option that a call can't do without.
FITTING = {
    "NAME": "i",
    "SRC": "i",
    "DST": "j",
    "A": "i",
    "B": "live",
    "ISID": "1",
    "FILE": "file",
    "OFFSET": "0",
    "SIZE": "16",
    "ADDR": hex(BASE),
    "PATTERN": "needle",
    "WHERE": hex(BASE),
}
NEEDED = {"export": ("--ptxed",), "remove": ("--all",)}


class Typed(NamedTuple):
    """Words of a command, and which of them is odd."""

    command: Command
    words: tuple[str, ...]
    odd: str


def all_calls() -> Iterator[tuple[Command, Call]]:
    """Yield every call of every command."""
    for command in COMMANDS:
        for call in command.calls:
            yield command, call


def typed(command: Command, call: Call, words: tuple[str, ...]) -> Iterator[Typed]:
    """Yield the call with words in each place, of a positional, of an option: a third of them in each.

    Each word comes into one of three places; all of them are typed with each call.
    """
    thirds = cycle(words[first::3] for first in range(3))
    fitting = [FITTING[each.metavar] for each in call.positionals if each.least]
    base = (*call.words, *fitting, *NEEDED.get(call.name, ()))
    for place, positional in enumerate(call.positionals):
        for word in next(thirds):
            at = len(call.words) + place
            before = base[:at] if positional.least else (*call.words, *fitting)
            yield Typed(command, (*before, word, *base[at + 1 :]), word)
    for option in command.options_of((call,)):
        yield from (Typed(command, (*base, *given), given[-1]) for given in _given(option, next(thirds)))
    for word in OPTIONS:
        yield Typed(command, (*base, word), word)


def _given(option: Option, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    flag = f"--{option.name}"
    if option.metavar is None:
        yield (f"{flag}=5",)
        return
    yield (flag,)
    yield (f"{flag}=",)
    for word in words:
        yield flag, word
        if option.short and len(word) < 99:
            yield (f"-{option.short}{word}",)
