"""Arguments into words, and words into options and positionals, as a command's spec says."""

from __future__ import annotations

import getopt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...errors import InvalidArgument
from ...suggestions import did_you_mean
from .spec import Call, Command, Option

# No option is a digit, so a negative number is none; marked, it isn't taken for one. Nor is minus infinity:
# who means `-i -n f` writes it so.
_NEGATIVE = re.compile(r"^(?=-(?:\.?[0-9]|inf(?:inity)?(?:\.\.|$)))", re.IGNORECASE)
_MARK = "\0"
# Blanks, what is in quotes, a backslash before a character that it may take from its meaning, and the rest.
_PIECE = re.compile(
    r"""(?P<blank>[ \t\r\n]+)|'(?P<single>[^']*)'|"(?P<double>[^"\\]*(?:\\.[^"\\]*)*)\""""
    r"""|\\(?P<escaped>[\s\\'"`])|(?P<plain>\\|[^ \t\r\n'"\\]+)""",
    re.DOTALL,
)
_IN_DOUBLE_QUOTES = re.compile(r'\\(["\\])')


@dataclass(frozen=True)
class Arguments:
    """What a command was given: the call, its positionals, and the values of each option, in order.

    With `--help`, the positionals are all words, which say whose help is asked for. `usual_format` is the
    user's, for answers of which no format is given.
    """

    call: Call
    positionals: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    usual_format: str = "table"

    def flag(self, name: str) -> bool:
        """Return whether the option was given."""
        return name in self.values

    def value(self, name: str) -> str | None:
        """Return the option's value, the last one if it was given more than once; None if it wasn't given."""
        values = self.values.get(name)
        return values[-1] if values else None

    @property
    def format(self) -> str:
        """The format that was asked for, or the usual one."""
        return self.given_format or self.usual_format

    @property
    def given_format(self) -> str | None:
        """The format that was asked for, or None."""
        return "json" if self.flag("json") else self.value("format")

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values of the option, in order."""
        return self.values.get(name, ())


def split(line: str) -> list[str]:
    r"""Return the words of a line, split as a shell does; raise InvalidArgument for an open quote.

    But a backslash outside quotes stays unless it stands before a blank, a quote or another backslash, as in
    LLDB (Args::ParseSingleArgument): `\x60` and `a\.b` are what they look like, in both debuggers. Not by
    shlex, which takes 20 s for a word of a mebibyte: it is the oracle of the tests.
    """
    words: list[list[str]] = []
    at, is_between = 0, True
    while at < len(line):
        piece = _PIECE.match(line, at)
        if piece is None:
            raise InvalidArgument("cannot split the arguments: no closing quotation")
        at, is_blank = piece.end(), piece.lastgroup == "blank"
        if is_between and not is_blank:
            words.append([])
        if not is_blank:
            words[-1].append(_meaning(piece))
        is_between = is_blank
    return list(map("".join, words))


def _meaning(piece: re.Match[str]) -> str:
    """Return what a piece of a word stands for, without its quotes."""
    text = piece[piece.lastgroup or 0]
    return _IN_DOUBLE_QUOTES.sub(r"\1", text) if piece.lastgroup == "double" else text


def parse(command: Command, words: Sequence[str], usual_format: str = "table") -> Arguments:
    """Return what the words say; options may stand anywhere, `--` ends them.

    Raise InvalidArgument for what the command doesn't take, with the nearest option as a hint.
    """
    options = command.options_of()
    pairs, given = _getopt(words, options)
    calls = _chosen(command, given)
    values: dict[str, tuple[str, ...]] = {}
    by_flag = {flag: option for option in options for flag in _flags(option)}
    for flag, value in pairs:
        option = by_flag[flag]
        values[option.name] = (*values.get(option.name, ()), _checked(option, value))
    if "help" in values or "version" in values:
        return Arguments(calls[0], tuple(given), values, usual_format)
    call = command.call_of(given) if given else calls[0]
    if call is None:
        raise InvalidArgument("ACTION is missing", hint="one of " + ", ".join(command.next_words(given)))
    positionals = tuple(given[len(call.words) :])
    _check_options(command, call, values)
    _check_positionals(call, positionals)
    return Arguments(call, positionals, values, usual_format)


def _getopt(words: Sequence[str], options: Sequence[Option]) -> tuple[list[tuple[str, str]], list[str]]:
    short = "".join(option.short + (":" if option.metavar else "") for option in options if option.short)
    long = [option.name + ("=" if option.metavar else "") for option in options]
    try:
        pairs, rest = getopt.gnu_getopt([_NEGATIVE.sub(_MARK, word) for word in words], short, long)
    except getopt.GetoptError as error:
        raise _option_error(error.opt, options) from None
    return [(flag, value.lstrip(_MARK)) for flag, value in pairs], [word.lstrip(_MARK) for word in rest]


def _option_error(given: str, options: Sequence[Option]) -> InvalidArgument:
    """Return what is wrong with the option that getopt refused; getopt's own text isn't used."""
    flag = ("-" if len(given) == 1 else "--") + given
    starts = [option for option in options if option.name.startswith(given)] if len(given) > 1 else []
    exact = [option for option in options if given in (option.name, option.short)]
    if exact:
        return InvalidArgument(
            f"{flag} takes no value"
            if exact[0].metavar is None
            else f"{flag} needs a value: {exact[0].metavar}"
        )
    if len(starts) > 1:
        return InvalidArgument(
            f"{flag} is ambiguous", hint=" or ".join("--" + option.name for option in starts)
        )
    names = [option.name for option in options]
    hint = did_you_mean(given, names, "--help lists them; -- ends the options", prefix="--")
    return InvalidArgument(f"there is no option {flag}", hint=hint)


def _chosen(command: Command, given: Sequence[str]) -> tuple[Call, ...]:
    """Return the calls that the words may choose; raise InvalidArgument if that is none."""
    calls = command.calls_of(given)
    if calls:
        return calls
    group = command.groups.get(given[0])
    place, what = (0, "there is no call") if group is None else (1, f"{group} doesn't know")
    known = command.next_words(given[:place])
    raise InvalidArgument(f"{what} {given[place]!r}", hint=did_you_mean(given[place], known))


def _flags(option: Option) -> list[str]:
    return ["--" + option.name] + (["-" + option.short] if option.short else [])


def _checked(option: Option, value: str) -> str:
    if option.choices:
        for part in value.split(",") if option.listed else [value]:
            if part not in option.choices:
                hint = did_you_mean(part, option.choices)
                raise InvalidArgument(f"--{option.name} doesn't take {part!r}", hint=hint)
    return value


def _check_options(command: Command, call: Call, values: Mapping[str, tuple[str, ...]]) -> None:
    takes = {option.name: option for option in command.options_of((call,))}
    for name, given in values.items():
        if name not in takes:
            raise InvalidArgument(f"'{command.name} {call.name}' takes no --{name}")
        if len(given) > 1 and not takes[name].repeat and takes[name].metavar:
            raise InvalidArgument(f"--{name} is given {len(given)} times", hint="once is enough")


def _check_positionals(call: Call, given: Sequence[str]) -> None:
    least = sum(positional.least for positional in call.positionals)
    most: int | None = 0
    for positional in call.positionals:
        most = None if most is None or positional.most is None else most + positional.most
    if len(given) < least:
        missing = [p.metavar for p in call.positionals if p.least][len(given) :]
        raise InvalidArgument(f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if most is not None and len(given) > most:
        raise InvalidArgument(f"{given[most]!r} is one argument too many", hint="quote text that has blanks")


def words_before(text: str) -> tuple[list[str], str]:
    """Return the words of an unfinished line before the last one, and that one as typed."""
    last = text.rpartition(" ")[2]
    head = text[: len(text) - len(last)]
    try:
        return split(head), last
    except InvalidArgument:  # inside quotes
        return head.split(), last
