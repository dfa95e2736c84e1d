"""Threads that search while the debugger's thread plans and hands on what they find."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import NamedTuple

from ...errors import Interrupted
from ...signals import start_without_signals
from .chunk_searcher import Outcome, Searcher, join_outcomes
from .planner import Job, JobKind

MOST_THREADS = 8

# Chunks, and jobs, that a thread takes at a time: a unit.
_UNIT_CHUNKS = 2
_UNIT_JOBS = 256
# Units under way for each thread. Only one is while units hold many hits: threads then find them faster than
# they are handed on.
_UNITS_AHEAD = 3
_MANY_HITS = 50_000
# Hits after which a thread gives back the rest of its unit: this bounds what waits to be handed on.
_ENOUGH_HITS = 200_000

# Seconds between two checks for an interrupt while waiting for a thread.
_TICK = 0.05

# Makes a searcher for a thread, which calls the argument now and then: it raises what ends the search.
MakeSearcher = Callable[[Callable[[], None]], Searcher]


class Reply(NamedTuple):
    """A thread's results for a unit: outcomes, the jobs that it gave back, and its error, if any."""

    outcomes: list[Outcome]
    rest: list[Job]
    error: BaseException | None = None


class _Task(NamedTuple):
    jobs: list[Job]
    reply: SimpleQueue[Reply]


def usable_threads(wanted: int) -> int:
    """Return how many threads to use: the number wanted, or, for 0, one per core; at most 8."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(wanted or cores, MOST_THREADS)


def search_in_threads(
    jobs: Iterator[Job],
    make_searcher: MakeSearcher,
    threads: int,
    chunk_size: int,
    make_own: Callable[[], Searcher],
) -> Iterator[Outcome | None]:
    """Yield the outcomes of the jobs in order, and None now and then while there is nothing to yield.

    Plans and yields in the caller's thread; reads and searches in others, which end with the iterator. Where
    the system grants fewer threads than that, these do it all; where none, the caller's does, with what
    `make_own` makes. Raise what a thread met when its turn comes.
    """
    crew = _Crew(make_searcher, threads)
    if crew.size == 0:
        yield from map(make_own().run, jobs)
        return
    units = _units(jobs, chunk_size * _UNIT_CHUNKS)
    under_way: deque[SimpleQueue[Reply]] = deque()
    ahead = _UNITS_AHEAD
    try:
        while True:
            while len(under_way) < crew.size * ahead and (unit := next(units, None)):
                under_way.append(crew.submit(unit))
            if not under_way:
                return
            try:
                reply = under_way[0].get(timeout=_TICK)
            except Empty:
                yield None
                continue
            under_way.popleft()
            ahead = 1 if sum(outcome.held for outcome in reply.outcomes) > _MANY_HITS else _UNITS_AHEAD
            if reply.rest:
                under_way.appendleft(crew.submit(reply.rest))
            yield from reply.outcomes
            if reply.error is not None:
                raise reply.error
    finally:
        crew.close()


class _Crew:
    """The threads of one search. None of them gets signals, on which the debuggers rely."""

    def __init__(self, make_searcher: MakeSearcher, threads: int) -> None:
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._closing = Event()
        arguments = (self._tasks, self._closing, make_searcher)
        self._threads: list[Thread] = []
        for number in range(threads):
            thread = Thread(target=_work, args=arguments, name=f"ptatlas-search-{number}", daemon=True)
            if not start_without_signals(thread):
                break  # fewer threads will do
            self._threads.append(thread)

    @property
    def size(self) -> int:
        """How many threads there are: at most as many as were asked for."""
        return len(self._threads)

    def submit(self, jobs: list[Job]) -> SimpleQueue[Reply]:
        """Give the jobs to the next free thread, and return where the reply will be."""
        task = _Task(jobs, SimpleQueue())
        self._tasks.put(task)
        return task.reply

    def close(self) -> None:
        """End the threads: each finishes its present chunk."""
        self._closing.set()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()


def _work(tasks: SimpleQueue[_Task | None], closing: Event, make_searcher: MakeSearcher) -> None:
    def look() -> None:
        if closing.is_set():
            raise Interrupted("the search was ended")

    searcher = None
    while (task := tasks.get()) is not None:
        if closing.is_set():
            continue
        try:
            searcher = searcher or make_searcher(look)
            reply = _run(searcher, task.jobs, closing)
        except BaseException as error:  # noqa: BLE001 - raised again where the search is consumed
            reply = Reply([], [], error)
        task.reply.put(reply)
    if searcher is not None:
        searcher.close()


def _run(searcher: Searcher, jobs: list[Job], closing: Event) -> Reply:
    outcomes: list[Outcome] = []
    hits = 0
    for number, job in enumerate(jobs):
        if hits > _ENOUGH_HITS or closing.is_set():
            return Reply(outcomes, jobs[number:])
        outcome = searcher.run(job)
        hits += outcome.held
        join_outcomes(outcomes, outcome)
    return Reply(outcomes, [])


def _units(jobs: Iterable[Job], size: int) -> Iterator[list[Job]]:
    """Group jobs by the bytes that they read."""
    unit: list[Job] = []
    wanted = 0
    for job in jobs:
        unit.append(job)
        if job.kind is JobKind.READ:
            wanted += job.high - job.low
        if wanted >= size or len(unit) == _UNIT_JOBS:
            yield unit
            unit, wanted = [], 0
    if unit:
        yield unit
