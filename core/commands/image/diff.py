"""pt-image diff: what is different in one memory from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

from ...images.diff.change import CHANGED, MemoryChange
from ...images.diff.diff import DiffResult, diff
from ...images.diff.sides import Side
from ...images.model.not_compared import NOT_REACHED, ON_ONE_SIDE, NotCompared, unreadable
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...maps.kinds import NO_READ
from ...maps.protection import Protection
from ...opening import symbols_of
from ...ports.program import SymbolResolver
from ...range_set import RangeSet
from ...render.document import Result
from ...render.fields import NAME, TEXT, column, counted, size_in_words
from ...render.text import Line, note, warning
from ..shell.context import Context
from ..shell.coverage import coverage_json, problems_json
from ..shell.parse import Arguments
from ..shell.scope import Scope
from ..shell.undecided import Undecided
from ..shell.values import Values
from .basics import arch_of, asid_of
from .not_compared import compared_json, nothing_compared
from .ranges import (
    SIZE_COLUMN,
    START_COLUMN,
    SYMBOL_COLUMN,
    Detail,
    RangeRow,
    RangesAnswer,
    counts_of,
    preview_columns,
    size_of,
    symbol_at,
    unreadable_lines,
)
from .sides import sides_of
from .summed import BothSides, SummedRows
from .two_sided_hexdump import two_sided


def diff_images(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image diff`."""
    names = arguments.positionals
    arch = arch_of(context, *reversed(names))
    values = Values(context.inferior, arch)
    asid = asid_of(arguments, values)
    size = values.size(arguments.value("context") or "0")
    by = arguments.value("by") or "address"
    chosen = Scope.of(arguments, arguments.all("in"), values)
    a, b = sides_of(context, names, asid, chosen.places, arguments.flag("no-access"))
    scope, undecided = _scope(chosen, a, b)
    result = diff(
        a,
        b,
        by,
        arch=arch,
        select=None if scope is None else scope.areas.__contains__,
        start=values.address(arguments.value("from") or "0"),
        watch=context.watch,
    )
    if scope is not None and by == "address":
        result = result._replace(changes=tuple(_clipped(result, scope.places)))
    answer = DiffAnswer(
        names,
        by,
        result,
        symbols_of(context.inferior, AreaMap(b.areas)),
        not arguments.flag("from"),
        (a, b),
        arch.word_size,
        partial(two_sided, a, b, size, by == "file") if size else None,
        problems=tuple(dict.fromkeys((*a.problems, *b.problems))),
    )
    return undecided.told_in(answer.document())


