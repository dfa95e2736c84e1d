"""The numeric types of patterns: what each holds, and the words that a value or a range of it makes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable

from ...arch import FLOAT_CODES, ORDER_CODES, Arch, check_endian
from ...arguments import as_text
from ...errors import PatternError
from ...ranges import Range
from .types import PATTERN_TYPES, REAL, SIGNED, UNSIGNED
from .word_set import WordFormat, WordSet, float_ranges, signed_ranges

# Size in bytes, and whether negative values are meant.
INTEGER_TYPES = {
    known.name: (known.size, known.number == SIGNED)
    for known in PATTERN_TYPES
    if known.number in (SIGNED, UNSIGNED) and known.size
}
# IEEE 754 binary32: (2 - 2**-23) * 2**127.
_LARGEST_F32 = "its largest number is 3.4028235e+38"
REAL_TYPES = {known.name: known.size for known in PATTERN_TYPES if known.number == REAL}


def integer_words(type_: str, low: int, high: int, endian: str) -> WordSet:
    """Return the words of an integer type that mean low..high.

    Raise PatternError for an unknown type, a reversed range, and what the type can't hold.
    """
    size, signed = integer_size(type_), INTEGER_TYPES[type_][1]
    least = -(1 << (8 * size - 1)) if signed else 0
    _check_fits(type_, (low, high), (least, least + (1 << (8 * size)) - 1), str)
    return WordSet.of(size, check_endian(endian), signed_ranges(size, low, high) if signed else [(low, high)])


def integer_size(type_: str) -> int:
    """Return the size of an integer type in bytes; raise PatternError for an unknown one."""
    if as_text(type_) not in INTEGER_TYPES:
        raise PatternError(f"{type_!r} is no integer type", hint="one of " + " ".join(INTEGER_TYPES))
    return INTEGER_TYPES[type_][0]


def masked_bytes(type_: str, value: int, mask: int, word: WordFormat) -> tuple[bytes, bytes]:
    """Return the bytes of a value and of its mask, both in two's complement.

    Raise PatternError for what the word can't hold, a mask without bits, and a value with other bits than it.
    """
    top = (1 << 8 * word.size) - 1
    for number in (value, mask):
        _check_fits(type_, (number, number), (-(top // 2) - 1, top), hex)
    bits = mask & top
    if not bits:
        raise PatternError("a mask of 0 holds everywhere", hint="set at least one bit")
    if value >= 0 and value & ~bits:
        raise PatternError(
            f"{value:#x} has bits that its mask {bits:#x} hasn't", hint="a division stands in brackets"
        )
    return (value & bits).to_bytes(*word), bits.to_bytes(*word)


def real_bytes(type_: str, value: float, endian: str) -> bytes:
    """Return the bytes of a float; raise PatternError for an unknown type and a value too large for it."""
    form = FLOAT_CODES[_real_size(type_)]
    try:
        return struct.pack(ORDER_CODES[check_endian(endian)] + form, value)
    except OverflowError:  # f32 alone: f64 is what Python computes with
        raise PatternError(f"{value!r} doesn't fit {type_}", hint=_LARGEST_F32) from None


def real_words(type_: str, low: float, high: float, endian: str) -> WordSet:
    """Return the words of a float type with low <= value <= high; raise PatternError if there is none.

    The ends are rounded to the type first, as the compiler does with a literal: 0.1 is in 0.1..0.2 as f32.
    """
    size = _real_size(type_)
    low, high = _rounded(size, low), _rounded(size, high)
    if not low <= high:
        raise PatternError(f"the range {low!r}..{high!r} is reversed or holds no number")
    words = WordSet.of(size, check_endian(endian), float_ranges(size, low, high))
    if not words.ranges:
        raise PatternError(f"no {type_} lies in {low!r}..{high!r}")
    return words


def pointer_words(bounds: tuple[int, int] | None, ranges: Iterable[Range], arch: Arch) -> WordSet:
    """Return the words that point into the bounds (both included) or into any of the ranges.

    Raise PatternError for bounds that no pointer can hold, and where there is no address at all.
    """
    wanted = [(item.start, item.end - 1) for item in ranges if item.start < item.end]
    if bounds is not None:
        _check_fits("a pointer", bounds, (0, arch.address_limit - 1), hex)
        wanted.append(bounds)
    words = WordSet.of(arch.word_size, arch.endian, wanted)
    if not words.ranges:
        raise PatternError("there is no address that such a pointer could have")
    return words


def _real_size(type_: str) -> int:
    if as_text(type_) not in REAL_TYPES:
        raise PatternError(f"{type_!r} is no float type", hint="one of " + " ".join(REAL_TYPES))
    return REAL_TYPES[type_]


def _rounded(size: int, value: float) -> float:
    """Return the value of this size that is nearest; what is too large for it stays as it is."""
    form = "<" + FLOAT_CODES[size]
    try:
        return float(struct.unpack(form, struct.pack(form, value))[0])
    except OverflowError:
        return value


def _check_fits(
    what: str, bounds: tuple[int, int], limits: tuple[int, int], show: Callable[[int], str]
) -> None:
    for value in bounds:
        if not limits[0] <= value <= limits[1]:
            hint = f"it holds {show(limits[0])} to {show(limits[1])}"
            raise PatternError(f"{show(value)} doesn't fit {what}", hint=hint)
    if bounds[0] > bounds[1]:
        raise PatternError(f"the range {show(bounds[0])}..{show(bounds[1])} is reversed")
