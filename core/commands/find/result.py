"""The hits of a search as they come: where each lies, how many there are, and what is kept of them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any

from ...maps.area import Area
from ...maps.kinds import may_have_symbols
from ...search.engine.search import INTERRUPTED, Search
from ...search.hits.hit_list import HitList
from ...search.hits.hits import Batch, Hit
from ...search.narrowing.last_search import LastSearch
from ...watch import Watch
from .mode import Mode
from .rows import AreaCount, FoundHit

ASK_AFTER = 64  # hits between two checks whether the user interrupts
RECENT = 1024  # more hits than a table holds back before it writes them


class Found:
    """The hits of a search, taken as they come, and kept for the search after it.

    The user may interrupt at any time. What was shown then is counted, and the search goes on with the
    first hit that wasn't.
    """

    def __init__(
        self, search: Search, mode: Mode, watch: Watch, remember: Callable[[LastSearch], None]
    ) -> None:
        """Take the search of a mode, and what keeps it as the last one once it has ended."""
        self._search, self._mode, self._watch, self._remember = search, mode, watch, remember
        self._inferior = mode.inferior
        self._hits = HitList()
        self._area: Area | None = None
        self._has_symbols = False  # whether addresses in that area may have any
        self._counts: dict[Area, int] = {}
        self.by_pattern: Counter[int] = Counter()  # how many hits each has, once they are counted by area
        # The address of a hit, or of the first of many, that was taken and isn't kept or counted yet.
        self._taken: int | None = None
        # The last hits that were kept, by number: some of them may not have been written yet.
        self._recent: deque[tuple[int, int]] = deque(maxlen=RECENT)

    @property
    def source(self) -> str:
        """What serves the search."""
        return self._search.source or self._inferior.memory.source

    @property
    def count(self) -> int:
        """How many hits have been shown or counted."""
        return self._hits.total

    def hits(self) -> Iterator[FoundHit]:
        """Yield the hits, in order, and keep them when all were taken."""
        yield from self.rows()
        self.keep()

    def rows(self) -> Iterator[FoundHit]:
        """Yield the hits, in order, and leave it to the caller whether to keep them."""
        kept = self._hits
        for number, hit in enumerate(self._search):
            self._taken = hit.address
            row = self._found(hit)
            self._recent.append((number, hit.address))
            kept.append(hit, self._mode.value(row.pattern, row.content))
            self._taken = None
            yield row
            # Hits in zeros may go on without end, and the search doesn't check for interrupts among them.
            if (number + 1) % ASK_AFTER == 0 and self._watch.is_interrupted():
                self._search.interrupt()

    def collected(self) -> list[FoundHit]:
        """Return all hits at once, those before an interrupt if there is one; they aren't kept."""
        rows: list[FoundHit] = []
        try:
            rows.extend(self.rows())  # keeps its items if it is interrupted
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
                self._hits.extend(self._mode.with_values(batch))
                each = self.by_pattern + _by_pattern(batch)
                counts, total = self._with(more), self._hits.total
                self._taken, self._counts, self.by_pattern, counted = None, counts, each, total
        except KeyboardInterrupt:
            self._search.interrupt(self._taken)
            self._hits.cut(counted)
        self.keep()
        for area, count in self._counts.items():
            yield AreaCount(area.start, area.end, area.path or area.kind, count)

    def keep(self) -> None:
        """Keep this search as the last one."""
        self._remember(self._mode.last(self._hits, self._search.stopped))

    def finish(self) -> None:
        """Take what is left of the hits without showing it, and keep all."""
        kept = self._hits.total
        try:
            for batch in self._search.rest(kept):
                self._taken = batch.addresses[0]
                self._hits.extend(self._mode.with_values(batch))
                kept, self._taken = self._hits.total, None
        except KeyboardInterrupt:
            self._search.interrupt(self._taken)
            self._hits.cut(kept)
        self.keep()

    def stop(self, shown: int) -> None:
        """End the search: `shown` of its hits have been shown, and it goes on with the next."""
        self._end(shown)
        self.keep()

    def _end(self, shown: int) -> None:
        self._search.interrupt(dict(self._recent).get(shown, self._taken))
        self._hits.cut(shown)

    def _with(self, more: list[tuple[Area, int]]) -> dict[Area, int]:
        return {**self._counts, **{area: self._counts.get(area, 0) + count for area, count in more}}

    def _counted(self, addresses: Any) -> list[tuple[Area, int]]:
        """Return how many of the addresses, which are in order, lie in each area."""
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
        symbols = self._inferior.target.symbols
        symbol = symbols.symbol_at(hit.address) if symbols is not None and self._has_symbols else None
        content = self._mode.content(hit, self._search.value)
        return FoundHit(hit.address, area, symbol, content, hit.pattern, self._mode.previous(hit))

    def _area_of(self, address: int) -> Area | None:
        """Return the area of an address; hits come in order, so it's often the last one's."""
        if self._area is None or address not in self._area:
            areas = self._inferior.areas
            named = (area for area in self._mode.scope.named if address in area)
            self._area = areas.find(address) or next(named, None)
            self._has_symbols = self._area is not None and may_have_symbols(self._area, areas)
        return self._area


def _by_pattern(batch: Batch) -> Counter[int]:
    """Return how many hits of a batch each pattern has."""
    if isinstance(batch.patterns, int):
        return Counter({batch.patterns: len(batch.addresses)})
    return Counter(batch.patterns)
