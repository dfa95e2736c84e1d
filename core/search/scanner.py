"""The search engine: any pattern, over any memory; no hit is missed, and what isn't searched is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Union

from ..arguments import as_kind
from ..errors import InvalidArgument
from ..integers import IntegerLike, as_address_if_given, as_integer, as_integer_if_given
from ..intervals import Interval
from ..ports.memory import (
    AbsentRanges,
    MemoryReader,
    RemoteSearch,
    UnreadableReasons,
    UntouchedPages,
    as_reader,
)
from ..ranges import Range, check_range, coalesce, ranges_of
from ..watch import UNWATCHED, Watch
from .engine.chunk_searcher import Aligned, Outcome, Searcher
from .engine.planner import Job, Planner, largest_chunk
from .engine.search import Search
from .engine.thread_pool import search_in_threads, usable_threads
from .finders.fixed_finder import Tools
from .finders.libc import load_libc
from .finders.literal_set_finder import MANY
from .finders.numpy_finder import load_numpy
from .matcher.head_plan import HeadPlan, plan_heads
from .patterns.pattern import Pattern
from .patterns.pattern_set import PatternSet
from .patterns.shape import Reach
from .remote.remote_search import RemoteFinder, remote_anchors

# Measured (benchmarks/scan.py): large enough that Python costs little, small enough for the last-level cache.
CHUNK_SIZE = 2 * 1024 * 1024
# What only the debugger's own thread can read may come over a slow line, and an interrupt waits for a chunk.
SLOW_CHUNK_SIZE = 128 * 1024
# Many patterns take longer for each byte, and an interrupt waits for a chunk then too: literals are found in
# one pass at any number, but each other pattern by itself.
_MANY_CHUNK, _LEAST_CHUNK = 128 * 1024, 32 * 1024
# Below this many chunks, starting threads costs more than they gain.
_FEW_CHUNKS = 12
# Bytes that the buffers of all threads may take; only patterns of many MiB come near that.
_MOST_BUFFERED = 256 << 20

Searchable = Union[Pattern, PatternSet, Iterable[Pattern]]


class Scanner:
    """Searches areas of a memory. The scanner itself holds no state: searches may run side by side."""

    def __init__(
        self,
        memory: MemoryReader,
        areas: Iterable[Interval],
        threads: int = 0,
        *,
        page_size: int = 4096,
        chunk_size: int | None = None,
        untouched: UntouchedPages | None = None,
        absent: AbsentRanges | None = None,
        reasons: UnreadableReasons | None = None,
        remote: RemoteSearch | None = None,
        watch: Watch = UNWATCHED,
    ) -> None:
        """Take the memory and the scope: anything with `start` and `end`.

        Areas that touch or overlap are searched as one. Their protection doesn't matter here: what is looked
        at is what the memory can read (docs/decisions/0140-scope-not-protection.md). `threads` is at most how
        many to use if the memory allows more than the caller's own, 0 for one per core. `untouched` and
        `absent` are ports that name what need not and can't be read, `reasons` one that says why what fails
        does; `remote` searches where the memory is,
        if that is better than fetching it and the pattern allows it. The `watch` is asked and shown progress
        between chunks, in the caller's thread. Raise InvalidArgument for an impossible area or number.
        """
        ranges = sorted(ranges_of(areas))
        threads, page_size = as_integer(threads), as_integer(page_size)
        chunk_size = as_integer_if_given(chunk_size)
        for item in ranges:
            check_range(item.start, item.end)
        if threads < 0 or page_size < 1 or (chunk_size is not None and chunk_size < 1):
            raise InvalidArgument("threads and sizes can't be negative, nor sizes zero")
        self._memory = as_reader(memory)
        self._scope = tuple(coalesce(ranges))
        self._threads = threads
        self._page_size, self._chunk_size = page_size, chunk_size
        self._untouched, self._absent, self._remote = untouched, absent, remote
        self._reasons = reasons
        self._watch = as_kind(watch, Watch)

    @property
    def scope(self) -> tuple[Range, ...]:
        """The ranges that are searched, in order; none touches another."""
        return self._scope

    def find(
        self,
        pattern: Searchable,
        align: int | None = 1,
        limit: int | None = None,
        start: IntegerLike | None = None,
    ) -> Search:
        """Search for a pattern, or for several at once, and return the search: an iterator of hits.

        Hits are at multiples of `align`; None: of each pattern's own default. At most `limit` are given (None
        or 0: all), except that hits of several patterns at one address are never parted. Nothing before the
        address `start` is looked for. Raise InvalidArgument for a bad number.
        """
        wanted, first = _aligned(pattern, as_integer_if_given(align)), as_address_if_given(start) or 0
        limit = as_integer_if_given(limit)
        if (limit or 0) < 0 or first < 0:
            raise InvalidArgument("a limit and a start can't be negative")
        reach = Reach(wanted.patterns.lead, wanted.patterns.max_size)
        chunk_size = self._chunk_size or self._usual_chunk(reach, wanted.patterns)
        planner = Planner(reach, chunk_size, self._page_size, self._untouched, self._absent)
        capacity = largest_chunk(chunk_size) + reach.lead + reach.size
        make = partial(Searcher, self._memory, wanted, self._tools(wanted), capacity)
        threads = min(usable_threads(self._threads), max(1, _MOST_BUFFERED // capacity))
        outcomes = self._remote_outcomes(wanted.patterns, reach, make, first)
        return Search(
            outcomes or self._outcomes(planner.jobs(self._scope, first), wanted, make, threads, chunk_size),
            self._scope,
            source=self._memory.source if self._remote is None or outcomes is None else self._remote.source,
            start=first,
            limit=limit or None,
            reasons=self._reasons,
            watch=self._watch,
        )

    def _tools(self, wanted: Aligned) -> Tools:
        size = sum(item.size for item in self._scope)
        is_wide = len(wanted.patterns) >= MANY or any(p.shape.words is not None for p in wanted.patterns)
        return Tools(load_libc(), load_numpy(size) if is_wide else None, self._look)

    def _look(self) -> None:
        """End a search in the caller's own thread if the user interrupts."""
        self._watch.check("the search was interrupted")

    def _usual_chunk(self, reach: Reach, patterns: PatternSet) -> int:
        """Return a chunk size of which no more than half is read twice."""
        usual = CHUNK_SIZE if self._memory.thread_safe else SLOW_CHUNK_SIZE
        if len(patterns) >= MANY:
            singles = sum(pattern.shape.literal is None for pattern in patterns)
            usual = max(_LEAST_CHUNK, min(usual, _MANY_CHUNK) * MANY // max(MANY, singles))
        return max(usual, reach.size + reach.lead)

    def _remote_outcomes(
        self, patterns: PatternSet, reach: Reach, make: Callable[[], Searcher], start: int
    ) -> Iterator[Outcome] | None:
        """Search on the far side; return None if there is none, or if it can't search for the patterns."""
        anchors = None if self._remote is None else remote_anchors(patterns)
        if self._remote is None or anchors is None:
            return None
        return RemoteFinder(self._remote, anchors, reach, make().run).outcomes(self._scope, start)

    def _outcomes(
        self,
        jobs: Iterator[Job],
        wanted: Aligned,
        make: Callable[..., Searcher],
        threads: int,
        chunk_size: int,
    ) -> Iterator[Outcome | None]:
        """Do the jobs in threads where that is allowed and pays, else here, one after the other.

        A matching library is used in threads alone: in the debugger's own, Ctrl-C may come while it calls
        Python, where it would be lost.
        """
        size = sum(item.size for item in self._scope)
        if not self._memory.thread_safe or size < chunk_size * _FEW_CHUNKS:
            yield from map(make().run, jobs)
            return
        plan = plan_heads(wanted.patterns.patterns, wanted.aligns, size)
        # `re` keeps the interpreter's lock: more threads would only wait for each other.
        is_parallel = plan is not None or all(pattern.size is not None for pattern in wanted.patterns)
        try:
            if is_parallel and (threads > 1 or plan is not None):
                in_thread = partial(_searcher_in_thread, make, plan)
                yield from search_in_threads(jobs, in_thread, threads, chunk_size, make)
            else:
                yield from map(make().run, jobs)
        finally:
            if plan is not None:
                plan.database.close()


def _searcher_in_thread(
    make: Callable[..., Searcher], plan: HeadPlan | None, look: Callable[[], None]
) -> Searcher:
    return make(plan=plan, look=look)


def _aligned(pattern: Searchable, align: int | None) -> Aligned:
    if align is not None and align < 1:
        raise InvalidArgument(f"hits can't be at multiples of {align}")
    patterns = PatternSet([pattern] if isinstance(pattern, Pattern) else pattern)
    return Aligned(patterns, tuple(align or item.default_align for item in patterns))
