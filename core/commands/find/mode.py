"""What pt-find looks for, as one value: options that contradict each other can't be written as a mode."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ...inferior import Inferior
from ...render.fields import BLANK
from ...render.text import Line
from ...search.engine.search import Search, Stopped
from ...search.hits.hit_list import HitList
from ...search.hits.hits import Batch, Hit
from ...search.narrowing.last_search import LastSearch
from ...watch import Watch
from .report import Report
from .rows import HitColumns
from .search_scope import SearchScope


class Mode(ABC):
    """What a search is for: how it is carried out, and what is shown and kept of its hits.

    There are four: `Fresh` looks for patterns everywhere, `Next` for patterns at the hits of the search
    before, `Compared` for values there that changed or didn't, and `Rules` for what YARA rules match. A hit's
    `pattern` counts the names of a mode: its patterns, or its rules.
    """

    def __init__(self, inferior: Inferior, scope: SearchScope) -> None:
        self.inferior, self.scope = inferior, scope

    @abstractmethod
    def search(self, start: int | None, limit: int | None, watch: Watch) -> Search:
        """Return the search, which is to begin at `start` and to end after `limit` hits if they are given."""

    def report(self, search: Search, began: float) -> Report:
        """Return the report of the search, which began then (`time.monotonic`)."""
        return Report(self.scope, search, began)

    @abstractmethod
    def last(self, hits: HitList, stopped: Stopped | None) -> LastSearch:
        """Return what is left for the next search, when this one has ended with these hits."""

    # The whole answer.

    @abstractmethod
    def head(self) -> dict[str, Any]:
        """Return the part of a document before the hits: the patterns or rules."""

    @abstractmethod
    def columns(self) -> HitColumns:
        """Return the fields and columns of a hit."""

    def count_json(self, _counts: Counter[int]) -> dict[str, Any]:
        """Return the number of hits of each name, for a document."""
        return {}

    def count_lines(self, _counts: Counter[int]) -> Iterable[Line]:
        """Return the number of hits of each name, as lines below a table."""
        return ()

    def tail(self) -> dict[str, Any]:
        """Return the other parts of a document after the hits."""
        return {}

    def notes(self) -> Iterable[Line]:
        """Return further lines below a table's hits and their report."""
        return ()

    # One hit.

    @abstractmethod
    def content(self, hit: Hit, word: int | None) -> bytes:
        """Return the hit's bytes, read only if they can't be known: to read zeros touches their page.

        `word` is the unsigned word that the search saw there, if it knows.
        """

    def previous(self, _hit: Hit) -> Any:
        """Return the bytes of the value that the search before saw there, or BLANK."""
        return BLANK

    def value(self, _pattern: int, _content: bytes) -> int | None:
        """Return the value to keep of a hit with this content, as an unsigned word; None: none."""
        return None

    def with_values(self, batch: Batch) -> Batch:
        """Return the hits with all values that are to be kept of them."""
        return batch
