"""Hits as rows: where each lies, and what is around it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any, Callable, NamedTuple, Optional

from ..inferior import Inferior
from ..maps.area import Area
from ..ports import Symbol
from ..ranges import TOP
from ..render.fields import ADDRESS, BYTES, COUNT, NAME, OFFSET, SYMBOL, TEXT, Column, column
from ..render.hexdump import hexdump
from ..render.text import Line
from ..search.hit_list import HitList
from ..search.hits import Hit
from ..search.pattern import Pattern
from ..search.search import Search

# Kinds of areas in which an address may have a symbol of its own.
WITH_SYMBOLS = ("module", "vdso", None)
SHOWN_BYTES = 16
ASK_AFTER = 64  # so many hits are told between two looks at whether the user interrupts


class FoundHit(NamedTuple):
    """A hit and where it lies. `content` are its bytes as they were when it was told."""

    address: int
    area: Optional[Area]
    symbol: Optional[Symbol]
    content: bytes
    pattern: int

    @property
    def area_name(self) -> Optional[str]:
        """The area's path, or the kind of one that has none."""
        return None if self.area is None else self.area.path or self.area.kind

    @property
    def area_offset(self) -> Optional[int]:
        """How far into its area the hit lies, in bytes."""
        return None if self.area is None else self.address - self.area.start

    @property
    def preview(self) -> str:
        """The first bytes as text where they print, else in hexadecimal."""
        head = self.content[:SHOWN_BYTES]
        more = "…" if len(self.content) > SHOWN_BYTES else ""
        if head.isascii() and head.decode("ascii").isprintable():
            return head.decode("ascii") + more
        return head.hex(" ") + more


class AreaCount(NamedTuple):
    """How many hits begin in an area."""

    start: int
    end: int
    area: Optional[str]
    hits: int


class Found:
    """The hits of a search, told as they come, and kept as the inferior's last ones.

    The user may interrupt at any time. What was told then is counted, and the search goes on with the
    first hit that wasn't.
    """

    def __init__(
        self,
        inferior: Inferior,
        search: Search,
        patterns: tuple[Pattern, ...],
        interrupted: Callable[[], bool],
    ) -> None:
        self.inferior, self.patterns = inferior, patterns
        self._search, self._interrupted = search, interrupted
        self._area: Optional[Area] = None
        self._kept = HitList()
        self._counts: dict[Area, int] = {}
        # The address of a hit, or of the first of many, that was taken and isn't kept or counted yet.
        self._taken: Optional[int] = None

    @property
    def count(self) -> int:
        """How many hits have been told or counted."""
        return len(self._kept) or sum(self._counts.values())

    def hits(self) -> Iterator[FoundHit]:
        """Yield the hits, in order."""
        kept = self.inferior.last_hits = self._kept
        for hit in self._search:
            self._taken = hit.address
            row = self._found(hit)
            kept.append(hit)
            self._taken = None
            yield row
            # What a search makes of zeros comes without an end, and without a look at the user.
            if len(kept) % ASK_AFTER == 0 and self._interrupted():
                self._search.interrupt()

    def by_area(self) -> Iterator[AreaCount]:
        """Yield how many hits there are in each area that has any, in order."""
        try:
            for batch in self._search.batches():
                self._taken = batch.addresses[0]
                more = self._counted(batch.addresses)
                self._taken, self._counts = None, self._with(more)
        except KeyboardInterrupt:
            self._search.interrupt(self._taken)
        for area, count in self._counts.items():
            yield AreaCount(area.start, area.end, area.path or area.kind, count)

    def stop(self, told: int) -> None:
        """End the search: so many of its hits have been told, and it goes on with the next."""
        untold = self._kept[told].address if told < len(self._kept) else self._taken
        self._search.interrupt(untold)
        self._kept.cut(told)

    def _with(self, more: list[tuple[Area, int]]) -> dict[Area, int]:
        return {**self._counts, **{area: self._counts.get(area, 0) + count for area, count in more}}

    def _counted(self, addresses: Any) -> list[tuple[Area, int]]:
        """How many of the addresses, which are in order, lie in each area."""
        found, low = [], 0
        while low < len(addresses):
            area = self._area_of(addresses[low])
            assert area is not None
            high = bisect_left(addresses, area.end, low)
            found.append((area, high - low))
            low = high
        return found

    def _found(self, hit: Hit) -> FoundHit:
        area = self._area_of(hit.address)
        symbols = self.inferior.target.symbols
        named = symbols is not None and area is not None and area.kind in WITH_SYMBOLS
        symbol = symbols.symbol_at(hit.address) if symbols is not None and named else None
        return FoundHit(hit.address, area, symbol, self._content(hit), hit.pattern)

    def _content(self, hit: Hit) -> bytes:
        """The bytes of the hit; read only where they aren't known: to read zeros touches their page."""
        literal = self.patterns[hit.pattern].shape.literal
        if literal is not None:
            return literal
        buffer = bytearray(hit.size)
        done = self.inferior.memory.read_into(hit.address, memoryview(buffer))
        return bytes(buffer[:done])

    def _area_of(self, address: int) -> Optional[Area]:
        """The area of an address; hits come in order, so it's often the last one's."""
        if self._area is None or address not in self._area:
            self._area = self.inferior.areas.find(address)
        return self._area


def hit_fields(several: bool) -> tuple[Column, ...]:
    """What a document says of a hit; of several patterns, which one it is of."""
    fields = (
        column("address", ADDRESS),
        Column("area", NAME, lambda hit: hit.area_name),
        column("area_offset", COUNT),
        Column("symbol", SYMBOL, lambda hit: hit.symbol and str(hit.symbol)),
        Column("bytes", BYTES, lambda hit: hit.content),
    )
    return (*fields, column("pattern", COUNT)) if several else fields


def hit_columns(several: bool) -> tuple[Column, ...]:
    """What a table shows of a hit."""
    columns = (
        column("address", ADDRESS),
        Column("offset", OFFSET, lambda hit: hit.area_offset),
        Column("bytes", TEXT, lambda hit: hit.preview),
        Column("symbol", SYMBOL, lambda hit: str(hit.symbol or "")),
        Column("area", NAME, lambda hit: hit.area_name),
    )
    return (columns[0], column("pattern", COUNT), *columns[1:]) if several else columns


def by_area_columns() -> tuple[Column, ...]:
    """What is said of the hits of an area."""
    return column("start", ADDRESS), column("end", ADDRESS), column("hits", COUNT), column("area", NAME)


def context_of(found: Found, size: int, hit: FoundHit) -> Iterator[Line]:
    """Yield a hexdump of `size` bytes before and behind the hit, in whole lines; the hit is marked."""
    start = max(0, hit.address - size) // 16 * 16
    end = min(TOP, -(-(hit.address + len(hit.content) + size) // 16) * 16)
    content = [byte for part in range(start, end, 16) for byte in _read(found.inferior, part, 16)]
    yield from hexdump(start, content, (hit.address, hit.address + len(hit.content)), indent="  ")


def _read(inferior: Inferior, address: int, size: int) -> list[Optional[int]]:
    """The bytes that can be read from an address on, None for each that can't."""
    buffer = bytearray(size)
    done = inferior.memory.read_into(address, memoryview(buffer))
    return [*buffer[:done], *([None] * (size - done))]
