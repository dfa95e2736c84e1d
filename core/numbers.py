"""Numbers as they are written: integers, and sizes with a letter behind them.

Without regular expressions: compiling one takes longer than loading all the rest of the settings.
"""

from __future__ import annotations

_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def literal(text: str) -> int | None:
    """Return the integer that the text spells (decimal, 0x, 0b, 0o), or None."""
    try:
        return int(text, 0)
    except ValueError:
        return None


def size_literal(text: str) -> int | None:
    """Return the number that the text spells, times 1024 and so on for a K, M, G or T behind it, or None.

    It is digits only: no sign, no blanks, no underscores.
    """
    unit = _UNITS.get(text[-1:].upper())
    digits = text[:-1] if unit else text
    number = literal(digits) if digits.isascii() and digits.isalnum() else None
    return None if number is None else number * (unit or 1)
