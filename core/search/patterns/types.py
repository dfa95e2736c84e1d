"""The one table of pattern types: the command's options, the parser, `--next` and the docs go by it.

It imports nothing of the search, for it is read whenever the plugin is loaded. How a type is read stands
in `pattern.py`; how to add one, in docs/guides/add-a-pattern-type.md.
"""

# Without `from __future__ import annotations`: it would make a named tuple compile each of them anew.
from typing import NamedTuple, Optional

# What the words of a numeric type mean.
UNSIGNED, SIGNED, REAL = "unsigned", "signed", "real"


class PatternType(NamedTuple):
    """A type of pattern: its name, what is typed for it, and how its matches are treated.

    - `short`: the letter of its own option (`-x` of `--hex`); without one it is chosen by `-t NAME`.
    - `encoding`: how its text is encoded.
    - `has_case`: `-i` can ignore its case.
    - `number`: what its words mean, where `--next` can compare them; `size`: how many bytes such a word has,
      0 for the target's word size.
    - `at_words`: its matches lie at multiples of the word size unless the user says otherwise.
    - `evaluated`: only a debugger can read it.
    - `several`: it stands for several patterns of other types.
    """

    name: str
    meaning: str
    short: str = ""
    encoding: str = ""
    has_case: bool = False
    number: str = ""
    size: int = 0
    at_words: bool = False
    evaluated: bool = False
    several: bool = False


# In the order in which the user sees them.
PATTERN_TYPES = (
    PatternType("str", "text in UTF-8, with the escapes of C", encoding="utf-8", has_case=True),
    PatternType("cstr", "the same, and the NUL after it", encoding="utf-8", has_case=True),
    PatternType("utf16", "text in UTF-16, in the target's byte order", encoding="utf-16", has_case=True),
    PatternType("utf32", "text in UTF-32, in the target's byte order", encoding="utf-32", has_case=True),
    PatternType("auto", "text, and the number or value that it is", has_case=True, several=True),
    PatternType("hex", "bytes in hexadecimal, ? for a nibble that may be anything", "x"),
    PatternType("u8", "an integer of 8 bits, LO..HI, or VALUE/MASK", number=UNSIGNED, size=1),
    PatternType("u16", "an integer of 16 bits, LO..HI, or VALUE/MASK", number=UNSIGNED, size=2),
    PatternType("u32", "an integer of 32 bits, LO..HI, or VALUE/MASK", number=UNSIGNED, size=4),
    PatternType("u64", "an integer of 64 bits, LO..HI, or VALUE/MASK", number=UNSIGNED, size=8),
    PatternType("i8", "a signed integer of 8 bits, LO..HI, or VALUE/MASK", number=SIGNED, size=1),
    PatternType("i16", "a signed integer of 16 bits, LO..HI, or VALUE/MASK", number=SIGNED, size=2),
    PatternType("i32", "a signed integer of 32 bits, LO..HI, or VALUE/MASK", number=SIGNED, size=4),
    PatternType("i64", "a signed integer of 64 bits, LO..HI, or VALUE/MASK", number=SIGNED, size=8),
    PatternType("f32", "a float of 32 bits, or LO..HI", number=REAL, size=4),
    PatternType("f64", "a float of 64 bits, or LO..HI", number=REAL, size=8),
    PatternType(
        "ptr",
        "a pointer: to ADDR, into LO..HI or ADDR,+LEN, ADDR/MASK, or @WHERE: anywhere in these areas",
        "P",
        number=UNSIGNED,
        at_words=True,
    ),
    PatternType("re", "a Python bytes regular expression", "r", has_case=True),
    PatternType("expr", "an expression of the debugger: the bytes of its value", "e", evaluated=True),
)

TYPE_NAMES = tuple(known.name for known in PATTERN_TYPES)
CASED_TYPES = tuple(known.name for known in PATTERN_TYPES if known.has_case)
# The types that have an option of their own.
TYPE_OPTIONS = tuple(known.name for known in PATTERN_TYPES if known.short)


def pattern_type(name: str) -> Optional[PatternType]:
    """Return the type of this name, or None."""
    return next((known for known in PATTERN_TYPES if known.name == name), None)
