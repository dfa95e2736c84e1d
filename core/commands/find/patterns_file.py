"""Patterns from a file, one to a line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from ...errors import AtlasError, InvalidArgument
from ...files.paths import possible_path
from ...search.patterns.pattern import Pattern
from ...search.patterns.types import TYPE_NAMES

# A file that is larger, in bytes, is no list of patterns.
_LARGEST = 64 << 20

# Reads a pattern of a type, given as text.
ReadPattern = Callable[[str, str], Pattern]


def read_patterns(path: str, read: ReadPattern) -> Iterator[Pattern]:
    """Yield the patterns of a file's lines, `TYPE PATTERN` each.

    Blank lines, and those that begin with `#`, don't count, nor do blanks around a pattern. Raise
    InvalidArgument, with the line's number, for what is no pattern; and for a file that can't be read, or has
    none.
    """
    count = 0
    for number, line in enumerate(_content(path).decode("utf-8", "surrogateescape").split("\n"), 1):
        words = line.strip().split(None, 1)
        if not words or words[0].startswith("#"):
            continue
        count += 1
        yield _pattern(f"{path}, line {number}", words, read)
    if not count:
        raise InvalidArgument(f"{path} has no patterns", hint="one to a line: TYPE PATTERN")


def _content(path: str) -> bytes:
    try:
        with open(possible_path(os.path.expanduser(path)), "rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise InvalidArgument(f"cannot read {path}: {error.strerror}") from None
    if len(content) > _LARGEST:
        raise InvalidArgument(f"{path} is too large for a list of patterns")
    return content


def _pattern(where: str, words: list[str], read: ReadPattern) -> Pattern:
    if words[0] not in TYPE_NAMES:
        hint = "one of " + " ".join(TYPE_NAMES)
        raise InvalidArgument(f"{where}: there is no type {words[0]!r}", hint=hint)
    if len(words) < 2:
        raise InvalidArgument(f"{where}: there is nothing after {words[0]}", hint="TYPE PATTERN")
    try:
        return read(*words)
    except AtlasError as error:
        raise InvalidArgument(f"{where}: {error}", hint=error.hint) from None
