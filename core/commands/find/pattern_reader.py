"""Reads the patterns of pt-find: from the arguments, and from a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from ...arch import Arch, check_endian
from ...brackets import outside
from ...errors import AtlasError, InvalidArgument, PatternError
from ...inferior import Inferior
from ...search.narrowing.last_search import LastSearch
from ...search.patterns.literals import read_integers
from ...search.patterns.pattern import Pattern
from ...search.patterns.types import CASED_TYPES, PATTERN_TYPES, TYPE_OPTIONS
from ..shell.parse import Arguments
from ..shell.scope import Scope, known_areas, read_where
from ..shell.values import Values
from .likeness import cited, hint, integer_type, is_like_expression
from .patterns_file import read_patterns

# The options that say how patterns are read.
READING = ("type", *TYPE_OPTIONS, "endian", "ignore-case")
_TYPE_LETTERS = ", ".join(["-t", *(f"-{known.short}" for known in PATTERN_TYPES if known.short)])


class Read(NamedTuple):
    """Patterns, what they were read for, and what may have been meant instead, as sentences for the user."""

    patterns: tuple[Pattern, ...]
    arch: Arch
    hints: tuple[str, ...] = ()


def patterns_of(arguments: Arguments, inferior: Inferior, values: Values, earlier: LastSearch | None) -> Read:
    """Return the patterns; with --next alone, those of the search before.

    Raise PatternError and InvalidArgument for what is no pattern, and for none.
    """
    texts, file = arguments.positionals, arguments.value("patterns")
    if not texts and file is None and earlier is not None and not any(map(arguments.flag, READING)):
        if not earlier.patterns:
            raise InvalidArgument(
                "the search before was for rules", hint="--next PATTERN looks for a pattern"
            )
        return Read(earlier.patterns, earlier.arch)
    if not texts and file is None:
        raise InvalidArgument("PATTERN is missing")
    if not texts and any(map(arguments.flag, ("type", *TYPE_OPTIONS))):
        raise InvalidArgument("there is no PATTERN of this type", hint="lines of a file have their own types")
    reader = _PatternReader(arguments, inferior, values, earlier if texts else None)
    listed = () if file is None else read_patterns(file, reader.listed)
    given = [pattern for text in texts for pattern in reader.patterns(text)]
    return Read((*given, *listed), reader.arch, tuple(reader.hints))


class _PatternReader:
    """Reads patterns of one type, as the options say."""

    def __init__(
        self, arguments: Arguments, inferior: Inferior, values: Values, earlier: LastSearch | None
    ) -> None:
        self._type = _type(arguments, earlier)
        self._is_chosen = any(map(arguments.flag, ("type", *TYPE_OPTIONS)))
        self.hints: list[str] = []
        self._ignore_case = arguments.flag("ignore-case")
        self._inferior, self._values = inferior, values
        usual = (inferior if earlier is None else earlier).arch.endian
        self.arch = inferior.arch._replace(endian=check_endian(arguments.value("endian") or usual))

    def patterns(self, text: str) -> Iterator[Pattern]:
        """Yield the pattern, or the patterns that the text stands for.

        Raise PatternError or InvalidArgument for what its type doesn't allow.
        """
        if self._type == "auto":
            yield self._read("str", text, self._ignore_case)
            yield from (self._read(type_, text, False) for type_ in self._number_types(text))
            return
        yield self._read(self._type, text, self._ignore_case)
        said = hint(text) if self._type == "str" and not self._is_chosen else None
        self.hints += [said] if said else []

    def _number_types(self, text: str) -> tuple[str, ...]:
        """Return the types of the number that the text is or is the expression of; none if it is none."""
        try:
            known = integer_type(*read_integers(text, self._values.integer))
            return (known,) if known else ()
        except AtlasError as error:
            reals = tuple(type_ for type_ in ("f32", "f64") if self._is_readable(type_, text))
            if not reals and is_like_expression(text):
                self.hints.append(f"{cited(text)} was looked for as text alone: {error}")
            return reals

    def _is_readable(self, type_: str, text: str) -> bool:
        try:
            self._read(type_, text, False)
        except AtlasError:
            return False
        return True

    def listed(self, type_: str, text: str) -> Pattern:
        """Return a pattern of a list, in which there are types without a case too."""
        if type_ == "auto":
            raise PatternError("auto stands for several patterns", hint="a line has one: give its type")
        return self._read(type_, text, self._ignore_case and type_ in CASED_TYPES)

    def _read(self, type_: str, text: str, ignore_case: bool) -> Pattern:
        if type_ == "expr":
            return Pattern.raw(self._values.content(text), type="expr", shown=text)
        if type_ == "ptr" and text.startswith("@"):
            return self._pointer_into(text)
        if type_ == "ptr" and ",+" in outside(text):
            return self._pointer_into_bytes(text)
        evaluate = self._values.address if type_ == "ptr" else self._values.integer
        return Pattern.parse(
            type_,
            text,
            arch=self.arch,
            ignore_case=ignore_case,
            evaluate=evaluate,
            evaluate_real=self._values.real,
        )

    def _pointer_into_bytes(self, text: str) -> Pattern:
        """Return a pointer into `ADDR,+LEN`, as ranges of addresses are written everywhere."""
        start, end = self._values.range_ends(text) or (0, 0)
        if start == end:
            raise InvalidArgument(f"{text} holds no address")
        return replace(Pattern.pointer(start, end - 1, arch=self.arch), shown=text)

    def _pointer_into(self, text: str) -> Pattern:
        """Return a pointer to anywhere in the areas that `@WHERE` names."""
        scope = Scope([read_where(text[1:], self._values)])
        pieces = scope.pieces(known_areas(self._inferior, scope.places))
        ranges = [piece.range for piece in pieces]
        if not ranges:
            raise InvalidArgument(f"{text} is in no area, so nothing can point there")
        return replace(Pattern.pointer(ranges=ranges, arch=self.arch), shown=text)


def _type(arguments: Arguments, earlier: LastSearch | None) -> str:
    """Return the type of the patterns: as given, or what the search before was for, or text."""
    given = [name for name in TYPE_OPTIONS if arguments.flag(name)]
    chosen = arguments.value("type")
    if len(given) + (chosen is not None) > 1:
        raise InvalidArgument("a pattern has one type", hint=f"give one of {_TYPE_LETTERS}")
    if given or chosen or earlier is None:
        return given[0] if given else chosen or "str"
    types = {pattern.type for pattern in earlier.patterns} or {"str"}
    if len(types) > 1:
        raise InvalidArgument("the search before was for several types", hint="say which with -t TYPE")
    return types.pop()
