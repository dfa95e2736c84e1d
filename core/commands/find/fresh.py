"""pt-find PATTERN: patterns, wherever they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ...inferior import Inferior
from ...render.fields import COUNT, TEXT, Column, column
from ...render.text import Line, note
from ...search.engine.search import Search, Stopped
from ...search.hits.hit_list import HitList
from ...search.hits.hits import Batch, Hit
from ...search.hits.packed_ints import unpacked
from ...search.narrowing.last_search import LastSearch
from ...search.patterns.number_format import Number
from ...search.patterns.pattern import Pattern
from ...walk.reading import read_up_to
from ...watch import Watch
from .counts import count_lines
from .mode import Mode
from .pattern_reader import Read
from .rows import HitColumns, hit_columns
from .search_scope import SearchScope
from .what import What


class Fresh(Mode):
    """A search for patterns in all of the scope.

    `read` are the patterns and what they were read for, `align` is None for each pattern's own, `threads` how
    many search at most, 0: one for each core.
    """

    def __init__(
        self, inferior: Inferior, scope: SearchScope, read: Read, align: int | None, threads: int = 0
    ) -> None:
        super().__init__(inferior, scope)
        (self.patterns, self.arch, self._hints), self.align = read, align
        self._threads = threads
        self._numbers = [Number.of(pattern, self.arch) for pattern in self.patterns]
        self._words = [_word(pattern, number) for pattern, number in zip(self.patterns, self._numbers)]

    def search(self, start: int | None, limit: int | None, watch: Watch) -> Search:
        """Return a search of the scope."""
        return self.inferior.find(
            self.patterns,
            self.scope.readable,
            align=self.align,
            limit=limit,
            start=start,
            threads=self._threads,
            watch=watch,
        )

    def last(self, hits: HitList, stopped: Stopped | None) -> LastSearch:
        """Return the search as it ended."""
        return LastSearch(self.patterns, self.arch, hits, stopped)

    @property
    def is_several(self) -> bool:
        """Whether there are several patterns, so that each hit names its own."""
        return len(self.patterns) > 1

    def head(self) -> dict[str, Any]:
        """Return the pattern, or the patterns."""
        if self.is_several:
            return {"patterns": [pattern.describe() for pattern in self.patterns]}
        return {"pattern": self.patterns[0].describe()}

    def columns(self) -> HitColumns:
        """Return the fields and columns of a hit; with several patterns, also which one it is of."""
        return hit_columns(*self._names(), self._what())

    def _what(self) -> HitColumns:
        """Return the fields and columns that say what lies at a hit."""
        return What(self.inferior, self.patterns, self.arch).columns()

    def _names(self) -> tuple[Sequence[Column], Sequence[Column]]:
        """Return the fields and columns that name the pattern of a hit."""
        if not self.is_several:
            return (), ()
        name = _name_of(self.patterns)
        return (column("pattern", COUNT),), (Column("pattern", TEXT, lambda hit: name(hit.pattern)),)

    def count_json(self, counts: Counter[int]) -> dict[str, Any]:
        """Return how many hits each of several patterns has, in their order."""
        if not self.is_several:
            return {}
        return {"by_pattern": [counts[number] for number in range(len(self.patterns))]}

    def count_lines(self, counts: Counter[int]) -> Iterable[Line]:
        """Return how many hits each of several patterns has."""
        if not self.is_several:
            return ()
        return count_lines(_name_of(self.patterns), len(self.patterns), counts)

    def tail(self) -> dict[str, Any]:
        """Return what may have been meant instead of text."""
        return {"hints": list(self._hints)} if self._hints else {}

    def notes(self) -> Iterator[Line]:
        """Yield what may have been meant instead of text."""
        yield from map(note, self._hints)

    def content(self, hit: Hit, word: int | None) -> bytes:
        """Return the hit's bytes: known where its pattern has but one match, or was found as a word."""
        shape = self.patterns[hit.pattern].shape
        if shape.literal is not None:
            return shape.literal
        if word is not None and shape.word is not None:
            return self._bytes_of(word, hit.size)
        if word == 0 and not self.is_several:
            return bytes(hit.size)
        return read_up_to(self.inferior.memory, hit.address, hit.size)

    def _bytes_of(self, word: int, size: int) -> bytes:
        return word.to_bytes(size, self.arch.endian)

    def value(self, pattern: int, content: bytes) -> int | None:
        """Return the number, if its pattern is one."""
        number = self._numbers[pattern]
        return None if number is None else number.word(content)

    def with_values(self, batch: Batch) -> Batch:
        """Return the hits with the values of patterns that have but one; a search gives the others."""
        words, patterns = self._words, batch.patterns
        if not any(word is not None for word in words):
            return batch
        if isinstance(patterns, int):
            return batch if words[patterns] is None else batch._replace(values=words[patterns])
        given = unpacked(batch.values or 0, len(batch.addresses))
        known = map(words.__getitem__, patterns)
        return batch._replace(values=[value if word is None else word for value, word in zip(given, known)])


def _word(pattern: Pattern, number: Number | None) -> int | None:
    """Return the only value that a numeric pattern has, if that is so."""
    literal = pattern.shape.literal
    return None if literal is None or number is None else number.word(literal)


def _name_of(patterns: Sequence[Pattern]) -> Callable[[int], str]:
    """Return how to name the patterns, by number: with their types if they have several."""
    if len({pattern.type for pattern in patterns}) == 1:
        return lambda number: patterns[number].shown
    return lambda number: f"{patterns[number].type} {patterns[number].shown}"
