"""Reads text patterns: escapes, encodings in the target's byte order, and letters of either case."""

from __future__ import annotations

import re

from ...arguments import as_text
from ...byte_order import BIG
from ...errors import PatternError

ENCODINGS = ("utf-8", "utf-16", "utf-32")

_ESCAPE = re.compile(
    r"\\(?:x(?P<byte>[0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-7]{1,3})|(?P<letter>.)|$)",
    re.DOTALL,
)
_LETTERS = dict(zip("abtnvfre\\'\"", "\a\b\t\n\v\f\r\x1b\\'\""))

# One character's encodings, all of the same length: the one that was given, and of the other case.
Alternatives = tuple[bytes, ...]


def codec(encoding: str, endian: str) -> str:
    """Return Python's name of `utf-8`, `utf-16` or `utf-32` in this byte order, without a mark."""
    if as_text(encoding) not in ENCODINGS:
        raise PatternError(f"there is no text encoding {encoding!r}", hint="one of " + " ".join(ENCODINGS))
    return encoding if encoding == "utf-8" else f"{encoding}-{'be' if endian == BIG else 'le'}"


def encode(
    text: str, encoding: str, *, escapes: bool = True, ignore_case: bool = False
) -> list[Alternatives]:
    r"""Encode text character by character, each with what may stand in its place.

    With `escapes`, `\n`, `\\`, `\x00`, `\101`, `\u1234` and `\U0001f600` are read first. `\xNN` and octal
    give a code unit: in UTF-8 that very byte. Raise PatternError for an unknown escape and for what the
    encoding can't hold.
    """
    characters: list[Alternatives] = []
    position = 0
    for escape in _ESCAPE.finditer(text) if escapes else ():
        characters += [_encode(char, encoding, ignore_case) for char in text[position : escape.start()]]
        characters.append(_encode_escape(escape, encoding, ignore_case))
        position = escape.end()
    characters += [_encode(char, encoding, ignore_case) for char in text[position:]]
    return characters


def encode_plain(text: str) -> bytes:
    """Return text in UTF-8 as it stands; raise PatternError for what that can't hold."""
    return b"".join(given for (given,) in encode(text, "utf-8", escapes=False))


def _encode_escape(escape: re.Match[str], encoding: str, ignore_case: bool) -> Alternatives:
    groups = escape.groupdict()
    unit = int(groups["byte"], 16) if groups["byte"] else int(groups["octal"] or "0", 8)
    if groups["byte"] or groups["octal"]:
        if unit > 0xFF:
            raise PatternError(f"{escape[0]!r} is no byte", hint="octal escapes end at \\377")
        if encoding == "utf-8" and unit >= 0x80:
            return (bytes([unit]),)
        return _encode(chr(unit), encoding, ignore_case)
    if groups["letter"] is not None:
        if groups["letter"] not in _LETTERS:
            raise PatternError(f"{escape[0]!r} is no escape", hint="a backslash itself is \\\\")
        return _encode(_LETTERS[groups["letter"]], encoding, ignore_case)
    code = groups["short"] or groups["long"]
    if code is None:
        raise PatternError("the text ends in a lone backslash", hint="a backslash itself is \\\\")
    if int(code, 16) > 0x10FFFF:
        raise PatternError(f"{escape[0]!r} is no character")
    return _encode(chr(int(code, 16)), encoding, ignore_case)


def _encode(char: str, encoding: str, ignore_case: bool) -> Alternatives:
    given = _to_bytes(char, encoding)
    if not ignore_case:
        return (given,)
    # Simple case pairs alone: what changes its length when its case changes stays as it is.
    others = {other for other in _other_cases(char) if len(other) == 1}
    encoded = {_to_bytes(other, encoding) for other in others} - {given}
    return (given, *sorted(other for other in encoded if len(other) == len(given)))


def _other_cases(char: str) -> set[str]:
    lower, upper = char.lower(), char.upper()
    return {lower, upper, lower.upper(), upper.lower()}


def _to_bytes(char: str, encoding: str) -> bytes:
    # Words of a command line that are no UTF-8 arrive with their bytes as lone surrogates (PEP 383).
    try:
        return char.encode(encoding, "surrogateescape" if encoding == "utf-8" else "strict")
    except UnicodeEncodeError:
        raise PatternError(f"{char!a} can't be encoded as {encoding}") from None