class DiffAnswer(RangesAnswer[MemoryChange]):
    """What is different on the second side: the ranges, what only moved, what was compared."""

    schema = "ptatlas.diff/1"
    columns = (
        START_COLUMN,
        SIZE_COLUMN,
        column("change", TEXT),
        *preview_columns("before", "after"),
        SYMBOL_COLUMN,
        column("area", NAME),
    )

    def __init__(
        self,
        names: Sequence[str],
        by: str,
        result: DiffResult,
        symbols: SymbolResolver | None,
        is_from_start: bool,
        sides: tuple[Side, Side],
        word_size: int,
        detail: Detail | None,
        *,
        problems: tuple[str, ...] = (),
    ) -> None:
        super().__init__(result.changes, result.stopped, is_from_start, detail)
        self._sides, self._word_size, self._is_detailed = sides, word_size, detail is not None
        self._problems = problems
        self._names, self._by, self._result, self._symbols = names, by, result, symbols

    def head(self) -> Mapping[str, Any]:
        """Return what was compared with what, and how."""
        return {"a": self._names[0], "b": self._names[1], "by": self._by}

    def row(self, item: MemoryChange) -> RangeRow:
        """Return the change as a document has it; there are bytes only where these changed."""
        return self._named(item, symbol_at(self._symbols, item.start))

    def _named(self, item: MemoryChange, symbol: str | None) -> RangeRow:
        before, after = (item.before, item.after) if item.change == CHANGED else (None, None)
        return RangeRow(
            item,
            area=item.area.path or item.area.kind,
            symbol=symbol,
            change=item.change,
            cause=None,
            expected=before,
            actual=after,
        )

    def tail(self) -> Mapping[str, Any]:
        """Return how many words only moved, how far it came, and what was compared."""
        return {
            "moved": self._result.moved,
            "stopped": self.stopped_json(),
            "changes": counts_of(self.ranges, _change_of),
            **compared_json(self._compared, self._not_compared),
            "coverage": coverage_json(*self._result.coverage, problems=self._problems),
            **problems_json(self._problems),
        }

    def table(self, ranges: Sequence[MemoryChange]) -> Sequence[RangeRow] | None:
        """Return the rows of a table: data in whole words, summed by symbol where nothing stands under it."""
        if self._is_detailed:
            return None
        sides = BothSides.of(*self._sides)
        return SummedRows(self._named, _is_data, sides, self._symbols, self._word_size).rows(ranges)

    @property
    def _compared(self) -> int:
        """Bytes that were compared: what neither side ever touched is equal without being read."""
        return self._result.coverage.searched + self._result.coverage.never_touched

    @property
    def _not_compared(self) -> list[NotCompared]:
        coverage = self._result.coverage
        left = NotCompared(ON_ONE_SIDE if self.is_whole else NOT_REACHED, coverage.left_out)
        return [*([left] if left.size else []), *unreadable(coverage)]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was compared at all."""
        return not self._compared

    def notes(self) -> Iterator[Line]:
        """Yield what a table ends with."""
        coverage = self._result.coverage
        yield self._summary()
        if self._result.moved:
            words = counted(self._result.moved, "word")
            text = f"{words} that only moved with what they point to, or by the run's guards"
            yield note(f"equal but for that: {text}")
        for text, found in self.by_note().items():
            yield note(f"{', '.join(f'{item.start:#x}' for item in found)}: {text}")
        # That an area may not be read explains itself; the summary counts it.
        yield from unreadable_lines(item for item in coverage.unreadable if item.why != NO_READ)
        yield from map(warning, self._problems)
        yield from self.stopped_lines()

    def _summary(self) -> Line:
        coverage = self._result.coverage
        if self.is_empty and not self.ranges:
            return warning(nothing_compared(self._not_compared, {}))
        parts = []
        for change in dict.fromkeys(item.change for item in self.ranges):
            found = [item for item in self.ranges if item.change == change]
            parts.append(f"{counted(len(found), 'range')} {change} ({size_in_words(size_of(found))})")
        text = f"{', '.join(parts) or 'no difference'} in {size_in_words(coverage.searched)} compared"
        left_out = "on one side only or not taken" if self.is_whole else "not looked at or on one side only"
        asides = {
            "never touched": coverage.never_touched,
            "unreadable": coverage.unreadable_size,
            left_out: coverage.left_out,
        }
        return note(
            text + "".join(f"; {size_in_words(size)} {name}" for name, size in asides.items() if size)
        )


def _change_of(item: MemoryChange) -> str:
    return item.change


def _is_data(area: Area) -> bool:
    return area.allows(Protection.EXEC) is not True


class _Chosen:
    """The areas of a scope on either side, and the places that they cover."""

    def __init__(self, areas: list[Area]) -> None:
        self.areas = frozenset(areas)
        self.places = RangeSet(area.range for area in areas)


def _scope(scope: Scope, a: Side, b: Side) -> tuple[_Chosen | None, Undecided]:
    """Return what the scope's options choose of either side, None where there are none; and what is open."""
    both = sorted({*a.areas, *b.areas}, key=itemgetter(0, 1))
    return _Chosen(scope.areas(both)) if scope.is_limited else None, Undecided.of(scope, both)


def _clipped(result: DiffResult, places: RangeSet) -> Iterator[MemoryChange]:
    """Yield the changes that lie in the places, at least in part."""
    return (change for change in result.changes if any(places.within(change.start, change.end)))
