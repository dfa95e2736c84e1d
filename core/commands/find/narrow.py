"""pt-find --next: only among the hits of the search before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ...errors import InvalidArgument
from ...inferior import Inferior
from ...ranges import TOP, Range, coalesce
from ...render.fields import counted, hexadecimal
from ...render.text import Line, Span
from ...search.narrowing.among import search_among
from ...search.narrowing.checks import COMPARISONS, ComparisonCheck, HitCheck, PatternCheck
from ...search.narrowing.last_search import LastSearch
from ...search.narrowing.narrowing import NarrowedSearch
from ...search.patterns.pattern import Pattern
from ..shell.context import Context
from ..shell.parse import Arguments
from .report import Counted, Report

SEARCH_FIRST = "search with a PATTERN first"


class Earlier(NamedTuple):
    """What --next goes by: the search among whose hits it looks, and how their values must compare."""

    search: LastSearch
    comparison: str | None

    def check(self, patterns: Iterable[Pattern]) -> HitCheck:
        """Return what a hit must be now."""
        if self.comparison is None:
            return PatternCheck(patterns)
        return ComparisonCheck(self.comparison, [number for number in self.search.numbers if number])

    def previous(self, address: int, pattern: int) -> bytes | None:
        """Return the bytes of the value that was seen at a hit, or None where none was kept."""
        hits, numbers = self.search.hits, self.search.numbers
        for index in range(hits.first_from(address), len(hits)):
            hit = hits[index]
            if hit.address != address:
                return None
            if self.comparison is None or hit.pattern == pattern:
                value, number = hits.value(index), numbers[hit.pattern]
                return None if value is None or number is None else number.content(value)
        return None


def earlier_of(context: Context, arguments: Arguments, start: int | None) -> Earlier | None:
    """Return what --next goes by, or None without it; InvalidArgument where there is nothing to go by.

    A search that was stopped among earlier hits goes on among these when it is told to start from there on.
    """
    comparisons = [name for name in COMPARISONS if arguments.flag(name)]
    if not arguments.flag("next"):
        if comparisons:
            raise InvalidArgument(f"--{comparisons[0]} goes with --next", hint=SEARCH_FIRST)
        return None
    last = context.session.history.of(context.inferior).last_search
    if last is None:
        raise _nothing_before(context)
    stopped = last.stopped
    if last.among is not None and stopped is not None and start is not None and start >= stopped.start:
        last = last.among
    return Earlier(last, _comparison(comparisons, arguments, last))


def _nothing_before(context: Context) -> InvalidArgument:
    pid, searched = context.inferior.pid if context.inferior else None, context.session.history.searched
    if pid is None:
        return InvalidArgument("there is no earlier search", hint=SEARCH_FIRST)
    other = f"; the last one was of process {searched}" if searched not in (None, pid) else ""
    return InvalidArgument(f"there is no earlier search of process {pid}{other}", hint=SEARCH_FIRST)


def _comparison(names: list[str], arguments: Arguments, last: LastSearch) -> str | None:
    if not names:
        return None
    if len(names) > 1 or arguments.positionals:
        given = " and ".join(f"--{name}" for name in names)
        other = " and a PATTERN" if len(names) == 1 else ""
        raise InvalidArgument(f"{given}{other} are given", hint="one of them at a time")
    if arguments.value("type") is not None or any(
        map(arguments.flag, ("hex", "ptr", "re", "expr", "endian"))
    ):
        raise InvalidArgument(
            f"--{names[0]} compares values of the type that they had then", hint="leave the type out"
        )
    for pattern, number in zip(last.patterns, last.numbers):
        if number is None:
            raise InvalidArgument(
                f"--{names[0]} compares numbers and pointers, and the earlier search was for {pattern.type}",
                hint="--next PATTERN looks for another one",
            )
    return names[0]


def narrowed(
    context: Context,
    inferior: Inferior,
    earlier: Earlier,
    patterns: Iterable[Pattern],
    readable: Iterable[Range],
    *,
    align: int | None,
    limit: int | None,
    start: int | None,
) -> NarrowedSearch:
    """Search among the earlier hits that lie in what is readable; the rest as of `Inferior.find`.

    They are where they are: unless another `align` is given, the earlier one holds for them.
    """
    scope = tuple(coalesce(sorted(readable)))
    return search_among(
        earlier.search.hits,
        earlier.check(patterns),
        inferior.memory.ready(scope),
        scope,
        inferior.target,
        align=align or 1,
        limit=limit,
        start=start or 0,
        watch=context.watch,
    )


class NarrowReport(Report):
    """What was looked at of the earlier hits, and what became of the others."""

    again = "--next --from"

    def among(self, earlier: Earlier, *, is_part: bool) -> NarrowReport:
        """Note which hits these are, and whether the user asked for only a part of memory."""
        self._earlier, self._is_part = earlier.search, is_part
        return self

    def json(self) -> dict[str, Any]:
        """What a document says behind the hits: of the earlier ones, too."""
        stopped = self._earlier.stopped
        said = stopped and {"why": stopped.why, "from": hexadecimal(stopped.start)}
        hits = self._earlier.hits
        told = {"hits": len(hits), "gone": self._gone, "not_kept": hits.missed, "stopped": said}
        return {**super().json(), "earlier": told}

    def lines(self, found: Counted) -> Iterator[Line]:
        """What a table says below the hits."""
        yield from super().lines(found)
        hits, stopped = self._earlier.hits, self._earlier.stopped
        if self._gone:
            yield (Span(f"{counted(self._gone, 'earlier hit')} can't be read any more", "warning"),)
        if stopped is not None:
            why = {"limit": "was stopped by its limit"}.get(stopped.why, f"was {stopped.why}")
            text = f"the earlier search {why} at {stopped.start:#x}; what lies beyond isn't looked at"
            yield (Span(text, "warning"),)
        if hits.missed:
            yield (Span(f"of the earlier search's hits only the first {len(hits)} were kept", "warning"),)

    def _summary(self, count: int) -> str:
        return f"{counted(count, 'hit')} among {len(self._earlier.hits)} earlier"

    def _asides(self) -> dict[str, int]:
        """What of the scope wasn't searched: all that lies between the hits isn't worth telling."""
        asides = super()._asides()
        return {name: size for name, size in asides.items() if name == "unreadable" and self._gone}

    @property
    def _gone(self) -> int:
        """How many earlier hits couldn't be looked at, of those that were asked for."""
        search = self._ended
        assert isinstance(search, NarrowedSearch)
        if not self._is_part:
            return search.lost + search.outside
        hits, end = self._earlier.hits, search.stopped.start if search.stopped else TOP
        parts = [part for refused in self._refused for part in [refused.range.intersection(0, end)] if part]
        return search.lost + sum(hits.first_from(part.end) - hits.first_from(part.start) for part in parts)
