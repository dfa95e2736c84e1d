"""How a search ends early: by its limit, by an interrupt, by being left; what is kept, and where to go on."""

from __future__ import annotations

import gc
import itertools
import signal
import threading
import weakref

import pytest
from ptatlas.core.errors import Interrupted
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.watch import Watch
from support.targets import Reader, at

NEEDLE = Pattern.raw(b"NEEDLE")
STEP = 64
COUNT = 4096


def target():
    """A needle every 64 bytes."""
    return buffer_target([(0, b"NEEDLE".ljust(STEP, b".") * COUNT, "rw-p")])


def raise_interrupt():
    raise KeyboardInterrupt


def scanner(threads=1, reader=None, **options):
    made = target()
    return Scanner(
        reader or made.readers[0], made.listers[0].areas(), threads, chunk_size=STEP * 16, **options
    )


def search_threads():
    return [thread for thread in threading.enumerate() if thread.name.startswith("ptatlas-search")]


@pytest.mark.parametrize("threads", [1, 2])
def test_a_limit_stops_and_says_where_to_go_on(threads):
    search = scanner(threads).find(NEEDLE, limit=3)
    assert [hit.address for hit in search] == [0, STEP, 2 * STEP]
    assert search.stopped == ("limit", 2 * STEP + 1)
    assert search.coverage.searched == 2 * STEP + 1
    assert search.coverage.left_out == COUNT * STEP - search.coverage.searched


@pytest.mark.parametrize("none", [None, 0])
def test_no_limit_finds_all(none):
    search = scanner().find(NEEDLE, limit=none)
    assert search.count() == COUNT
    assert search.stopped is None


def test_a_limit_that_is_not_reached_stops_nothing():
    search = scanner().find(NEEDLE, limit=COUNT + 1)
    assert (search.count(), search.stopped) == (COUNT, None)


def test_a_limit_reached_with_the_last_address_leaves_nothing_to_go_on_with():
    made = buffer_target([(0, b"NEEDLE.a", "rw-p")])
    search = Scanner(made.readers[0], made.listers[0].areas()).find(Pattern.raw(b"a"), limit=1)
    assert (search.count(), search.stopped, search.coverage.left_out) == (1, None, 0)


def test_a_limit_never_parts_the_patterns_found_at_one_address():
    search = scanner().find([NEEDLE, Pattern.raw(b"NEED")], limit=3)
    assert [(hit.address, hit.pattern) for hit in search] == [(0, 0), (0, 1), (STEP, 0), (STEP, 1)]
    assert search.stopped == ("limit", STEP + 1)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_interrupt_in_the_middle_keeps_what_was_found(threads):
    made = target()
    # Raised where the search reads: in the caller's thread, or in one of its own.
    reader = Reader(made.readers[0], at(STEP * 1000, raise_interrupt))
    search = scanner(threads, reader).find(NEEDLE)
    hits = [hit.address for hit in search]
    assert search.stopped.why == "interrupted"
    assert hits == list(range(0, search.stopped.start, STEP))
    rest = scanner().find(NEEDLE, start=search.stopped.start)
    assert len(hits) + rest.count() == COUNT
    assert search.coverage.searched + search.coverage.left_out == COUNT * STEP


def test_a_reader_that_says_interrupted_ends_the_search_the_same_way():
    def raise_interrupted():
        raise Interrupted("stopped by the user")

    made = target()
    search = scanner(1, Reader(made.readers[0], at(STEP * 1000, raise_interrupted), thread_safe=False)).find(
        NEEDLE
    )
    assert search.count() == 992
    assert search.stopped == ("interrupted", 992 * STEP)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_interrupted_callback_ends_the_search(threads):
    asked = []

    def interrupted():
        asked.append(threading.current_thread())
        return len(asked) > 5

    search = scanner(threads, watch=Watch(interrupted)).find(NEEDLE)
    assert 0 < search.count() < COUNT
    assert search.stopped.why == "interrupted"
    assert set(asked) == {threading.current_thread()}


def test_an_expression_that_takes_ages_is_interrupted_within_a_chunk():
    """At each address it tries a quarter of a million ways to match: this chunk would take an hour."""
    content = b"a" * (1 << 20)
    search = Scanner(
        buffer_target([(0, content, "rw-p")]).readers[0], [Range(0, len(content))], watch=Watch(lambda: True)
    ).find(Pattern.regex(b"(?s)a.{0,63}a.{0,63}a.{0,63}b"))
    assert list(search) == []
    assert search.stopped == ("interrupted", 0)
    assert search.coverage.searched == 0


def test_the_hits_of_a_huge_run_of_zeros_can_be_interrupted_too():
    class Zeros:
        def recorded(self, _start, _end):
            return []

        def untouched(self, start, end):
            return [Range(start, end)]

    asked = []
    made = target()
    scan = Scanner(
        made.readers[0],
        [Range(0, 1 << 40)],
        untouched=Zeros(),
        watch=Watch(lambda: asked.append(1) or len(asked) > 10),
    )
    search = scan.find(Pattern.integer("u8", 0))
    hits = sum(1 for _ in search)
    assert 0 < hits < 1_000_000
    assert search.stopped == ("interrupted", hits)
    assert search.coverage.searched == hits


