"""The changes from one memory to another: of areas and of bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from ...arch import Arch
from ...arguments import as_callable, as_kind
from ...errors import InvalidArgument
from ...integers import IntegerLike, as_address
from ...maps.area import Area
from ...maps.overlay import overlay
from ...ranges import Range, without
from ...segments.content import ZEROS
from ...walk.byte_runs import differing, joined
from ...walk.coverage import NEVER_TOUCHED, SEARCHED, Coverage, Tally
from ...walk.pace import Pace
from ...walk.reading import readable_parts
from ...watch import UNWATCHED, Watch
from ..model.differing_range import MOST_SHOWN, joined_ranges
from ..model.image import Image
from .altered import is_altered
from .change import ADDED, ALTERED, CHANGED, REMOVED, MemoryChange
from .common_runs import CommonRuns
from .matching import Atlas
from .moved_words import Guards, MovedWords
from .moved_words import RunSide as MovedRun
from .pair import Pair, spans
from .pairing import Match, paired
from .run_noise import RunNoise
from .sides import ContentRun, Side, side_of
from .untaken import of_both

CHUNK = 1 << 20
# Changed bytes with fewer equal ones than a word between them are one change.
JOIN = 7
_IN_ORDER = itemgetter(0, 1)


class DiffResult(NamedTuple):
    """Changes in address order, and how much was compared.

    Bytes that one side was never to have are left out; what it has mapped and couldn't give is unreadable.
    `moved` words differ only because what they point to lies elsewhere, or by the run's random guards
    (see moved_words.Guards): they are no changes. `stopped` is where an interrupted comparison would go
    on, else None.
    """

    changes: tuple[MemoryChange, ...]
    coverage: Coverage
    stopped: int | None = None
    moved: int = 0


def diff(
    a: Image | Side,
    b: Image | Side,
    by: str = "address",
    *,
    arch: Arch | None = None,
    select: Callable[[Area], bool] | None = None,
    start: IntegerLike = 0,
    watch: Watch = UNWATCHED,
) -> DiffResult:
    """Return what is different in `b` from what it was in `a`.

    By `address`, the same addresses are compared. By `file`, areas are matched by what they map, wherever it
    was loaded, stacks by their stack pointers if these are known, and words that point to the same place of
    matching areas are equal; `arch` says how large words are. In one and the same process, what isn't a
    file's that was loaded anew is compared by address all the same. Only areas that `select` takes on either
    side count, and of these what lies at `start` or later, by the addresses of changes. Raise InvalidArgument
    for another `by`.
    """
    pace = Pace(0, as_kind(watch, Watch))
    run = _Diff(side_of(a), side_of(b), as_callable(select), as_address(start), pace)
    if by == "address":
        run.by_address()
    elif by == "file":
        run.by_file(Arch() if arch is None else as_kind(arch, Arch))
    else:
        raise InvalidArgument(f"areas are matched by 'address' or by 'file', not by {by!r}")
    return run.result()


class _Diff:
    """One comparison of two sides, from an address on."""

    def __init__(
        self, a: Side, b: Side, select: Callable[[Area], bool] | None, start: int, pace: Pace
    ) -> None:
        self._a, self._b, self._select = a, b, select
        self._start, self._pace = start, pace
        self._tally = Tally(reasons=b.reasons)
        self._changes: list[MemoryChange] = []
        self._at = start  # everything below this address was compared
        self._stopped: int | None = None
        self._moved: MovedWords | None = None
        self._noise: RunNoise | None = None
        self._buffers = bytearray(CHUNK), bytearray(CHUNK)

    def result(self) -> DiffResult:
        ordered = sorted(self._changes, key=lambda each: (each.start, each.change))
        moved = self._moved.found if self._moved is not None else 0
        changes = tuple(map(self._noted, joined_ranges(ordered)))
        return DiffResult(changes, self._tally.result.in_order(), self._stopped, moved)

    def _noted(self, change: MemoryChange) -> MemoryChange:
        return change if self._noise is None else self._noise.noted(change)

    def by_address(self) -> None:
        self._tally = Tally(reasons=self._b.reasons or self._a.reasons)
        self._compare_maps([Match(self._a.areas, self._b.areas)], 0)

    def by_file(self, arch: Arch) -> None:
        was, now = self._a.execution, self._b.execution
        pairing = paired(self._a.areas, self._b.areas, was, now)
        self._moved = MovedWords(
            MovedRun(Atlas(pairing.before), Guards.of(was, self._a, arch)),
            MovedRun(Atlas(pairing.after), Guards.of(now, self._b, arch)),
            arch,
        )
        if not was.is_same(now):
            self._noise = RunNoise(self._a, self._b, arch)
        stacks = [area for group in pairing.after if group.is_stack for area in group.areas]
        size = sum(area.size for area in stacks if self._select is None or self._select(area))
        self._compare_maps(pairing.matches(), size)

    def _compare_maps(self, matches: Iterable[Match], stack: int) -> None:
        """Compare areas that match, in order of address; of `stack` bytes perhaps not all are compared."""
        pairs, of_stack = self._pairs(matches)
        self._pace.total = sum(pair.end - pair.start for pair in pairs)
        scope = self._pace.total + max(0, stack - of_stack)
        try:
            self._work_on(pairs)
        except KeyboardInterrupt:
            self._stopped = self._at
        if self._stopped is not None:
            self._changes = [item for item in self._changes if item.start < self._at]
        self._tally.left_out += max(0, scope - self._tally.result.size)

    def _pairs(self, matches: Iterable[Match]) -> tuple[list[Pair], int]:
        """Return what is to be compared, in order, and how many bytes of stacks are among it."""
        pairs, of_stack = [], 0
        for match in matches:
            first, last = match.within
            for start, end, left, right in overlay(match.before, match.after, match.delta):
                low, high = max(first, start), min(last, end)
                is_alone = left is None or right is None
                if low >= high or (is_alone and match.is_stack) or not self._is_chosen(left, right):
                    continue
                of_stack += high - low if match.is_stack else 0
                delta = 0 if right is None else match.delta
                pairs.append(Pair(low + delta, high + delta, left, right, delta))
        return sorted(pairs, key=_IN_ORDER), of_stack

    def _is_chosen(self, *areas: Area | None) -> bool:
        """Return whether an area of either side is: by file, an address chooses only one of the two."""
        return self._select is None or any(map(self._select, filter(None, areas)))

    def _work_on(self, pairs: Iterable[Pair]) -> None:
        for span in spans(pairs):
            first, delta = max(span[0].start, self._start), span[0].delta
            common = CommonRuns(self._a, self._b, first - delta, span[-1].end - delta, delta)
            for pair in span:
                if pair.end > self._start:
                    self._at, before = max(pair.start, self._start), self._pace.done
                    self._look_at(pair, common)
                    if self._stopped is not None:
                        return
                    self._pace.done = before
                self._pace.done += pair.end - pair.start

    def _look_at(self, pair: Pair, common: CommonRuns) -> None:
        is_begun, before, after = pair.start < self._start, pair.before, pair.after
        if before is not None and after is not None:
            if is_begun:
                pair = pair._replace(start=self._start)
            elif is_altered(before, after, pair.delta):
                self._changes.append(pair.change(ALTERED, pair.start - pair.delta, pair.end - pair.delta))
            self._compare_areas(pair, common)
        elif not is_begun:
            self._note_alone(pair)

    def _note_alone(self, pair: Pair) -> None:
        """Add the change for what only one side has."""
        if pair.after is not None:
            self._changes.append(MemoryChange(ADDED, pair.start, pair.end, pair.after))
        elif (left := pair.before) is not None:
            self._changes.append(MemoryChange(REMOVED, pair.start, pair.end, left, left, pair.start))

    def _compare_areas(self, pair: Pair, common: CommonRuns) -> None:
        before, delta = self._pace.done, pair.delta
        for start, end in joined(self._not_known_equal(pair, common), 0):
            for begin in range(start, end, CHUNK):
                self._at = begin + delta
                self._pace.done = before + self._at - pair.start
                self._pace.report(len(self._changes))
                if self._pace.watch.is_interrupted():
                    self._stopped = self._at
                    return
                self._compare_bytes(pair, Range(begin, min(begin + CHUNK, end)))

    def _not_known_equal(self, pair: Pair, common: CommonRuns) -> Iterator[tuple[int, int]]:
        """Yield what has content on both sides that isn't known to be the same; count the rest."""
        place, end = pair.start - pair.delta, pair.end - pair.delta
        for low, high, run, is_same in common.within(place, end):
            if place < low:
                self._leave(pair, Range(place, low))
            place = high
            if is_same:
                self._count_same(run, high - low)
            else:
                yield low, high
        if place < end:
            self._leave(pair, Range(place, end))

    def _leave(self, pair: Pair, part: Range) -> None:
        """Count a part that one side has no content for: as unreadable, if it couldn't give it."""
        self._tally.left_out += part.size
        for each in of_both(self._a.untaken, self._b.untaken, part, pair.delta):
            self._tally.left_out -= each.range.size
            self._tally.note(*each)

    def _count_same(self, run: ContentRun, size: int) -> None:
        is_untouched = run.thing == ZEROS and NEVER_TOUCHED in (self._a.zeros_are, self._b.zeros_are)
        self._tally.count(size, NEVER_TOUCHED if is_untouched else SEARCHED)

    def _compare_bytes(self, pair: Pair, chunk: Range) -> None:
        before, after = self._buffers
        parts = readable_parts(self._a, chunk.start, memoryview(before)[: chunk.size])
        others = readable_parts(self._b, chunk.start + pair.delta, memoryview(after)[: chunk.size])
        common = list(_common(parts, [Range(s - pair.delta, e - pair.delta) for s, e in others]))
        for hole in without(chunk, common):
            self._refuse(pair, hole)
        for part in common:
            self._tally.searched += part.size
            where = slice(part.start - chunk.start, part.end - chunk.start)
            was, now = (before, after) if part.size == len(before) else (before[where], after[where])
            if was != now:
                self._note(pair, part.start, was, now)

    def _refuse(self, pair: Pair, hole: Range) -> None:
        known = of_both(self._a.untaken, self._b.untaken, hole, pair.delta)
        there = Range(hole.start + pair.delta, hole.end + pair.delta)
        for each in known:
            self._tally.note(*each)
        for rest in without(there, [each.range for each in known]):
            self._tally.refuse(*rest)

    def _note(self, pair: Pair, start: int, before: bytearray, after: bytearray) -> None:
        runs = differing(before, after)
        if self._moved is not None and pair.delta % self._moved.word_size == 0:
            runs = self._moved.without(runs, before, after, start)
        for low, high in joined(runs, JOIN):
            shown = slice(low, min(high, low + MOST_SHOWN))
            content = bytes(before[shown]), bytes(after[shown])
            self._changes.append(pair.change(CHANGED, start + low, start + high, *content))


def _common(left: Iterable[Range], right: Sequence[Range]) -> Iterator[Range]:
    """Yield the parts that are in both lists of ranges, in order."""
    for part in left:
        for other in right:
            shared = part.intersection(*other)
            if shared is not None:
                yield shared
