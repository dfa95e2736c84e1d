"""pt-find --next: only among the hits of the search before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...errors import InvalidArgument
from ...inferior import Inferior
from ...ranges import coalesce
from ...render.fields import BLANK
from ...search.engine.search import Search, Stopped
from ...search.hits.hit_list import HitList
from ...search.hits.hits import Batch, Hit
from ...search.narrowing.among import search_among
from ...search.narrowing.checks import COMPARISONS, ComparisonCheck, HitCheck, PatternCheck
from ...search.narrowing.last_search import LastSearch
from ...search.narrowing.narrowing import NarrowedSearch
from ...walk.reading import read_up_to
from ...watch import Watch
from ..shell.context import Context
from ..shell.parse import Arguments
from .fresh import Fresh
from .narrow_report import NarrowReport
from .pattern_reader import READING, Read
from .rows import HitColumns, hit_columns
from .search_scope import SearchScope

SEARCH_FIRST = "search with a PATTERN first"


def earlier_of(context: Context, arguments: Arguments, start: int | None) -> LastSearch | None:
    """Return the search that --next goes by, or None without it; raise InvalidArgument if there is none.

    A search that was stopped among earlier hits goes on among these if `start` is where it stopped, or later.
    """
    comparisons = _comparisons(arguments)
    if not arguments.flag("next"):
        if comparisons:
            raise InvalidArgument(f"--{comparisons[0]} goes with --next", hint=SEARCH_FIRST)
        return None
    last = context.session.history.of(context.inferior).last_search
    if last is None:
        raise _nothing_before(context)
    stopped = last.stopped
    if last.among is not None and stopped is not None and start is not None and start >= stopped.start:
        return last.among
    return last


def _nothing_before(context: Context) -> InvalidArgument:
    pid, searched = context.inferior.pid if context.inferior else None, context.session.history.searched
    if pid is None:
        return InvalidArgument("there is no earlier search", hint=SEARCH_FIRST)
    other = f"; the last one was of process {searched}" if searched not in (None, pid) else ""
    return InvalidArgument(f"there is no earlier search of process {pid}{other}", hint=SEARCH_FIRST)


def _comparisons(arguments: Arguments) -> list[str]:
    return [name for name in COMPARISONS if arguments.flag(name)]


def comparison_of(arguments: Arguments, earlier: LastSearch) -> str | None:
    """Return how values must compare with those of the search before, or None if patterns are looked for.

    Raise InvalidArgument for several comparisons, for one and a pattern, and where the values can't be
    compared.
    """
    names = _comparisons(arguments)
    if not names:
        return None
    has_pattern = arguments.positionals or arguments.flag("patterns")
    if len(names) > 1 or has_pattern:
        given = " and ".join(f"--{name}" for name in names)
        other = " and a PATTERN" if len(names) == 1 else ""
        raise InvalidArgument(f"{given}{other} are given", hint="one of them at a time")
    if any(map(arguments.flag, READING)):
        raise InvalidArgument(
            f"--{names[0]} compares values of the type that they had then", hint="leave the type out"
        )
    if not earlier.patterns or None in earlier.numbers:
        others = (pattern.type for pattern, number in zip(earlier.patterns, earlier.numbers) if not number)
        raise InvalidArgument(
            f"--{names[0]} compares numbers and pointers, "
            f"and the earlier search was for {next(others, 'yara')}",
            hint="--next PATTERN looks for another one",
        )
    return names[0]


class Next(Fresh):
    """A search for patterns at the hits of an earlier search."""

    def __init__(
        self,
        inferior: Inferior,
        scope: SearchScope,
        read: Read,
        align: int | None,
        earlier: LastSearch,
    ) -> None:
        super().__init__(inferior, scope, read, align)
        self.earlier = earlier

    def search(self, start: int | None, limit: int | None, watch: Watch) -> NarrowedSearch:
        """Return a search among the earlier hits that lie in what is readable.

        They are where they are: unless another `align` is given, the earlier one holds for them.
        """
        readable = tuple(coalesce(sorted(self.scope.readable)))
        return search_among(
            self.earlier.hits,
            self._check(),
            self.inferior.memory.ready(readable),
            readable,
            self.inferior.target,
            align=self.align or 1,
            limit=limit,
            start=start or 0,
            watch=watch,
        )

    def _check(self) -> HitCheck:
        """Return what a hit must be now."""
        return PatternCheck(self.patterns)

    def report(self, search: Search, began: float) -> NarrowReport:
        """Return the report, which says what became of the earlier hits."""
        assert isinstance(search, NarrowedSearch)
        return NarrowReport(self.scope, search, began, self.earlier)

    def last(self, hits: HitList, stopped: Stopped | None) -> LastSearch:
        """Return the search as it ended; if it was stopped, with the one that it goes on among."""
        return replace(super().last(hits, stopped), among=self.earlier if stopped else None)

    def previous(self, hit: Hit) -> Any:
        """Return the bytes of the value that was seen at this address, BLANK where none was kept."""
        seen = self.earlier.seen(hit.address)
        return BLANK if seen is None else seen


class Compared(Next):
    """A search for the values at earlier hits that compare so with what they were."""

    def __init__(
        self,
        inferior: Inferior,
        scope: SearchScope,
        align: int | None,
        earlier: LastSearch,
        comparison: str,
    ) -> None:
        super().__init__(inferior, scope, Read(earlier.patterns, earlier.arch), align, earlier)
        self._comparison = comparison

    def _check(self) -> HitCheck:
        return ComparisonCheck(self._comparison, [number for number in self.earlier.numbers if number])

    def head(self) -> dict[str, Any]:
        """Return whose values are compared, and how."""
        return {**super().head(), "comparison": self._comparison}

    def columns(self) -> HitColumns:
        """Return the fields and columns of a hit; a table also has the earlier value."""
        return hit_columns(*self._names(), self._what(), has_previous=True)

    def content(self, hit: Hit, word: int | None) -> bytes:
        """Return the value: whatever the pattern was, it is what the search saw."""
        if word is not None:
            return self._bytes_of(word, hit.size)
        return read_up_to(self.inferior.memory, hit.address, hit.size)

    def with_values(self, batch: Batch) -> Batch:
        """Return the hits as they are: the search has seen their values."""
        return batch

    def previous(self, hit: Hit) -> Any:
        """Return the bytes of the value that was seen at this hit, BLANK where none was kept."""
        seen = self.earlier.seen(hit.address, hit.pattern)
        return BLANK if seen is None else seen
