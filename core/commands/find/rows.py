"""Hits as rows: the fields and columns of each, and the memory around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from ...inferior import Inferior
from ...maps.area import NAMED, Area
from ...ports.program import Symbol
from ...range_set import RangeSet
from ...ranges import TOP, Range, align_down, align_up
from ...render.fields import (
    ADDRESS,
    BLANK,
    BYTES,
    COUNT,
    END,
    LONG_TEXT,
    NAME,
    OFFSET,
    SYMBOL,
    Column,
    column,
)
from ...render.hexdump import Hexdump
from ...walk.reading import read_cells

SHOWN_BYTES = 16


class FoundHit(NamedTuple):
    """A hit and where it lies. `content` are its bytes, as they were when the hit was taken.

    `previous` are those of the value that an earlier search saw there, BLANK where none was kept.
    """

    address: int
    area: Area | None
    symbol: Symbol | None
    content: bytes
    pattern: int
    previous: Any = BLANK

    @property
    def area_name(self) -> str | None:
        """The area's path, or the kind of one that has none."""
        return None if self.area is None else area_name(self.area)

    @property
    def area_offset(self) -> int | None:
        """How far into its area the hit lies, in bytes; None in a range that is only named."""
        is_listed = self.area is not None and self.area.source != NAMED
        return self.address - self.area.start if self.area is not None and is_listed else None

    @property
    def preview(self) -> str:
        """The first bytes as text where they print, else in hexadecimal."""
        return _preview(self.content)


def area_name(area: Area) -> str | None:
    """Return the area's path, or the kind of one that has none."""
    return area.path or area.kind


def _preview(content: bytes) -> str:
    head = content[:SHOWN_BYTES]
    more = "…" if len(content) > SHOWN_BYTES else ""
    if head.isascii() and head.decode("ascii").isprintable():
        return head.decode("ascii") + more
    return head.hex(" ") + more


class AreaCount(NamedTuple):
    """How many hits begin in an area."""

    start: int
    end: int
    area: str | None
    hits: int


class HitColumns(NamedTuple):
    """What is shown of a hit: fields for a document, columns for a table."""

    fields: tuple[Column, ...]
    columns: tuple[Column, ...]


def hit_columns(
    name_fields: Sequence[Column],
    name_columns: Sequence[Column],
    what: HitColumns,
    *,
    has_previous: bool = False,
) -> HitColumns:
    """Return the fields and columns of a hit, the last of which say `what` lies there.

    A document says in `name_fields`, and a table in `name_columns`, what the hit is of; a table shows what
    was there before only if it `has_previous`.
    """
    fields = (
        column("address", ADDRESS),
        Column("area", NAME, lambda hit: hit.area_name),
        column("area_offset", COUNT),
        Column("symbol", SYMBOL, lambda hit: hit.symbol and str(hit.symbol)),
        Column("bytes", BYTES, lambda hit: hit.content),
        column("previous", BYTES),
        *name_fields,
        *what.fields,
    )
    columns = (
        column("address", ADDRESS),
        *name_columns,
        Column("offset", OFFSET, lambda hit: hit.area_offset),
        *((Column("was", LONG_TEXT, _was),) if has_previous else ()),
        Column("bytes", LONG_TEXT, lambda hit: hit.preview),
        Column("symbol", SYMBOL, lambda hit: str(hit.symbol or "")),
        Column("area", NAME, lambda hit: hit.area_name),
        *what.columns,
    )
    return HitColumns(fields, columns)


def _was(hit: FoundHit) -> Any:
    return hit.previous if hit.previous is BLANK else _preview(hit.previous)


def by_area_columns() -> tuple[Column, ...]:
    """Return the columns for an area with hits."""
    return column("start", ADDRESS), column("end", END), column("hits", COUNT), column("area", NAME)


def context_of(inferior: Inferior, size: int, hit: FoundHit) -> Iterator[Hexdump]:
    """Yield a hexdump of `size` bytes before and behind the hit, in whole lines; the hit is marked.

    Like a search it leaves the inferior's pages as they were: those that were never touched are zeros.
    """
    start = align_down(max(0, hit.address - size), 16)
    end = min(TOP, align_up(hit.address + len(hit.content) + size, 16))
    zeros, reader = _untouched(inferior, start, end), inferior.memory.ready([Range(start, end)])
    parts = (bytes(16) if part in zeros else read_cells(reader, part, 16) for part in range(start, end, 16))
    content = list(chain.from_iterable(parts))
    yield Hexdump(start, content, (hit.address, hit.address + len(hit.content)), indent="  ")


def _untouched(inferior: Inferior, start: int, end: int) -> RangeSet:
    untouched, page = inferior.target.untouched, inferior.arch.page_size
    return RangeSet(untouched.untouched(*Range(start, end).widened(page)) if untouched else ())