def test_a_caller_may_go_back_to_a_hit_that_it_took_and_did_not_use():
    search = scanner().find(NEEDLE)
    taken = [next(search) for _ in range(5)]
    search.interrupt(taken[3].address)
    assert search.stopped == ("interrupted", taken[3].address)
    assert search.coverage.searched == taken[3].address


def test_a_signal_while_threads_search_ends_the_wait_for_them():
    made, held = target(), threading.Event()

    def hold():
        # Only when this thread is held up is the caller sure to be waiting for it.
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        held.wait()

    search = scanner(2, Reader(made.readers[0], at(STEP * 1000, hold))).find(NEEDLE)
    before = signal.signal(signal.SIGINT, lambda *_: (held.set(), raise_interrupt()))
    try:
        hits = [hit.address for hit in search]
    finally:
        signal.signal(signal.SIGINT, before)
    assert search.stopped.why == "interrupted"
    assert hits == list(range(0, search.stopped.start, STEP))
    assert not search_threads()


def test_a_caller_that_is_interrupted_itself_can_say_so():
    search = scanner().find(NEEDLE)
    taken = [next(search), next(search)]
    search.interrupt()
    assert list(search) == []
    assert search.stopped == ("interrupted", taken[-1].address + 1)


def test_closing_a_search_ends_its_threads():
    with scanner(2).find(NEEDLE) as search:
        next(search)
        assert len(search_threads()) == 2
    assert not search_threads()
    assert search.stopped == ("closed", 1)


def test_a_search_that_nobody_holds_any_more_ends_its_threads():
    search = scanner(2).find(NEEDLE)
    next(search)
    gone = weakref.ref(search)
    del search
    gc.collect()
    assert gone() is None
    assert not search_threads()


def test_a_search_that_was_never_begun_starts_no_threads():
    search = scanner(2).find(NEEDLE)
    assert not search_threads()
    search.close()
    assert search.coverage.left_out == COUNT * STEP


def test_a_finished_search_has_no_threads_left():
    search = scanner(2).find(NEEDLE)
    assert search.count() == COUNT
    assert not search_threads()


@pytest.mark.parametrize("granted", [0, 1, 2])
def test_with_fewer_threads_than_wanted_everything_is_searched(granted, monkeypatch):
    start = threading.Thread.start

    def start_some(thread):
        if len(search_threads()) == granted:
            raise RuntimeError("can't start new thread")  # what Python says where the system refuses
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_some)
    search = scanner(4).find(NEEDLE)
    assert [hit.address for hit in search] == list(range(0, COUNT * STEP, STEP))
    assert search.coverage.searched == COUNT * STEP
    assert not search_threads()


def test_the_threads_of_a_search_get_no_signals():
    made, masks = target(), []

    def note_mask():
        masks.append((threading.current_thread(), signal.pthread_sigmask(signal.SIG_BLOCK, ())))

    scanner(2, Reader(made.readers[0], at(STEP * 1000, note_mask))).find(NEEDLE).count()
    ((thread, mask),) = {(t, frozenset(m)) for t, m in masks}
    assert thread is not threading.main_thread()
    assert {signal.SIGINT, signal.SIGCHLD, signal.SIGTERM, signal.SIGALRM, signal.SIGWINCH} <= mask


def test_starting_threads_leaves_the_callers_own_signals_as_they_were():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    search = scanner(2).find(NEEDLE)
    next(search)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_a_reader_that_is_not_thread_safe_is_read_in_the_callers_thread_alone():
    made, threads = target(), set()
    reader = Reader(
        made.readers[0], at(0, lambda: threads.add(threading.current_thread())), thread_safe=False
    )
    assert scanner(8, reader).find(NEEDLE).count() == COUNT
    assert threads == {threading.current_thread()}


def test_a_slow_consumer_bounds_how_far_the_threads_run_ahead():
    reader = Reader(target().readers[0])
    search = scanner(2, reader).find(NEEDLE)
    next(search)
    search.close()
    # 2 threads with 3 units of 2 chunks each, and as much again that was asked for in the meantime.
    assert max(asked.start for asked in reader.asked) < 2 * (2 * 3 * 2) * STEP * 16


@pytest.mark.parametrize("taken", [0, 1, 7, 15, 16, 17, 100, COUNT - 1, COUNT])
@pytest.mark.parametrize("limit", [None, 100, 1000])
def test_the_rest_after_some_hits_is_all_that_is_left(taken, limit):
    search = scanner().find(NEEDLE, limit=limit)
    first = [hit.address for hit in itertools.islice(search, taken)]
    rest = [address for batch in search.rest(len(first)) for address in batch.addresses]
    assert first + rest == list(range(0, (limit or COUNT) * STEP, STEP))
    assert (search.stopped and search.stopped.why) == ("limit" if limit else None)


def test_of_a_search_that_has_ended_nothing_is_left():
    search = scanner().find(NEEDLE)
    assert next(search).address == 0
    search.interrupt()
    assert list(search.rest(1)) == []


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_an_interrupt_of_the_rest_says_where_to_go_on(batches):
    search = scanner().find(NEEDLE)
    next(search)
    kept = 1 + sum(len(batch.addresses) for batch in itertools.islice(search.rest(1), batches))
    search.interrupt()
    assert search.stopped.why == "interrupted"
    assert (kept - 1) * STEP < search.stopped.start <= kept * STEP
