"""What a search covered: every byte of its scope is in one of four counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from ...maps.kinds import LEFT_OUT, NO_READ
from ...render.fields import counted, hexadecimal, size_in_words
from ...render.text import Line, note, warning
from ...search.engine.search import Search
from ...walk.coverage import Coverage
from ..shell.coverage import coverage_json, problems_json, unread_lines
from .search_scope import SearchScope

_NOT_REACHED = "it lies before the start of the search, behind its end, or between earlier hits"


class Report:
    """The report of a search that has ended: its own coverage, and what its scope left out before."""

    again = "--from"  # the options, before the address, that continue a search that was stopped

    def __init__(self, scope: SearchScope, search: Search, began: float) -> None:
        """Take the scope, the search over its readable parts, and when that began (`time.monotonic`)."""
        self._scope, self._search, self._began = scope, search, began

    def json(self) -> dict[str, Any]:
        """Return what a document says behind the hits: `stopped`, `coverage`, `seconds`."""
        return {
            "stopped": self._stopped(),
            "coverage": coverage_json(*self._coverage, self._why_left_out(), problems=self._scope.problems),
            **problems_json(self._scope.problems),
            "seconds": round(time.monotonic() - self._began, 6),
        }

    def _why_left_out(self) -> dict[str, int]:
        """Return how many bytes are left out for each reason."""
        aside = {LEFT_OUT[kind]: size for kind, size in self._scope.aside}
        return {**aside, _NOT_REACHED: self._coverage.left_out - self._scope.left_out}

    def lines(self, count: int) -> Iterator[Line]:
        """Yield what a table says below the hits, of which there are `count`."""
        seconds = time.monotonic() - self._began
        text = f"{self._summary(count)}, {seconds:.3f} s"
        text += "".join(f"; {size_in_words(size)} {name}" for name, size in self._asides().items() if size)
        yield note(text)
        if self._scope.is_empty:
            yield warning("no area is in this scope")
        yield from self._unreadable_lines()
        yield from map(warning, self._scope.problems)
        stopped = self._search.stopped
        if stopped is not None:
            why = {"limit": "the limit is reached"}.get(stopped.why, stopped.why)
            yield warning(f"{why}; go on with {self.again} {stopped.start:#x}")

    @property
    def is_empty(self) -> bool:
        """Whether nothing of what was asked for could be searched."""
        return not (self._search.coverage.searched or self._search.coverage.never_touched)

    def _summary(self, count: int) -> str:
        """Return how much was found, and where."""
        return f"{counted(count, 'hit')} in {size_in_words(self._search.coverage.searched)}"

    def _asides(self) -> dict[str, int]:
        """Return how many bytes of the scope weren't searched, by reason."""
        coverage = self._coverage
        return {
            "never touched": coverage.never_touched,
            "unreadable": coverage.unreadable_size,
            "left out": coverage.left_out,
        }

    def _unreadable_lines(self) -> Iterator[Line]:
        """Yield the ranges that should have been readable; the map shows the areas without permission."""
        unexpected = [item for item in self._coverage.unreadable if item.why != NO_READ]
        yield from unread_lines("searched", unexpected)

    @property
    def _coverage(self) -> Coverage:
        """The coverage of all that was asked for, not only of what was searched."""
        return self._search.coverage.widened(self._scope.refused, self._scope.left_out)

    def _stopped(self) -> dict[str, str] | None:
        stopped = self._search.stopped
        return stopped and {"why": stopped.why, "from": hexadecimal(stopped.start)}
