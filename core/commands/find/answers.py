"""The answers of pt-find: its hits one by one, or their number in each area."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ...render.document import Answer, Rows
from ...render.text import Line, note
from .mode import Mode
from .report import Report
from .result import Found
from .rows import FoundHit, by_area_columns, context_of

if TYPE_CHECKING:
    from .hit_blocks import HitBlocks


class Shown(Protocol):
    """How a search is shown: hits, counts, or hits with a breakpoint at each."""

    @property
    def limit(self) -> int | None:
        """After how many hits the search may stop; None: never."""

    def answer(self, mode: Mode, found: Found, report: Report) -> Answer:
        """Return the answer, which takes the hits when its rows are read."""


class FindAnswer(Answer):
    """The parts of every answer of pt-find."""

    schema = "ptatlas.find/1"

    def __init__(self, mode: Mode, found: Found, report: Report) -> None:
        self._mode, self._found, self._report = mode, found, report

    def head(self) -> Mapping[str, Any]:
        """Return the patterns or rules, and the source that serves the search."""
        return {**self._mode.head(), "source": self._found.source}

    def tail(self) -> Mapping[str, Any]:
        """Return how many hits there are, and what was searched."""
        return {
            "count": self._found.count,
            **self._count_json(),
            **self._mode.tail(),
            **self._report.json(),
        }

    def notes(self) -> Iterator[Line]:
        """Yield how many hits there are, and what was searched."""
        yield from self._count_lines()
        yield from self._report.lines(self._found.count)
        yield from self._mode.notes()

    def found(self) -> bool | None:
        """Return whether there are any hits; None: nothing could be searched, so nobody knows."""
        return None if self._report.is_empty else self._found.count > 0

    def _count_json(self) -> Mapping[str, Any]:
        return {}

    def _count_lines(self) -> Iterable[Line]:
        return ()


class HitsAnswer(FindAnswer):
    """Every hit as a row; in a table, with `around` bytes before and behind it if that isn't 0."""

    def __init__(
        self,
        mode: Mode,
        found: Found,
        report: Report,
        hits: Iterable[FoundHit],
        around: int,
        blocks: HitBlocks | None = None,
    ) -> None:
        super().__init__(mode, found, report)
        self._hits, self._around, self._blocks = hits, around, blocks
        self._is_cut = False

    def rows(self) -> Rows:
        """Return the hits."""
        known = self._mode.columns()
        fields, columns = self._blocks.added_to(known) if self._blocks else known
        detail = partial(context_of, self._mode.inferior, self._around) if self._around else None
        return Rows("hits", self._hits, fields, columns, detail, empty="")

    def notes(self) -> Iterator[Line]:
        """Yield how many hits there are, shown or not, and what was searched."""
        yield from super().notes()
        if self._is_cut:
            yield note("not all hits were shown; --next has them all")

    def stop(self, told: int) -> None:
        """End the search after the hits that have been written."""
        self._found.stop(told)

    def finish(self) -> None:
        """Take the hits that nobody wants to see."""
        self._is_cut = True
        self._found.finish()


class CountsAnswer(FindAnswer):
    """How many hits there are in each area, and of each pattern or rule."""

    def rows(self) -> Rows:
        """Return the areas that have hits."""
        columns = by_area_columns()
        return Rows("areas", self._found.by_area(), columns, columns, empty="")

    def _count_json(self) -> Mapping[str, Any]:
        return self._mode.count_json(self._found.by_pattern)

    def _count_lines(self) -> Iterable[Line]:
        return self._mode.count_lines(self._found.by_pattern)


class ShownHits(NamedTuple):
    """Hits one by one, and with `blocks` the allocator's block of each."""

    limit: int | None
    around: int
    blocks: HitBlocks | None = None

    def answer(self, mode: Mode, found: Found, report: Report) -> HitsAnswer:
        """Return the hits as they come."""
        return HitsAnswer(mode, found, report, found.hits(), self.around, self.blocks)


class ShownCounts(NamedTuple):
    """Only how many hits there are."""

    limit: int | None

    def answer(self, mode: Mode, found: Found, report: Report) -> CountsAnswer:
        """Return how many hits there are."""
        return CountsAnswer(mode, found, report)
