"""What a search among earlier hits looked at, and what became of the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...ranges import TOP
from ...render.fields import counted, hexadecimal
from ...render.text import Line, warning
from ...search.narrowing.last_search import LastSearch
from ...search.narrowing.narrowing import NarrowedSearch
from .report import Report
from .search_scope import SearchScope


class NarrowReport(Report):
    """The coverage of a search among earlier hits."""

    again = "--next --from"

    def __init__(self, scope: SearchScope, search: NarrowedSearch, began: float, earlier: LastSearch) -> None:
        super().__init__(scope, search, began)
        self._narrowed, self._earlier = search, earlier

    def json(self) -> dict[str, Any]:
        """Return what a document says behind the hits: of the earlier ones, too."""
        stopped = self._earlier.stopped
        said = stopped and {"why": stopped.why, "from": hexadecimal(stopped.start)}
        hits = self._earlier.hits
        earlier = {"hits": len(hits), "gone": self._gone, "not_kept": hits.missed, "stopped": said}
        return {**super().json(), "earlier": earlier}

    def lines(self, count: int) -> Iterator[Line]:
        """Yield what a table says below the hits."""
        yield from super().lines(count)
        hits, stopped = self._earlier.hits, self._earlier.stopped
        if self._gone:
            yield warning(f"{counted(self._gone, 'earlier hit')} can't be read any more")
        if stopped is not None:
            why = {"limit": "was stopped by its limit"}.get(stopped.why, f"was {stopped.why}")
            text = f"the earlier search {why} at {stopped.start:#x}; what lies beyond isn't looked at"
            yield warning(text)
        if hits.missed:
            yield warning(f"of the earlier search's hits only the first {len(hits)} were kept")

    def _summary(self, count: int) -> str:
        return f"{counted(count, 'hit')} among {len(self._earlier.hits)} earlier"

    def _asides(self) -> dict[str, int]:
        """Return what wasn't searched, in bytes: all that lies between the hits isn't worth a word."""
        asides = super()._asides()
        return {name: size for name, size in asides.items() if name == "unreadable" and self._gone}

    @property
    def _gone(self) -> int:
        """How many earlier hits couldn't be looked at, of those that were asked for."""
        search, hits = self._narrowed, self._earlier.hits
        if not self._scope.is_part:
            return search.lost + search.outside
        end = search.stopped.start if search.stopped else TOP
        refused = (refused.range.intersection(0, end) for refused in self._scope.refused)
        return search.lost + sum(
            hits.first_from(part.end) - hits.first_from(part.start) for part in refused if part
        )
