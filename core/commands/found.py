"""Hits as rows: where each lies, and what is around it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Callable, NamedTuple, Optional

from ..arch import LITTLE, Arch
from ..inferior import Inferior
from ..maps.area import Area
from ..ports import Symbol
from ..ranges import TOP
from ..render.fields import ADDRESS, BLANK, BYTES, COUNT, NAME, OFFSET, SYMBOL, TEXT, Column, column
from ..render.hexdump import hexdump
from ..render.text import Line
from ..search.hit_list import HitList
from ..search.hits import Batch, Hit
from ..search.last_search import LastSearch
from ..search.number import Number
from ..search.packed import unpacked
from ..search.pattern import Pattern
from ..search.search import INTERRUPTED, Search
from .narrow import Earlier
from .patterns_file import by_pattern, name_of

# Kinds of areas in which an address may have a symbol of its own.
WITH_SYMBOLS = ("module", "vdso", None)
SHOWN_BYTES = 16
ASK_AFTER = 64  # so many hits are told between two looks at whether the user interrupts
RECENT = 1024  # more hits than a table holds back before it writes them


class FoundHit(NamedTuple):
    """A hit and where it lies. `content` are its bytes as they were when it was told.

    `previous` are those of the value that an earlier search saw there, BLANK where none was kept.
    """

    address: int
    area: Optional[Area]
    symbol: Optional[Symbol]
    content: bytes
    pattern: int
    previous: Any = BLANK

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
        return _preview(self.content)


def _preview(content: bytes) -> str:
    head = content[:SHOWN_BYTES]
    more = "…" if len(content) > SHOWN_BYTES else ""
    if head.isascii() and head.decode("ascii").isprintable():
        return head.decode("ascii") + more
    return head.hex(" ") + more


class Sought(NamedTuple):
    """What is searched for, what its patterns were read for, and among the hits of which search."""

    patterns: tuple[Pattern, ...]
    arch: Arch
    earlier: Optional[Earlier] = None


class AreaCount(NamedTuple):
    """How many hits begin in an area."""

    start: int
    end: int
    area: Optional[str]
    hits: int


class Found:
    """The hits of a search, told as they come, and kept for the search after it.

    The user may interrupt at any time. What was told then is counted, and the search goes on with the
    first hit that wasn't.
    """

    def __init__(
        self,
        inferior: Inferior,
        search: Search,
        sought: Sought,
        interrupted: Callable[[], bool],
        remember: Callable[[LastSearch], None],
    ) -> None:
        """Take the search, and what keeps it as the last one once it has ended."""
        self.inferior, self._sought = inferior, sought
        self._search, self._interrupted, self._remember = search, interrupted, remember
        self._last = LastSearch(sought.patterns, sought.arch, HitList())
        self._numbers = self._last.numbers
        # Whether hits are what their values became rather than what a pattern says.
        self._compares = sought.earlier is not None and sought.earlier.comparison is not None
        pairs = [] if self._compares else zip(sought.patterns, self._numbers)
        self._words = [_word(pattern, number) for pattern, number in pairs]
        self._area: Optional[Area] = None
        self._counts: dict[Area, int] = {}
        self.by_pattern: Counter[int] = Counter()  # how many hits each has, once they are counted by area
        # The address of a hit, or of the first of many, that was taken and isn't kept or counted yet.
        self._taken: Optional[int] = None
        # The last hits that were kept, by number: some of them may not have been written yet.
        self._recent: deque[tuple[int, int]] = deque(maxlen=RECENT)

    @property
    def count(self) -> int:
        """How many hits have been told or counted."""
        return self._last.hits.total

    def hits(self) -> Iterator[FoundHit]:
        """Yield the hits, in order, and keep them when they were all told."""
        yield from self.rows()
        self.keep()

    def rows(self) -> Iterator[FoundHit]:
        """Yield the hits, in order, and leave it to the caller whether to keep them."""
        kept = self._last.hits
        for number, hit in enumerate(self._search):
            self._taken = hit.address
            row = self._found(hit)
            self._recent.append((number, hit.address))
            kept.append(hit, self._value(row))
            self._taken = None
            yield row
            # What a search makes of zeros comes without an end, and without a look at the user.
            if (number + 1) % ASK_AFTER == 0 and self._interrupted():
                self._search.interrupt()

    def collected(self) -> list[FoundHit]:
        """Return all hits at once, those before an interrupt if there is one; they aren't kept."""
        rows: list[FoundHit] = []
        try:
            rows.extend(self.rows())  # keeps what it has if it is interrupted
        except KeyboardInterrupt:
            self._end(len(rows))
        return rows

    @property
    def is_interrupted(self) -> bool:
        """Whether the search was interrupted."""
        stopped = self._search.stopped
        return stopped is not None and stopped.why == INTERRUPTED

    def by_area(self) -> Iterator[AreaCount]:
        """Yield how many hits there are in each area that has any, in order."""
        counted = 0
        try:
            for batch in self._search.batches():
                self._taken = batch.addresses[0]
                more = self._counted(batch.addresses)
                self._last.hits.extend(self._valued(batch))
                each = self.by_pattern + by_pattern(batch)
                counts, total = self._with(more), self._last.hits.total
                self._taken, self._counts, self.by_pattern, counted = None, counts, each, total
        except KeyboardInterrupt:
            self._search.interrupt(self._taken)
            self._last.hits.cut(counted)
        self.keep()
        for area, count in self._counts.items():
            yield AreaCount(area.start, area.end, area.path or area.kind, count)

    def keep(self) -> None:
        """Keep this search as the last one; among what it looked, too, if it was stopped there."""
        stopped, earlier = self._search.stopped, self._sought.earlier
        among = earlier.search if stopped is not None and earlier is not None else None
        self._remember(replace(self._last, stopped=stopped, among=among))

    def stop(self, told: int) -> None:
        """End the search: so many of its hits have been told, and it goes on with the next."""
        self._end(told)
        self.keep()

    def _end(self, told: int) -> None:
        self._search.interrupt(dict(self._recent).get(told, self._taken))
        self._last.hits.cut(told)

    def _value(self, row: FoundHit) -> Optional[int]:
        """The value of a hit, where it is a number's."""
        number = self._numbers[row.pattern]
        return None if number is None else number.word(row.content)

    def _valued(self, batch: Batch) -> Batch:
        """The batch with the values of patterns that have but one; a search gives those of the others."""
        words, patterns = self._words, batch.patterns
        if not any(word is not None for word in words):
            return batch
        if isinstance(patterns, int):
            return batch if words[patterns] is None else batch._replace(values=words[patterns])
        given = unpacked(batch.values or 0, len(batch.addresses))
        known = map(words.__getitem__, patterns)
        return batch._replace(values=[value if word is None else word for value, word in zip(given, known)])

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
        earlier = self._sought.earlier
        previous = None if earlier is None else earlier.previous(hit.address, hit.pattern)
        shown = BLANK if previous is None else previous
        return FoundHit(hit.address, area, symbol, self._content(hit), hit.pattern, shown)

    def _content(self, hit: Hit) -> bytes:
        """The bytes of the hit; read only where they aren't known: to read zeros touches their page."""
        shape, value = self._sought.patterns[hit.pattern].shape, self._search.value
        if shape.literal is not None and not self._compares:
            return shape.literal
        if value is not None and (self._compares or shape.words is not None):
            return value.to_bytes(hit.size, "little" if self._sought.arch.endian == LITTLE else "big")
        if value == 0 and len(self._sought.patterns) == 1:
            return bytes(hit.size)
        buffer = bytearray(hit.size)
        done = self.inferior.memory.read_into(hit.address, memoryview(buffer))
        return bytes(buffer[:done])

    def _area_of(self, address: int) -> Optional[Area]:
        """The area of an address; hits come in order, so it's often the last one's."""
        if self._area is None or address not in self._area:
            self._area = self.inferior.areas.find(address)
        return self._area


