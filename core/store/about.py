"""A record's description beside its bytes: a JSON document, whose every field is checked before use."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ..errors import PoolCorrupt

# No register has more than 512 bits. The time to parse a number grows with the square of its digits.
_MOST_DIGITS = 155


def pack_about(about: Mapping[str, Any]) -> bytes:
    """Return the document as it is stored: ASCII, lone surrogates (of undecodable file names) escaped."""
    return json.dumps(about, separators=(",", ":"), allow_nan=False).encode("ascii")


def unpack_about(raw: bytes) -> Fields:
    """Return the document. Raises `PoolCorrupt` if it isn't a JSON object."""
    try:
        content = json.loads(raw.decode("ascii"), parse_int=_integer, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise PoolCorrupt(f"what a record tells can't be read: {error}") from error
    return Fields(content)


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS + 1:
        raise ValueError("a number of too many digits")
    return int(digits)


def _refused(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


class Fields:
    """An object of a document. Each method raises `PoolCorrupt` if the field isn't what it should be."""

    def __init__(self, content: Any) -> None:
        if not isinstance(content, dict):
            raise PoolCorrupt("what a record tells isn't an object where it should be")
        self._content: dict[str, Any] = content

    def text(self, name: str, most: int = 1 << 16) -> str:
        """Return a string of at most `most` characters."""
        value = self._content.get(name)
        if not isinstance(value, str) or len(value) > most:
            raise _wrong(name, value)
        return value

    def maybe_text(self, name: str) -> str | None:
        """Return a string, or None."""
        return None if self._content.get(name) is None else self.text(name)

    def integer(self, name: str, least: int = 0, most: int = 1 << 64) -> int:
        """Return a whole number within bounds, both included."""
        value = self._content.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _wrong(name, value)
        return value

    def maybe_integer(self, name: str, least: int = 0, most: int = 1 << 64) -> int | None:
        """Return a whole number within bounds, or None."""
        return None if self._content.get(name) is None else self.integer(name, least, most)

    def maybe_flag(self, name: str) -> bool | None:
        """Return True, False or None."""
        value = self._content.get(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong(name, value)
        return value

    def number(self, name: str) -> float:
        """Return a number that can be a time: at least 0, below 2**37."""
        value = self._content.get(name)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value < 1 << 37:
            raise _wrong(name, value)
        return float(value)

    def maybe_bytes(self, name: str) -> bytes | None:
        """Return bytes, which the document has as hexadecimal digits, or None."""
        if self._content.get(name) is None:
            return None
        text = self.text(name)
        try:
            return bytes.fromhex(text)
        except ValueError as error:
            raise _wrong(name, text) from error

    def inner(self, name: str) -> Fields:
        """Return an object."""
        return Fields(self._content.get(name))

    def items(self, name: str) -> list[Fields]:
        """Return a list of objects."""
        return [Fields(item) for item in self._list(name)]

    def maybe_items(self, name: str) -> list[Fields]:
        """Return a list of objects; none where there is no such field."""
        return [] if self._content.get(name) is None else self.items(name)

    def integers(self, name: str) -> dict[str, int]:
        """Return an object of whole numbers, such as registers."""
        content = self.inner(name)
        return {key: content.integer(key, most=1 << 512) for key in content._content}

    def _list(self, name: str) -> Sequence[Any]:
        value = self._content.get(name)
        if not isinstance(value, list):
            raise _wrong(name, value)
        return value


def _wrong(name: str, value: object) -> PoolCorrupt:
    return PoolCorrupt(f"what a record tells: {name} is {str(value)[:60]!r}")
