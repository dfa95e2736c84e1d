"""Finds several patterns in a haystack, each by the finder that suits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..hits.hits import Batch
from ..patterns.pattern import Pattern
from .fixed_finder import Tools, finder_for
from .haystack import Haystack, MatchSpan
from .literal_set_finder import Literal, split_off
from .word_reader import with_values


class Numbered(NamedTuple):
    """A pattern, its number in the search, and of what its matches' addresses are multiples."""

    number: int
    pattern: Pattern
    align: int


class PatternFinders:
    """Finds patterns: numerous literals in one pass, each other pattern in one of its own."""

    def __init__(self, wanted: Sequence[Numbered], tools: Tools) -> None:
        literals = (
            Literal(number, pattern.shape.literal, align)
            for number, pattern, align in wanted
            if pattern.shape.literal is not None
        )
        self._many, numbers = split_off(literals, tools.numpy)
        self._singles = [
            (number, finder_for(pattern.shape, align, tools), pattern.shape.word)
            for number, pattern, align in wanted
            if number not in numbers
        ]

    def find(self, haystack: Haystack, span: MatchSpan) -> list[Batch]:
        """Return the matches that begin in the span, in batches that are each in order."""
        found = [batch for many in self._many for batch in many.find(haystack, span)]
        for number, finder, word in self._singles:
            batches = [batch for batch in finder.find(haystack, span) if len(batch.addresses)]
            if word is not None:
                batches = [with_values(batch, word, haystack) for batch in batches]
            found += [batch._replace(patterns=number) for batch in batches] if number else batches
        return found
