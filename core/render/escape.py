"""Escapes what doesn't print, so that names and data never control a terminal."""

from __future__ import annotations


def visible(text: str) -> str:
    r"""Return the text with every character that doesn't print as a backslash escape.

    Control characters, escape sequences, line ends and direction overrides become `\x1b`,
    `\u202e` and the like; a byte that was no UTF-8 (kept by `surrogateescape`) becomes `\xNN`.
    """
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
