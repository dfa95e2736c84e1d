"""One search under way: its hits as they come, and what it has and hasn't covered."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import repeat
from typing import NamedTuple

from ...errors import Interrupted
from ...integers import as_integer
from ...ports.memory import UnreadableReasons
from ...ranges import Range
from ...walk.coverage import Coverage, Tally
from ...watch import UNWATCHED, Progress, Watch
from ..hits.hits import Batch, Hit
from .chunk_searcher import Outcome

# Hits of one batch that are handed on between two checks for an interrupt.
_BETWEEN_LOOKS = 10_000

LIMIT, INTERRUPTED, CLOSED = "limit", "interrupted", "closed"


class Stopped(NamedTuple):
    """Why a search ended early, `limit`, `interrupted` or `closed`, and the address to go on from."""

    why: str
    start: int


class Search:
    """An iterator of hits in order of address; `batches` and `count` give them many at a time.

    An interrupt (KeyboardInterrupt, or the watch's answer) ends the iteration as if there were
    no more hits, and `stopped` says so. Leaving the iterator or closing it ends the threads.
    """

    def __init__(
        self,
        outcomes: Iterator[Outcome | None],
        scope: Sequence[Range],
        *,
        source: str = "",
        start: int = 0,
        limit: int | None = None,
        reasons: UnreadableReasons | None = None,
        watch: Watch = UNWATCHED,
    ) -> None:
        self.source = source  # what searches, as results name it
        self._state = state = _State(scope, start, limit, Tally(reasons=reasons))
        # Neither refers to this object: once the last reference to it is gone, so are they, and the threads.
        self._batches = _batches(outcomes, state, watch)
        self._hits = _hits(self._batches, state, watch)

    @property
    def coverage(self) -> Coverage:
        """What has been covered so far; what lies ahead counts as left out."""
        return self._state.coverage

    @property
    def stopped(self) -> Stopped | None:
        """Why and where the search ended before the end of its scope; None if it didn't."""
        return self._state.stopped

    @property
    def value(self) -> int | None:
        """The unsigned word that was found at the hit that was given last; None where it isn't known."""
        return self._state.value

    def __iter__(self) -> Iterator[Hit]:
        # Not self: a loop takes from a generator directly, and no interrupt comes between the two.
        return self._hits

    def __next__(self) -> Hit:
        return next(self._hits)

    def batches(self) -> Iterator[Batch]:
        """Yield runs of hits instead of hits."""
        return self._batches

    def rest(self, taken: int) -> Iterator[Batch]:
        """Yield what is left after `taken` hits, which were given one by one; nothing of an ended search.

        Hits can't be taken one by one any more then.
        """
        return _rest(self._batches, self._state, as_integer(taken))

    def count(self) -> int:
        """Search on to the end and return the number of hits."""
        return sum(len(batch.addresses) for batch in self._batches)

    def interrupt(self, unused: int | None = None) -> None:
        """End the search where it is, as an interrupt does; for a caller that was interrupted itself.

        `unused` is the address of the first hit that was taken but not used: the search goes on with it.
        """
        self._state.unused = unused
        self._end(INTERRUPTED)
        if unused is not None:
            self._state.stopped = Stopped(INTERRUPTED, unused)

    def close(self) -> None:
        """End the search where it is."""
        self._end(CLOSED)

    def _end(self, why: str) -> None:
        self._hits.close()
        self._batches.close()
        self._state.stop(why)

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _State:
    """Where a search is: everything before the address `resume` has been handed on to the caller.

    `resume` moves only after something was handed on, so an interrupt in between repeats a hit when the
    search goes on, but loses none. An outcome of 0x1000..0x2000 with a batch of two hits moves it like this:

        begin(outcome)                resume = 0x1000
        the batch 0x1010, 0x1800      resume = 0x1801 when the next is asked for (`gives_hits` is False)
        or its hits one by one        resume = 0x1011, then 0x1801 (`gives_hits` is True)
        finish(outcome)               resume = 0x2000, and its pieces are counted up to there

    A stop in between counts the pieces up to where `resume` is then: `stopped.start`, at which the next
    search begins. `unused` is an earlier address that takes its place: a caller took hits that it didn't use.
    """

    def __init__(self, scope: Sequence[Range], start: int, limit: int | None, tally: Tally) -> None:
        self.tally = tally
        self._size = sum(item.size for item in scope)
        self.stopped: Stopped | None = None
        self.hits = 0
        self.gives_hits = False
        self.head: Batch | None = None  # the batch that was handed on last
        self.unused: int | None = None
        self.value: int | None = None
        self.limit = limit
        self.end = scope[-1].end if scope else 0
        self.resume = max(start, scope[0].start if scope else 0)
        self.total = sum(max(0, item.end - max(item.start, start)) for item in scope)
        self._current: Outcome | None = None

    @property
    def progress(self) -> Progress:
        """How far it is now."""
        return Progress(self.tally.size, self.total, self.hits)

    @property
    def coverage(self) -> Coverage:
        """What has been covered so far, of the whole scope."""
        return self.tally.of_scope(self._size)

    def begin(self, outcome: Outcome) -> None:
        """Take up what the next outcome says."""
        self._current, self.resume = outcome, outcome.start

    def take(self, batch: Batch) -> Batch:
        """Return as much of the batch as the limit allows."""
        self.head = head = batch if self.limit is None else batch.head(self.limit - self.hits)
        self.hits += len(head.addresses)
        return head

    def finish(self, outcome: Outcome) -> None:
        """Note that all of this outcome has been handed on."""
        self.resume = outcome.end
        self.settle()

    def settle(self) -> None:
        """Count the current outcome as far as it has been handed on."""
        current, self._current = self._current, None
        if current is not None:
            self.tally.add(current.pieces, self.resume if self.unused is None else self.unused)

    def stop(self, why: str) -> None:
        """Note why the search ends here, unless it was at its end or was stopped already."""
        if self.stopped is None and self.resume < self.end:
            self.stopped = Stopped(why, self.resume)


def _batches(
    outcomes: Iterator[Outcome | None],
    state: _State,
    watch: Watch,
) -> Generator[Batch, None, None]:
    head = None
    try:
        for head in _handed_on(outcomes, state, watch):
            yield head
    except GeneratorExit:
        # Left at a yield, so this batch has been handed on, though perhaps not all of its hits.
        if head is not None and not state.gives_hits:
            state.resume = head.addresses[-1] + 1
        raise
    except (KeyboardInterrupt, Interrupted):
        state.stop(INTERRUPTED)
    finally:
        state.settle()
        if isinstance(outcomes, Generator):
            outcomes.close()


def _handed_on(
    outcomes: Iterator[Outcome | None],
    state: _State,
    watch: Watch,
) -> Iterator[Batch]:
    for outcome in outcomes:
        if watch.is_interrupted():
            state.stop(INTERRUPTED)
            return
        if outcome is None:
            continue
        state.begin(outcome)
        for batch in filter(_has_hits, outcome.batches):
            head = state.take(batch)
            yield head
            state.resume = head.addresses[-1] + 1
            if state.limit is not None and state.hits >= state.limit:
                state.stop(LIMIT)
                return
        state.finish(outcome)
        watch.show(state.progress)


def _has_hits(batch: Batch) -> bool:
    return len(batch.addresses) > 0


def _hits(batches: Generator[Batch, None, None], state: _State, watch: Watch) -> Generator[Hit, None, None]:
    state.gives_hits = True
    hit = None
    try:
        for part in _parts(batches, watch):
            for hit, state.value in zip(part.hits(), _each_value(part)):
                yield hit
                state.resume = hit.address + 1
    except GeneratorExit:
        # Left at a yield, so this hit has been handed on; unless the rest was, many at a time.
        if hit and state.gives_hits:
            state.resume = hit.address + 1
        raise
    except (KeyboardInterrupt, Interrupted):
        state.stop(INTERRUPTED)
    finally:
        batches.close()


def _rest(batches: Iterator[Batch], state: _State, taken: int) -> Iterator[Batch]:
    if state.stopped is not None:
        return
    left, head = state.hits - taken, state.head
    part = head.part(len(head.addresses) - left, len(head.addresses)) if left and head else None
    try:
        if part is not None:
            yield part
    finally:
        state.gives_hits = False  # all of the batch has been handed on
    yield from batches


def _each_value(batch: Batch) -> Iterable[int | None]:
    return repeat(batch.values) if batch.values is None or isinstance(batch.values, int) else batch.values


def _parts(batches: Iterator[Batch], watch: Watch) -> Iterator[Batch]:
    """Yield batches of a bounded size, with a check for an interrupt between: zeros may match without end."""
    for batch in batches:
        for number, part in enumerate(batch.parts(_BETWEEN_LOOKS)):
            if number:
                watch.check("the search was interrupted")
            yield part
