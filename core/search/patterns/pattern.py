"""A pattern of any type, made from values or read as the user types it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from ...arch import Arch
from ...arguments import BytesLike, as_buffer, as_bytes, as_kind, as_real, as_text
from ...byte_order import LITTLE
from ...errors import PatternError
from ...integers import IntegerLike, as_address, as_integer
from ...ranges import Range, ranges_of
from ...suggestions import did_you_mean
from .literals import (
    Evaluate,
    EvaluateReal,
    read_hex,
    read_integer,
    read_integers,
    read_real,
    split_mask,
    split_range,
)
from .numeric_types import (
    INTEGER_TYPES,
    REAL_TYPES,
    integer_size,
    integer_words,
    masked_bytes,
    pointer_words,
    real_bytes,
    real_words,
)
from .regular_expression import expression_shape
from .shape import Data, Shape, literal_shape, masked_shape, tagged_shape, text_shape, words_shape
from .text import codec, encode, encode_plain
from .types import CASED_TYPES, PATTERN_TYPES
from .word_set import WordFormat

_ARCH = Arch()


@dataclass(frozen=True)
class Pattern:
    """Something to look for.

    `type` is a word of the command line (`str`, `hex`, `u32`, ...) and `shown` the text that goes with
    it. `default_align`: addresses of matches are multiples of it unless the user says otherwise.
    """

    type: str
    shown: str
    shape: Shape = field(repr=False)
    default_align: int = 1

    @classmethod
    def parse(
        cls,
        type: str,  # noqa: A002 - the word of the command line, and of `describe`
        text: str,
        *,
        arch: Arch,
        ignore_case: bool = False,
        evaluate: Evaluate | None = None,
        evaluate_real: EvaluateReal | None = None,
    ) -> Pattern:
        """Read a pattern as it is typed; byte order and word size are the architecture's.

        `evaluate` makes integers of what is no number (the debugger's expressions), `evaluate_real` floats;
        without that the integers do. Raise PatternError for an
        unknown type, a text that its type doesn't allow, a value that doesn't fit the type, and `ignore_case`
        where there are no letters.
        """
        reader = _READERS.get(as_text(type))
        as_text(text), as_kind(arch, Arch)
        if reader is None:
            hint = did_you_mean(type, TYPES, "one of " + " ".join(TYPES))
            raise PatternError(f"there is no pattern type {type!r}", hint=hint)
        if ignore_case and type not in CASED_TYPES:
            raise PatternError(f"{type} has no case to ignore", hint="only text and expressions have")
        options = _Options(arch, ignore_case, evaluate, evaluate_real or evaluate)
        return replace(reader(type, text, options), type=type, shown=text)

    @classmethod
    def text(
        cls,
        text: str,
        encoding: str = "utf-8",
        *,
        endian: str = LITTLE,
        terminated: bool = False,
        escapes: bool = False,
        ignore_case: bool = False,
    ) -> Pattern:
        """Return text in `utf-8`, `utf-16` or `utf-32`; with `terminated`, and the NUL after it.

        With `ignore_case` each character also matches its simple upper and lower case where that is encoded
        in as many bytes. `escapes`: see `encode`. Raise PatternError for an empty text.
        """
        if not as_text(text):
            raise PatternError("the pattern is empty")
        name = codec(encoding, endian)
        characters = encode(text, name, escapes=escapes, ignore_case=ignore_case)
        shown = {"utf-8": "cstr" if terminated else "str"}.get(encoding, encoding.replace("-", ""))
        return cls(shown, text, text_shape(characters + [("\0".encode(name),)] * bool(terminated)))

    @classmethod
    def hex(cls, text: str) -> Pattern:
        """Return bytes given in hex, blanks between them or not, `?` for an open nibble."""
        return cls("hex", text, masked_shape(*read_hex(as_text(text))))

    @classmethod
    def raw(cls, data: BytesLike, *, type: str = "hex", shown: str | None = None) -> Pattern:  # noqa: A002
        """Return these very bytes, shown in hex or as the caller says (`expr` and its expression)."""
        content = as_bytes(data)
        if not content:
            raise PatternError("the pattern is empty")
        return cls(type, content.hex(" ") if shown is None else shown, literal_shape(content))

    @classmethod
    def integer(
        cls,
        type: str,  # noqa: A002
        low: IntegerLike,
        high: IntegerLike | None = None,
        *,
        endian: str = LITTLE,
    ) -> Pattern:
        """Return the integer `low`, or any of low..high, both included; `type` is `u8` to `i64`.

        Raise PatternError for an unknown type, a reversed range, and what the type can't hold.
        """
        first, last = as_integer(low), None if high is None else as_integer(high)
        words = integer_words(type, first, first if last is None else last, endian)
        return cls(type, str(first) if last is None else f"{first}..{last}", words_shape(words, 1))

    @classmethod
    def masked(
        cls,
        type: str,  # noqa: A002
        value: IntegerLike,
        mask: IntegerLike,
        *,
        arch: Arch = _ARCH,
    ) -> Pattern:
        """Return the words whose bits under the mask are those of the value; `type`: `u8` to `i64`, or `ptr`.

        Both numbers are bits: negative ones are taken in two's complement. Raise PatternError for an unknown
        type, a mask without bits, a value with other bits than its mask, and what the type can't hold.
        """
        value, mask = as_integer(value), as_integer(mask)
        as_kind(arch, Arch)
        size, align = (arch.word_size, arch.word_size) if type == "ptr" else (integer_size(type), 1)
        word = WordFormat(size, arch.endian)
        shape = masked_shape(*masked_bytes(type, value, mask, word), word)
        return cls(type, f"{value:#x}/{mask:#x}", shape, align)

    @classmethod
    def real(
        cls,
        type: str,  # noqa: A002
        low: float,
        high: float | None = None,
        *,
        endian: str = LITTLE,
    ) -> Pattern:
        """Return exactly the bits of the float `low`, or any float with low <= value <= high.

        `type` is `f32` or `f64`. A range holds both zeros if it holds 0, and never a NaN. Raise PatternError
        as for `integer`, and for a range that no float of this size lies in.
        """
        low = as_real(low)
        if high is None:
            return cls(type, repr(low), literal_shape(real_bytes(type, low, endian)))
        high = as_real(high)
        return cls(type, f"{low!r}..{high!r}", words_shape(real_words(type, low, high, endian), 1))

    @classmethod
    def pointer(
        cls,
        low: IntegerLike | None = None,
        high: IntegerLike | None = None,
        *,
        ranges: Iterable[Range] = (),
        arch: Arch = _ARCH,
    ) -> Pattern:
        """Return a pointer to `low`; or into low..high, both included; or into any of the ranges.

        Where the architecture ignores bits of addresses, they count neither here nor in memory.
        Raise PatternError if no address is meant, or one that a word of this size can't hold.
        """
        as_kind(arch, Arch)
        bounds = None
        if low is not None:
            first = as_address(low)
            last = first if high is None else as_address(high)
            bounds = arch.untagged(first), arch.untagged(last)
        words = pointer_words(bounds, ranges_of(ranges), arch)
        said = ", ".join(f"{a:#x}" if a == b else f"{a:#x}..{b:#x}" for a, b in words.ranges)
        ignored = arch.ignored_bits
        shape = tagged_shape(words, ignored) if ignored else words_shape(words, arch.word_size)
        return cls("ptr", said, shape, arch.word_size)

    @classmethod
    def regex(cls, expression: str | bytes, *, ignore_case: bool = False) -> Pattern:
        """Return a Python bytes regular expression; text is taken as UTF-8.

        It matches at every address at which it can begin, at most 4 KiB long, as long as `re` makes it there;
        its assertions see 4 KiB around that. Raise PatternError as for `expression_shape`.
        """
        data = encode_plain(expression) if isinstance(expression, str) else as_bytes(expression)
        return cls("re", data.decode("utf-8", "replace"), expression_shape(data, ignore_case=ignore_case))

    @property
    def size(self) -> int | None:
        """The size of every match in bytes, or None where matches differ (`re`)."""
        return self.shape.size

    @property
    def max_size(self) -> int:
        """The size of the largest match, in bytes."""
        return self.shape.max_size

    def describe(self) -> dict[str, str]:
        """Return the pattern as JSON shows it."""
        return {"type": self.type, "text": self.shown}

    def match(self, data: Data, offset: int = 0) -> int | None:
        """Return the size of the match that begins at the offset in the data, or None."""
        return self.shape.match(as_buffer(data, writable=False), as_integer(offset))


class _Options(NamedTuple):
    """The settings on which the meaning of a typed pattern depends."""

    arch: Arch
    ignore_case: bool
    evaluate: Evaluate | None
    evaluate_real: EvaluateReal | None = None


def _text(type_: str, text: str, options: _Options) -> Pattern:
    return Pattern.text(
        text,
        _ENCODINGS[type_],
        endian=options.arch.endian,
        terminated=type_ == "cstr",
        escapes=True,
        ignore_case=options.ignore_case,
    )


def _hex(_: str, text: str, __: _Options) -> Pattern:
    return Pattern.hex(text)


def _integer(type_: str, text: str, options: _Options) -> Pattern:
    value, mask = split_mask(text)
    if mask is not None:
        return _masked(type_, value, mask, options)
    low, high = read_integers(text, options.evaluate)
    return Pattern.integer(type_, low, high, endian=options.arch.endian)


def _masked(type_: str, value: str, mask: str, options: _Options) -> Pattern:
    read = partial(read_integer, evaluate=options.evaluate)
    return Pattern.masked(type_, read(value), read(mask), arch=options.arch)


def _real(type_: str, text: str, options: _Options) -> Pattern:
    first, last = split_range(text)
    low = read_real(first, options.evaluate_real)
    high = None if last is None else read_real(last, options.evaluate_real)
    return Pattern.real(type_, low, high, endian=options.arch.endian)


def _pointer(type_: str, text: str, options: _Options) -> Pattern:
    value, mask = split_mask(text)
    if mask is not None:
        return _masked(type_, value, mask, options)
    low, high = read_integers(text, options.evaluate)
    return Pattern.pointer(low, high, arch=options.arch)


def _regex(_: str, text: str, options: _Options) -> Pattern:
    return Pattern.regex(text, ignore_case=options.ignore_case)


_ENCODINGS = {known.name: known.encoding for known in PATTERN_TYPES if known.encoding}

# How each type of the table is read, but for those that take a debugger.
_READERS: dict[str, Callable[[str, str, _Options], Pattern]] = {
    **dict.fromkeys(_ENCODINGS, _text),
    "hex": _hex,
    **dict.fromkeys(INTEGER_TYPES, _integer),
    **dict.fromkeys(REAL_TYPES, _real),
    "ptr": _pointer,
    "re": _regex,
}

# Every type that `Pattern.parse` reads, in the order of the table.
TYPES = tuple(known.name for known in PATTERN_TYPES if not (known.evaluated or known.several))
