"""Searches of much memory with a matching library and without it: the same hits, the same ends."""

from __future__ import annotations

import threading

import pytest
from ptatlas.core.search import scanner as module
from ptatlas.core.search.engine import thread_pool
from ptatlas.core.search.matcher.library import Database
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.watch import Watch
from support.matching import by_library, by_no_library, library
from support.targets import Reader

MIB = 1 << 20
SIZE = 32 * MIB
BASE = 0x7F00_0000_1000
STEP = 64 * 1024
TEXT = b"Some TEXT, ABCD-123456\n\x48\x8b\x11\x02\xf0\x11"


def memory(step=STEP):
    """Zeros with text in them at every step, once across the border of two chunks."""
    content = bytearray((TEXT.rjust(200) + bytes(step))[:step] * (SIZE // step))
    content[2 * MIB - 4 : 2 * MIB - 4 + len(TEXT)] = TEXT
    return buffer_target([(BASE, bytes(content), "rw-p")])


PATTERNS = {
    "text of either case": [Pattern.text("some text", ignore_case=True)],
    "a mask": [Pattern.hex("48 8b ?? 0? f0 11")],
    "an expression": [Pattern.regex(rb"(?<=, )[A-Z]{4}-[0-9]+$|TEXT, A.*")],
    "several": [
        Pattern.raw(b"ABCD"),
        Pattern.regex(rb"AB[CD]{2}-\d+"),
        Pattern.raw(b"12"),
        Pattern.raw(b"\n"),
    ],
}


@pytest.fixture
def databases(monkeypatch):
    """Those that the library scans for and that were given back."""
    seen = {"scanned": [], "closed": []}

    def noted(name, kept):
        function = getattr(Database, name)

        def call(self):
            seen[kept].append(self)
            return function(self)

        monkeypatch.setattr(Database, name, call)

    noted("scanning", "scanned")
    noted("close", "closed")
    return seen


def scanner(target, threads=2, **options):
    return Scanner(target.readers[0], target.listers[0].areas(), threads, **options)


def searched(search):
    return [(hit, search.value) for hit in search], search.coverage


@pytest.mark.parametrize("patterns", PATTERNS.values(), ids=PATTERNS)
def test_much_memory_is_searched_by_the_library_and_the_hits_are_the_same(databases, patterns):
    library()
    target = memory()
    found = searched(scanner(target).find(patterns))
    assert databases["scanned"]
    assert set(databases["closed"]) == set(databases["scanned"])
    with by_no_library():
        assert found == searched(scanner(target).find(patterns))
    assert len(found[0]) >= SIZE // STEP


def test_many_hits_are_found_and_counted_as_without_it():
    library()
    mask, target = [Pattern.hex("53 6? 6d 65 2? 54")], memory(step=256)
    count = scanner(target).find(mask).count()
    with by_no_library():
        assert count == scanner(target).find(mask).count() >= SIZE // 256


def test_what_only_the_debugger_s_thread_reads_is_searched_without_it(databases):
    target = memory()
    reader = Reader(target.readers[0])
    reader.thread_safe = False
    hits = Scanner(reader, target.listers[0].areas()).find(PATTERNS["a mask"]).count()
    assert (hits, databases["scanned"]) == (SIZE // STEP + 1, [])


def test_where_there_are_no_threads_the_caller_searches_without_it(monkeypatch, databases):
    monkeypatch.setattr(thread_pool, "start_without_signals", lambda _thread: False)
    assert scanner(memory()).find(PATTERNS["a mask"]).count() == SIZE // STEP + 1
    assert databases["scanned"] == []


@pytest.mark.parametrize("after", [0, 3])
def test_an_interrupt_keeps_what_was_found_and_the_search_goes_on_from_there(databases, after):
    library()
    target, asked = memory(), []

    def is_interrupted():
        asked.append(None)
        return len(asked) > after

    search = scanner(target, watch=Watch(is_interrupted)).find(PATTERNS["a mask"])
    hits = list(search)
    assert search.stopped.why == "interrupted"
    assert set(databases["closed"]) == set(databases["scanned"])
    rest = scanner(target).find(PATTERNS["a mask"], start=search.stopped.start)
    with by_no_library():
        assert [*hits, *rest] == list(scanner(target).find(PATTERNS["a mask"]))


@pytest.mark.parametrize("limit", [1, 100])
def test_a_limit_stops_where_it_does_without_it(limit):
    library()
    target = memory()
    search = scanner(target).find(PATTERNS["several"], limit=limit)
    found = searched(search), search.stopped
    with by_no_library():
        search = scanner(target).find(PATTERNS["several"], limit=limit)
        assert found == (searched(search), search.stopped)


def test_a_search_that_is_left_ends_its_threads_and_gives_back_all(databases):
    library()
    search = scanner(memory()).find(PATTERNS["a mask"])
    next(search)
    search.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("ptatlas-search")]
    assert set(databases["closed"]) == set(databases["scanned"]) != set()


def test_an_error_of_a_thread_comes_in_its_turn(monkeypatch, databases):
    library()

    class Broken(module.Searcher):
        def run(self, job):
            if job.start >= BASE + 16 * MIB:
                raise ZeroDivisionError
            return super().run(job)

    monkeypatch.setattr(module, "Searcher", Broken)
    search = scanner(memory()).find(PATTERNS["a mask"])
    hits = []
    with pytest.raises(ZeroDivisionError):
        hits += search
    assert set(databases["closed"]) == set(databases["scanned"]) != set()


def test_an_expression_that_may_take_long_stays_in_the_caller_s_thread(databases):
    with by_library():
        target = buffer_target([(BASE, b"Needle" + b"x" * 100, "rw-p")])
        hits = scanner(target).find([Pattern.regex(rb"Needle(?:x+)+"), PATTERNS["a mask"][0]])
        assert [hit.size for hit in hits] == [106]
    assert databases["scanned"] == []