def _word(pattern: Pattern, number: Optional[Number]) -> Optional[int]:
    """The only value that a numeric pattern has, if that is so."""
    literal = pattern.shape.literal
    return None if literal is None or number is None else number.word(literal)


def hit_fields(several: bool) -> tuple[Column, ...]:
    """What a document says of a hit; of several patterns, which one it is of."""
    fields = (
        column("address", ADDRESS),
        Column("area", NAME, lambda hit: hit.area_name),
        column("area_offset", COUNT),
        Column("symbol", SYMBOL, lambda hit: hit.symbol and str(hit.symbol)),
        Column("bytes", BYTES, lambda hit: hit.content),
        column("previous", BYTES),
    )
    return (*fields, column("pattern", COUNT)) if several else fields


def hit_columns(patterns: Sequence[Pattern], compared: bool = False) -> tuple[Column, ...]:
    """What a table shows of a hit; of one that was compared, what it was."""
    columns: tuple[Column, ...] = (
        column("address", ADDRESS),
        Column("offset", OFFSET, lambda hit: hit.area_offset),
        Column("bytes", TEXT, lambda hit: hit.preview),
        Column("symbol", SYMBOL, lambda hit: str(hit.symbol or "")),
        Column("area", NAME, lambda hit: hit.area_name),
    )
    if compared:
        columns = (*columns[:2], Column("was", TEXT, _was), *columns[2:])
    if len(patterns) <= 1:
        return columns
    name = name_of(patterns)
    return columns[0], Column("pattern", TEXT, lambda hit: name(hit.pattern)), *columns[1:]


def _was(hit: FoundHit) -> Any:
    return hit.previous if hit.previous is BLANK else _preview(hit.previous)


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
