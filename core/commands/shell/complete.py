"""TAB completion, from a command's spec and the names of the moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .spec import Call, Command, Option

# Gives the values that TAB offers, by their kind (areas, images, files) and what is typed so far.
Names = Mapping[str, Callable[[str], Sequence[str]]]


def complete(command: Command, words: Sequence[str], word: str, names: Names) -> list[str]:
    """Return the completions of the last word, which may be partly typed.

    `words` are the words between the command's name and this one.
    """
    options = command.options_of()
    pending = None if "--" in words else _pending(options, words)
    if pending is not None:
        return _values(pending, word, names)
    if word.startswith("-") and "--" not in words:
        return _flags(command, words, word, names)
    given = _positionals(options, words)
    call = command.call_of(given)
    if call is None:
        return _starting(word, command.next_words(given))
    return _argument(call, len(given) - len(call.words), word, names)


def _flags(command: Command, words: Sequence[str], word: str, names: Names) -> list[str]:
    options = command.options_of()
    name, equals, value = word[2:].partition("=")
    if word.startswith("--") and equals:
        option = next((o for o in options if o.name == name and o.metavar), None)
        return [] if option is None else [f"--{name}={v}" for v in _values(option, value, names)]
    calls = command.calls_of(_positionals(options, words))
    taken = {w for w in words if w.startswith("--")}
    return [
        flag
        for flag in _starting(word, ["--" + option.name for option in command.options_of(calls)])
        if flag not in taken or any(o.repeat for o in options if "--" + o.name == flag)
    ]


def _pending(options: Sequence[Option], words: Sequence[str]) -> Option | None:
    """Return the option that the last of the words is, if it takes a value, which comes next."""
    last = words[-1] if words else ""
    wants = {flag: o for o in options if o.metavar for flag in (f"--{o.name}", f"-{o.short}")}
    return wants.get(last)


def _positionals(options: Sequence[Option], words: Sequence[str]) -> list[str]:
    found: list[str] = []
    for number, word in enumerate(words):
        is_value = _pending(options, words[:number]) is not None
        if not is_value and (not word.startswith("-") or word == "-"):
            found.append(word)
    return found


def _values(option: Option, word: str, names: Names) -> list[str]:
    if option.choices:
        head, comma, last = word.rpartition(",") if option.listed else ("", "", word)
        return [head + comma + choice for choice in _starting(last, option.choices)]
    return _named(option.completes, word, names)


def _argument(call: Call, number: int, word: str, names: Names) -> list[str]:
    for positional in call.positionals:
        if positional.most is None or number < positional.most:
            return _named(positional.completes, word, names)
        number -= positional.most
    return []


def _named(completes: str | None, word: str, names: Names) -> list[str]:
    return _starting(word, names[completes](word)) if completes is not None and completes in names else []


def _starting(word: str, candidates: Sequence[str]) -> list[str]:
    return [candidate for candidate in candidates if candidate.startswith(word)]
