"""How a value of each kind looks: in a table, in JSON, in CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any, NamedTuple

from .cuts import Cut, cut_bytes, cut_end, cut_path, cut_within, file_name
from .escape import visible

UNKNOWN = "?"
BLANK = object()  # the value where a row has no such thing; None is a value that isn't known
UNITS = "KMGTPE"
# Of these types equal values have equal texts.
_PLAIN = frozenset((int, str, type(None), type(BLANK)))
_DIGITS = 10_000  # below this many of a unit, a size is shown exactly in that unit


# An address or 64-bit value: `0x7f..`, a string in JSON too, so that no reader loses precision.
hexadecimal = hex


def readable_size(size: int) -> str:
    """Return a size for people: `132K`, `1536M`, `700`; with a decimal point where it is rounded: `42.7T`."""
    largest = min((size.bit_length() - 1) // 10, len(UNITS))
    for power in range(largest, 0, -1):
        if size % (1 << 10 * power) == 0 and size >> 10 * power < _DIGITS:
            return f"{size >> 10 * power}{UNITS[power - 1]}"
    if size < _DIGITS:
        return str(size)
    return f"{size / (1 << 10 * largest):.1f}{UNITS[largest - 1]}"


def size_in_words(size: int) -> str:
    """Return a size for a sentence: `132K`, but `700 bytes`."""
    text = readable_size(size)
    return counted(size, "byte") if text == str(size) else text


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 area`, `2 areas`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _same(value: Any) -> Any:
    return value


class Shrink(NamedTuple):
    """How a table shortens the texts of a column where it is too wide for its terminal.

    `floors` are the widths that the column keeps: at first, when the table has closed up, and at the last.
    `core` returns what of a text is to be seen at first, whatever its width; None: all of it.
    """

    cut: Cut
    floors: tuple[int, int, int]
    core: Callable[[str], str] | None = None


class ValueKind(NamedTuple):
    """How values of one kind are shown: `json` for documents, `text`, which prints, for tables and CSV.

    `shrink` says how a table may shorten them. What `ends` a range stands in a table's column of its start.
    """

    json: Callable[[Any], Any]
    text: Callable[[Any], str]
    right: bool
    style: str
    shrink: Shrink | None = None
    ends: bool = False


PATHS = Shrink(cut_path, (28, 16, 8), file_name)
SYMBOLS = Shrink(cut_within, (16, 12, 8))
PREVIEWS = Shrink(cut_bytes, (13, 8, 8))
TEXTS = Shrink(cut_end, (24, 12, 8))

ADDRESS = ValueKind(hexadecimal, hexadecimal, True, "address")
# The end of the range whose start is the column before: a table has both as `0x1000-0x2000`.
END = ADDRESS._replace(ends=True)
SIZE = ValueKind(_same, readable_size, True, "number")
COUNT = ValueKind(_same, str, True, "number")
OFFSET = ValueKind(_same, hexadecimal, True, "number")
TEXT = ValueKind(_same, visible, False, "text")
# Text that is shortened at its end: what lies in memory, sentences.
LONG_TEXT = TEXT._replace(shrink=TEXTS)
NAME = ValueKind(_same, visible, False, "name", PATHS)
SYMBOL = ValueKind(_same, visible, False, "symbol", SYMBOLS)
PERMS = ValueKind(_same, visible, False, "perms")
BYTES = ValueKind(bytes.hex, bytes.hex, False, "data")
# The first bytes of something, in hexadecimal, as a table shows them: fewer where there is little room.
PREVIEW = ValueKind(_same, str, False, "preview", PREVIEWS)


class Column(NamedTuple):
    """A named value of a row: `get` takes it from the row.

    None means that it isn't known (`?` in tables, null in documents), BLANK that the row has none.
    """

    name: str
    kind: ValueKind
    get: Callable[[Any], Any]

    def json(self, row: Any) -> Any:
        """Return the row's value for a document."""
        value = self.get(row)
        return None if value is None or value is BLANK else self.kind.json(value)

    def text(self, row: Any) -> str:
        """Return the row's value for a table."""
        return self.texts([row])[0]

    def texts(self, rows: Iterable[Any]) -> list[str]:
        """Return the rows' values for a table: a whole column at a time costs half."""
        values = list(map(self.get, rows))
        text = self.kind.text
        if text is not hexadecimal and _PLAIN.issuperset(map(type, values)):
            # Most columns have few values, and a text is dearer than finding it again.
            known = {value: self._text(value) for value in set(values)}
            return list(map(known.__getitem__, values))
        return [UNKNOWN if value is None else "" if value is BLANK else text(value) for value in values]

    def _text(self, value: Any) -> str:
        return UNKNOWN if value is None else "" if value is BLANK else self.kind.text(value)


def column(name: str, kind: ValueKind) -> Column:
    """Return the column of the attribute of this name, which each row has; BLANK there means none."""
    return Column(name, kind, attrgetter(name))
