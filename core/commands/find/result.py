"""The hits of a search as they are told: where each lies, how many there are, and what is kept of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from ...arch import Arch
from ...inferior import Inferior
from ...maps.area import Area
from ...maps.kinds import WITH_SYMBOLS
from ...render.fields import BLANK
from ...search.engine.search import INTERRUPTED, Search
from ...search.hits.hit_list import HitList
from ...search.hits.hits import Batch, Hit
from ...search.hits.packed_ints import unpacked
from ...search.narrowing.last_search import LastSearch
from ...search.patterns.number_format import Number
from ...search.patterns.pattern import Pattern
from ...walk.reading import read_up_to
from ...watch import Watch
from .narrow import Earlier
from .patterns_file import by_pattern
from .rows import AreaCount, FoundHit

ASK_AFTER = 64  # so many hits are told between two looks at whether the user interrupts
RECENT = 1024  # more hits than a table holds back before it writes them


class Sought(NamedTuple):
    """What is searched for, what its patterns were read for, and among the hits of which search."""

    patterns: tuple[Pattern, ...]
    arch: Arch
    earlier: Earlier | None = None


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
        watch: Watch,
        remember: Callable[[LastSearch], None],
    ) -> None:
        """Take the search, and what keeps it as the last one once it has ended."""
        self.inferior, self._sought = inferior, sought
        self._search, self._watch, self._remember = search, watch, remember
        self._last = LastSearch(sought.patterns, sought.arch, HitList())
        self._numbers = self._last.numbers
        # Whether hits are what their values became rather than what a pattern says.
        self._compares = sought.earlier is not None and sought.earlier.comparison is not None
        pairs = [] if self._compares else zip(sought.patterns, self._numbers)
        self._words = [_word(pattern, number) for pattern, number in pairs]
        self._area: Area | None = None
        self._counts: dict[Area, int] = {}
        self.by_pattern: Counter[int] = Counter()  # how many hits each has, once they are counted by area
        # The address of a hit, or of the first of many, that was taken and isn't kept or counted yet.
        self._taken: int | None = None
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
            if (number + 1) % ASK_AFTER == 0 and self._watch.is_interrupted():
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

    def _value(self, row: FoundHit) -> int | None:
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
            return value.to_bytes(hit.size, self._sought.arch.endian)
        if value == 0 and len(self._sought.patterns) == 1:
            return bytes(hit.size)
        return read_up_to(self.inferior.memory, hit.address, hit.size)

    def _area_of(self, address: int) -> Area | None:
        """The area of an address; hits come in order, so it's often the last one's."""
        if self._area is None or address not in self._area:
            self._area = self.inferior.areas.find(address)
        return self._area


def _word(pattern: Pattern, number: Number | None) -> int | None:
    """The only value that a numeric pattern has, if that is so."""
    literal = pattern.shape.literal
    return None if literal is None or number is None else number.word(literal)
