"""What a search was to cover, and what it did: every byte of the scope is in one of four counts."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

from ...maps.kinds import NO_READ
from ...maps.protection import Protection
from ...ranges import Range
from ...render.fields import counted, hexadecimal, size_in_words
from ...render.text import Line, Span
from ...search.engine.search import Search
from ..shell.coverage import SHOWN, coverage_json
from ..shell.scope import ScopePart


class Refused(NamedTuple):
    """A range of the scope that wasn't searched, and why."""

    range: Range
    why: str


class Counted(Protocol):
    """What was found, counted."""

    @property
    def count(self) -> int:
        """How many there are."""


_Report = TypeVar("_Report", bound="Report")


class Report:
    """The coverage of one search: what was left aside from the start, and what the search says."""

    again = "--from"  # what goes on with a search that was stopped, before the address

    def __init__(self, readable: list[Range], refused: list[Refused], left_out: int) -> None:
        self.readable = readable
        self._refused, self._left_out = refused, left_out
        self._search: Search | None = None
        self._began = time.monotonic()

    @classmethod
    def of(cls: type[_Report], pieces: Iterable[ScopePart], left_out: Collection[str]) -> _Report:
        """Sort the pieces of a scope: areas of these kinds are left out, unreadable ones refused."""
        readable, refused, aside = [], [], 0
        for area, part in pieces:
            if area.kind in left_out:
                aside += part.size
            elif area.allows(Protection.READ) is False:
                refused.append(Refused(part, NO_READ))
            else:
                readable.append(part)
        return cls(readable, refused, aside)

    def watch(self, search: Search) -> None:
        """Take the rest from this search, when it has ended."""
        self._search = search

    def json(self) -> dict[str, Any]:
        """What a document says behind the hits: `stopped`, `coverage`, `seconds`."""
        coverage = self._ended.coverage
        return {
            "stopped": self._stopped(),
            "coverage": coverage_json(
                coverage.searched,
                coverage.never_touched,
                [(*part, why) for part, why in self._unreadable()],
                coverage.left_out + self._left_out,
            ),
            "seconds": round(time.monotonic() - self._began, 6),
        }

    def lines(self, found: Counted) -> Iterator[Line]:
        """What a table says below the hits."""
        seconds = time.monotonic() - self._began
        text = f"{self._summary(found.count)}, {seconds:.3f} s"
        text += "".join(f"; {size_in_words(size)} {name}" for name, size in self._asides().items() if size)
        yield (Span(text, "note"),)
        if not self.readable and not self._refused and not self._left_out:
            yield (Span("no area is in this scope", "warning"),)
        yield from self._unreadable_lines()
        stopped = self._ended.stopped
        if stopped is not None:
            why = {"limit": "the limit is reached"}.get(stopped.why, stopped.why)
            yield (Span(f"{why}; go on with {self.again} {stopped.start:#x}", "warning"),)

    def _summary(self, count: int) -> str:
        """How much was found, and where."""
        return f"{counted(count, 'hit')} in {size_in_words(self._ended.coverage.searched)}"

    def _asides(self) -> dict[str, int]:
        """What of the scope wasn't searched, in bytes."""
        coverage = self._ended.coverage
        return {
            "never touched": coverage.never_touched,
            "unreadable": sum(part.size for part, _ in self._unreadable()),
            "left out": coverage.left_out + self._left_out,
        }

    def _unreadable_lines(self) -> Iterator[Line]:
        """Name what could have been expected to be readable; areas without permission say so in the map."""
        told = [item for item in self._unreadable() if item.why != NO_READ]
        for part, why in told[:SHOWN]:
            yield (Span(f"not searched: {part.start:#x}..{part.end:#x} ({why})", "warning"),)
        if len(told) > SHOWN:
            more = counted(len(told) - SHOWN, "more range")
            yield (Span(f"not searched: {more}; --json lists them", "warning"),)

    @property
    def _ended(self) -> Search:
        assert self._search is not None
        return self._search

    def _unreadable(self) -> list[Refused]:
        found = [Refused(item.range, item.why) for item in self._ended.coverage.unreadable]
        return sorted([*self._refused, *found])

    def _stopped(self) -> dict[str, str] | None:
        stopped = self._ended.stopped
        return stopped and {"why": stopped.why, "from": hexadecimal(stopped.start)}
