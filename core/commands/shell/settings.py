"""What a user sets for all commands, the same in each debugger: the table of settings, and their values.

The adapters import this when they are loaded, so it imports next to nothing before there is an error.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...errors import InvalidArgument

# The hits of a table, unless the user says otherwise.
TABLE_LIMIT = 100
NUMBER, FILE = "N", "FILE"
_LARGEST = (1 << 63) - 1  # of a NUMBER; Python shows no numbers of thousands of digits
AUTO, DEBUGGER, ON, OFF = "auto", "debugger", "on", "off"
# How both debuggers' own settings also spell a switch.
_SWITCHES = {
    **dict.fromkeys(("1", "yes", "true", "enable"), ON),
    **dict.fromkeys(("0", "no", "false", "disable"), OFF),
}


class Setting:
    """A setting: `values` are words that it takes, with their meanings, the first being the default.

    `metavar` says what it takes besides: a NUMBER or a FILE, whose meaning is `otherwise`. `unless` names
    what wins where a command is given it.
    """

    # No named tuple: to make that class takes as long as to load all the rest.
    __slots__ = ("name", "summary", "values", "metavar", "otherwise", "unless")

    def __init__(
        self,
        name: str,
        summary: str,
        values: tuple[tuple[str, str], ...],
        metavar: str | None = None,
        otherwise: str = "",
        unless: str | None = None,
    ) -> None:
        self.name, self.summary, self.values = name, summary, values
        self.metavar, self.otherwise, self.unless = metavar, otherwise, unless

    @property
    def default(self) -> str:
        """The value while the user sets none."""
        return self.values[0][0]

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it takes, without the empty one."""
        return tuple(word for word, _ in self.values if word)

    def checked(self, text: str) -> str:
        """Return the value as it is kept; raise InvalidArgument for one that the setting doesn't take."""
        text = text.strip()
        if set(self.words) == {ON, OFF}:
            text = _SWITCHES.get(text, text)
        if text in dict(self.values):
            return text
        if self.metavar == FILE:
            return _file(text)
        if self.metavar == NUMBER:
            from ...numbers import size_literal

            number = size_literal(text)
            if number is not None and number <= _LARGEST:
                return str(number)
        raise self._refused(text)

    def help(self) -> str:
        """Return what it is, which values it takes, and what wins over it."""
        return "\n".join(self._help())

    def _help(self) -> Iterator[str]:
        rows = [(word or "(empty)", meaning) for word, meaning in self.values]
        rows[0] = (rows[0][0], f"{rows[0][1]} (default)".lstrip())
        rows += [(self.metavar, self.otherwise)] if self.metavar else []
        for word, meaning in rows:
            yield f"  {word:9}{meaning}".rstrip()
        if self.unless:
            yield f"A command that is given {self.unless} goes by that."

    def _refused(self, text: str) -> InvalidArgument:
        what = f"{self.name} doesn't take {text!r}" if text else f"{self.name} needs a value"
        words = [word for word in self.words if not word.isdigit()]
        if self.metavar == NUMBER:
            return _invalid(what, " or ".join([*words, "a number from 0 on"]))
        return _invalid(what, "one of " + ", ".join(words))


SETTINGS = (
    Setting(
        "limit",
        "after how many hits pt-find stops",
        ((AUTO, f"{TABLE_LIMIT} in a table, else never"), ("0", "never")),
        NUMBER,
        "after N hits, in every format",
        "--limit, --count or --break",
    ),
    Setting(
        "format",
        "how results are printed",
        (("table", "for people"), ("json", "a document"), ("jsonl", "a row a line"), ("csv", "rows only")),
        unless="--format or --json",
    ),
    Setting(
        "threads",
        "how many threads pt-find searches with",
        (("0", "one for each core, at most 8"),),
        NUMBER,
        "N, at most 8",
    ),
    Setting(
        "source",
        "how processes and core files are read",
        (
            (AUTO, "directly where proven the same, else by the debugger"),
            (DEBUGGER, "by the debugger's own API only"),
        ),
    ),
    Setting(
        "store",
        "the store that pt-image uses where none is named; snapshots go into it",
        (("", "none"),),
        FILE,
        "this store, attached when pt-image first needs it",
        "a store or --store (--store '' keeps a snapshot in memory)",
    ),
    Setting(
        "trust-files",
        "whether files are read that a dump, a stub or a store names, and nothing proves",
        ((OFF, "only what is proven, or loaded by the debugger"), (ON, "all but what is known to differ")),
    ),
    Setting(
        "progress",
        "whether long work shows how far it is, on a terminal",
        ((ON, ""), (OFF, "")),
    ),
)
SUMMARY = "Settings of ptatlas, for all its commands."


class Settings:
    """The values that the user has set, else the defaults."""

    def __init__(self) -> None:
        self._texts = {setting.name: setting.default for setting in SETTINGS}

    def set(self, name: str, text: str) -> None:
        """Set a value; raise InvalidArgument for one that it doesn't take: then the old one stays."""
        self._texts[name] = setting_of(name).checked(text)

    def text(self, name: str) -> str:
        """Return the value as it is spelled."""
        return self._texts[name]

    def shown(self, name: str) -> str:
        """Return a line: the name, the value, and what it means."""
        text = self._texts[name]
        meaning = dict(setting_of(name).values).get(text, "")
        return f"ptatlas {name}: " + (f"{text} ({meaning})" if text and meaning else text or meaning)

    @property
    def limit(self) -> int | None:
        """After how many hits to stop, 0: never; None where it depends on the format."""
        text = self._texts["limit"]
        return None if text == AUTO else int(text)

    @property
    def format(self) -> str:
        """How results are printed."""
        return self._texts["format"]

    @property
    def threads(self) -> int:
        """How many threads search; 0: one for each core."""
        return int(self._texts["threads"])

    @property
    def reads_directly(self) -> bool:
        """Whether memory may be read past the debugger."""
        return self._texts["source"] == AUTO

    @property
    def store(self) -> str | None:
        """The path of the store that is meant where none is named."""
        return self._texts["store"] or None

    @property
    def trusts_files(self) -> bool:
        """Whether files are read although nothing proves them."""
        return self._texts["trust-files"] == ON

    @property
    def progress(self) -> bool:
        """Whether long work shows how far it is."""
        return self._texts["progress"] == ON


def setting_of(name: str) -> Setting:
    """Return the setting of this name; raise InvalidArgument with the nearest one if there is none."""
    for setting in SETTINGS:
        if setting.name == name:
            return setting
    from ...suggestions import did_you_mean

    hint = did_you_mean(name, [setting.name for setting in SETTINGS])
    raise _invalid(f"there is no setting {name!r}", hint)


def _file(text: str) -> str:
    """Return the path in full; GDB leaves quotes around it, and LLDB takes them off."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    if "\0" in text:
        raise _invalid("a path with a NUL names no file", "a store is a file")
    path = os.path.abspath(os.path.expanduser(text))
    if os.path.isdir(path):
        raise _invalid(f"{path!r} is a folder", "a store is a file")
    return path


def _invalid(message: str, hint: str) -> InvalidArgument:
    from ...errors import InvalidArgument

    return InvalidArgument(message, hint=hint)
