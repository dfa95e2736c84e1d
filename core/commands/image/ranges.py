"""The common part of the answers of check and diff: ranges, which an interrupt may cut short."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, Union

from ...images.check.difference import Difference
from ...images.diff.change import MemoryChange
from ...ports.program import SymbolResolver
from ...render.document import Answer, Rows
from ...render.fields import (
    ADDRESS,
    BLANK,
    BYTES,
    END,
    NAME,
    OFFSET,
    PREVIEW,
    SIZE,
    SYMBOL,
    TEXT,
    Column,
    ValueKind,
    column,
    counted,
    hexadecimal,
    size_in_words,
)
from ...render.text import Block, Line, warning
from ...walk.coverage import Unreadable
from ..shell.coverage import unread_lines

# After an interrupt, a table has no more rows than are written in a tenth of a second.
MOST_IF_INTERRUPTED = 500
PREVIEWED = 12  # bytes

RangeItem = TypeVar("RangeItem", bound=Union[Difference, MemoryChange])
# Gives the lines under the row of a range in a table.
Detail = Callable[[Any], Iterable[Union[Line, Block]]]


class RangeRow(NamedTuple):
    """A range that was found, and what documents say of it; None is not known, or not so."""

    found: Difference | MemoryChange
    area: str | None
    symbol: str | None
    change: str
    cause: str | None
    expected: bytes | None
    actual: bytes | None
    size: int | None = None  # of all that a row sums up; None: the range's own


def _of_range(name: str, kind: ValueKind) -> Column:
    return Column(name, kind, attrgetter(f"found.{name}"))


START_COLUMN, PATH_COLUMN = _of_range("start", ADDRESS), _of_range("path", NAME)
FIELDS = (
    START_COLUMN,
    _of_range("end", END),
    column("area", NAME),
    PATH_COLUMN,
    _of_range("file_offset", OFFSET),
    column("symbol", SYMBOL),
    column("change", TEXT),
    column("cause", TEXT),
    column("expected", BYTES),
    column("actual", BYTES),
    Column("note", TEXT, lambda row: row.found.note or BLANK),
)
# What tables show beside these.
SIZE_COLUMN = Column(
    "size", SIZE, lambda row: row.found.end - row.found.start if row.size is None else row.size
)
SYMBOL_COLUMN = Column("symbol", SYMBOL, lambda row: row.symbol or "")


def preview_columns(before: str, after: str) -> tuple[Column, Column]:
    """Return columns of these names with the first bytes as they were or should be, and as they are."""
    return (
        Column(before, PREVIEW, lambda row: _preview(row.expected)),
        Column(after, PREVIEW, lambda row: _preview(row.actual)),
    )


def _preview(content: bytes | None) -> object:
    if content is None:
        return BLANK
    return content[:PREVIEWED].hex() + ("…" if len(content) > PREVIEWED else "")


class RangesAnswer(Answer, Generic[RangeItem]):
    """Ranges in order of address, and where an interrupt ended them: `stopped`, None if none did.

    A subclass has the `columns` of a table, and makes a row of each range.
    """

    columns: ClassVar[Sequence[Column]]

    def __init__(
        self,
        ranges: Sequence[RangeItem],
        stopped: int | None,
        is_from_start: bool,
        detail: Detail | None = None,
    ) -> None:
        """Take the ranges, whether they are of the scope from its start, and what a table has under each."""
        self.ranges, self.stopped = ranges, stopped
        self._is_from_start, self._detail = is_from_start, detail
        self._any = bool(ranges)
        self._table: Sequence[RangeRow] | None = None  # the rows of the table, once these are written

    @abstractmethod
    def row(self, item: RangeItem) -> RangeRow:
        """Return the range as a document has it."""

    @property
    def is_whole(self) -> bool:
        """Whether the whole scope was compared, from its start to its end."""
        return self.stopped is None and self._is_from_start

    def rows(self) -> Rows:
        """Return the ranges as rows; after an interrupt, a table has only as many as are written at once."""
        shown = self._table_rows(self.ranges if self.stopped is None else self.ranges[:MOST_IF_INTERRUPTED])
        detail = None if self._detail is None else self._detail_of
        return Rows("ranges", map(self.row, self.ranges), FIELDS, self.columns, detail, shown, empty="")

    def table(self, ranges: Sequence[RangeItem]) -> Sequence[RangeRow] | None:  # noqa: ARG002 - of subclasses
        """Return the rows of a table of ranges, where they are others than those of documents."""
        return None

    def _table_rows(self, ranges: Sequence[RangeItem]) -> Iterator[RangeRow]:
        self._table = self.table(ranges)
        yield from map(self.row, ranges) if self._table is None else self._table

    def _detail_of(self, row: RangeRow) -> Iterable[Line | Block]:
        return self._detail(row.found) if self._detail else ()

    def stop(self, told: int) -> None:
        """Keep the ranges that were written when an interrupt came: the next one is where to go on."""
        if self._table is not None and told < len(self._table):
            self.stopped = stopped = self._table[told].found.start
            self.ranges = [item for item in self.ranges if item.start < stopped]
        elif self._table is None and told < len(self.ranges):
            self.ranges, self.stopped = self.ranges[:told], self.ranges[told].start

    def found(self) -> bool | None:
        """Return whether there was any range, written or not; None if nothing could be compared."""
        return self._any or (None if self.is_empty else False)

    @property
    @abstractmethod
    def is_empty(self) -> bool:
        """Whether nothing was compared at all."""

    def stopped_json(self) -> dict[str, str] | None:
        """Return the document's fields about an interrupt."""
        return None if self.stopped is None else {"why": "interrupted", "from": hexadecimal(self.stopped)}

    def stopped_lines(self) -> Iterator[Line]:
        """Yield the lines about an interrupt."""
        if self.stopped is not None:
            more = len(self.ranges) - MOST_IF_INTERRUPTED
            if more > 0:
                yield warning(f"{counted(more, 'more range')}, which --format jsonl lists")
            yield warning(f"interrupted; go on with --from {self.stopped:#x}")

    def by_note(self) -> dict[str, list[RangeItem]]:
        """Return the ranges that have a note, by note."""
        groups: dict[str, list[RangeItem]] = {}
        for item in self.ranges:
            if item.note:
                groups.setdefault(item.note, []).append(item)
        return groups


def size_of(ranges: Iterable[Difference | MemoryChange]) -> int:
    """Return how many bytes the ranges have."""
    return sum(item.end - item.start for item in ranges)


def counts_of(ranges: Iterable[RangeItem], kind: Callable[[RangeItem], str]) -> dict[str, dict[str, int]]:
    """Return how many ranges there are of each kind, and their bytes, in the order in which kinds come."""
    found: dict[str, dict[str, int]] = {}
    for item in ranges:
        counts = found.setdefault(kind(item), {"ranges": 0, "bytes": 0})
        counts["ranges"] += 1
        counts["bytes"] += item.end - item.start
    return found


def counts_in_words(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return such counts for a sentence, by the names of the kinds: `relocation: 12 (96 bytes)`."""
    return ", ".join(
        f"{kind}: {each['ranges']} ({size_in_words(each['bytes'])})" for kind, each in sorted(counts.items())
    )


def symbol_at(symbols: SymbolResolver | None, address: int) -> str | None:
    """Return the symbol there and how far behind it that is, None where there is none."""
    found = symbols.symbol_at(address) if symbols else None
    return str(found) if found else None


def unreadable_lines(unreadable: Iterable[Unreadable]) -> Iterator[Line]:
    """Return the lines about ranges that couldn't be compared."""
    return unread_lines("compared", list(unreadable))
