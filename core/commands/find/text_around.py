"""The text that a hit is part of, from a little before the hit to the text's end."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import NamedTuple

from ...inferior import Inferior
from ...ranges import Range
from ...render.escape import visible
from .rows import FoundHit
from .surroundings import Surroundings

# Characters of one unit that are shown at most: before a hit, and from where it begins.
BEFORE, AFTER = 16, 160
# Bytes that weren't looked for as text are shown as text from this length on, as by strings(1).
_LEAST = 4
_ELLIPSIS = "…"
# What is no text: control characters but for blanks, and what couldn't be decoded.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
_BLANKS = {ord("\t"): r"\t", ord("\n"): r"\n", ord("\r"): r"\r"}
# The bytes of a character in UTF-8 that aren't its first.
_INSIDE = bytes(range(0x80, 0xC0))


class _Encoding(NamedTuple):
    """An encoding: the size of its units, and its decoder, which leaves out an unfinished character."""

    unit: int
    decode: Callable[[bytes], str]


_UTF_8 = _Encoding(1, lambda data: codecs.utf_8_decode(data, "surrogateescape", False)[0])
_ENCODINGS = {
    "utf-8": _UTF_8,
    "utf-16-le": _Encoding(2, lambda data: codecs.utf_16_le_decode(data, "replace", False)[0]),
    "utf-16-be": _Encoding(2, lambda data: codecs.utf_16_be_decode(data, "replace", False)[0]),
    "utf-32-le": _Encoding(4, lambda data: codecs.utf_32_le_decode(data, "replace", False)[0]),
    "utf-32-be": _Encoding(4, lambda data: codecs.utf_32_be_decode(data, "replace", False)[0]),
}


class TextAround:
    """Reads the text around hits, which come in order of address."""

    def __init__(self, inferior: Inferior) -> None:
        self._surroundings = Surroundings(inferior)
        self._last: tuple[bytes, str | None, _Found] = (b"", None, _Found("", False, False))

    def of(self, hit: FoundHit, encoding: str | None = None) -> str | None:
        """Return the text, in which an ellipsis stands for what is left out at either end.

        Without the `encoding` in which it was looked for, only what is all text in UTF-8 is taken for text.
        """
        content, known = hit.content, _ENCODINGS[encoding] if encoding else _UTF_8
        if content is not self._last[0] or encoding != self._last[1]:  # that of a literal is one object
            self._last = content, encoding, _Found.of(content, known)
        found, begins, ends = self._last[2]
        if not found or (encoding is None and _NO_TEXT.search(found)):
            return None
        if begins or ends:
            unit, area = known.unit, hit.area or Range(hit.address, hit.address + 1)
            head, tail = self._surroundings.around(hit.address, BEFORE * unit, AFTER * unit, area)
            before = _before(known, head) if begins else ""
            found = before + found + (_after(known, tail, len(content)) if ends else "")
        if not ends:
            found = found.rstrip("\0")
        if not found.isprintable():
            found = visible(found.translate(_BLANKS))
        return found if encoding or len(found) >= _LEAST else None


class _Found(NamedTuple):
    """The text of a hit itself, and whether it begins and ends with text."""

    text: str
    begins: bool
    ends: bool

    @classmethod
    def of(cls, content: bytes, encoding: _Encoding) -> _Found:
        text = encoding.decode(content[: AFTER * encoding.unit])
        return cls(text, not _NO_TEXT.match(text), not _NO_TEXT.match(text[-1:]))


def _before(encoding: _Encoding, head: bytes) -> str:
    """Return the text that ends where the hit begins."""
    is_cut = len(head) == BEFORE * encoding.unit
    if encoding is not _UTF_8:
        text = encoding.decode(head[len(head) % encoding.unit :])
    elif b"\0" in head:  # which most strings begin behind
        text, is_cut = encoding.decode(head[head.rindex(b"\0") + 1 :]), False
    else:
        text = encoding.decode(head.lstrip(_INSIDE) if is_cut else head)
    run = text if text.isprintable() else _NO_TEXT.split(text)[-1]
    return _ELLIPSIS + run if is_cut and run == text else run


def _after(encoding: _Encoding, tail: bytes, size: int) -> str:
    """Return the text that begins where a hit of this size ends; `tail` begins where the hit does."""
    is_cut = len(tail) >= AFTER * encoding.unit
    end = tail.find(b"\0", size) if encoding is _UTF_8 else -1
    text = encoding.decode(tail[size:] if end < 0 else tail[size:end])
    no_text = None if text.isprintable() else _NO_TEXT.search(text)
    if no_text is not None:
        return text[: no_text.start()]
    return text + _ELLIPSIS if is_cut and end < 0 else text
