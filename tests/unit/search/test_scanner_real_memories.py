"""Searches of a living process and of a core file find exactly what trying every address of them finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ptatlas.core.errors import MemoryFault
from ptatlas.core.inferior import Inferior
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources import core_target, process_target
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.core_builder import PAGE
from support.pages import (
    ABSENT,
    CORE_KINDS,
    DATA,
    GUARD,
    LIVE_KINDS,
    NO_ACCESS,
    READ_ONLY,
    UNTOUCHED,
    WRITE_ONLY,
    build,
    pages,
    with_text,
    write_core,
)
from support.search_oracle import hits_in, patterns

pytestmark = pytest.mark.slow

MAPPED = DATA + READ_ONLY + WRITE_ONLY + NO_ACCESS + UNTOUCHED
READABLE = DATA + READ_ONLY + UNTOUCHED

aligns = st.sampled_from([1, 1, 2, 4, 8])
several = st.lists(patterns(), min_size=1, max_size=3)
examples = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def child(tmp_path_factory):
    with Child(compile_c(PROGRAMS / "pages.c", tmp_path_factory.mktemp("programs"))) as running:
        yield running


@pytest.fixture(scope="module")
def live(child):
    return Inferior(process_target(child.pid))


def trace(pid):
    """What a search must leave as it was: page tables, memory in use, and what the process read and wrote."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = [line for line in status if line.startswith(("VmPTE", "VmRSS", "VmSwap", "VmStk"))]
    return sizes, Path(f"/proc/{pid}/io").read_text()


def areas_of(inferior, placed):
    return [area for area in inferior.areas if placed.base <= area.start < placed.end]


def sizes_of(placed, kinds):
    return sum(item.size for item in placed.of(kinds))


@examples
@given(pages(LIVE_KINDS, MAPPED), several, aligns)
def test_all_of_a_process_that_is_mapped_is_searched_and_left_as_it_was(
    child, live, tmp_path, wanted, searched, align
):
    placed = build(child, wanted, tmp_path)
    before = trace(child.pid)
    scanner = Scanner(live.memory, areas_of(live, placed), untouched=live.target.untouched)
    search = scanner.find([one.pattern for one in searched], align)
    assert list(search) == hits_in(placed, placed.of(MAPPED), searched, align)
    assert trace(child.pid) == before
    zeros = any(one.pattern.shape.zero_match() is not None for one in searched)
    assert search.coverage.never_touched == (0 if zeros else sizes_of(placed, UNTOUCHED))
    assert [item.range for item in search.coverage.unreadable] == placed.of(GUARD)


@examples
@given(pages(LIVE_KINDS, READABLE), several, aligns)
def test_of_a_process_what_it_may_read_itself_is_searched(child, live, tmp_path, wanted, searched, align):
    placed = build(child, wanted, tmp_path)
    readable = [area for area in areas_of(live, placed) if area.allows(Protection.READ)]
    search = live.find([one.pattern for one in searched], readable, align=align)
    assert list(search) == hits_in(placed, placed.of(READABLE), searched, align)


@examples
@given(pages(LIVE_KINDS, READABLE), several, aligns, st.data())
def test_a_scope_may_begin_and_end_inside_pages(child, live, tmp_path, wanted, searched, align, data):
    placed = build(child, wanted, tmp_path)
    edges = st.tuples(*[st.integers(0, PAGE - 1)] * 2)
    scope = [
        Range(part.start + low, part.end - high)
        for part in placed.of(READABLE)
        for low, high in [data.draw(edges)]
        if part.start + low < part.end - high
    ]
    before = trace(child.pid)
    search = live.find([one.pattern for one in searched], scope, align=align)
    assert list(search) == hits_in(placed, scope, searched, align)
    assert search.coverage.size == sum(part.size for part in scope)
    assert trace(child.pid) == before


@examples
@given(pages(CORE_KINDS, DATA + UNTOUCHED), several, aligns)
def test_a_core_file_is_searched_where_it_has_content(tmp_path, wanted, searched, align):
    placed = write_core(wanted, tmp_path / "core")
    dumped = Inferior(core_target(str(tmp_path / "core")))
    search = dumped.find([one.pattern for one in searched], align=align)
    assert list(search) == hits_in(placed, placed.of(CORE_KINDS), searched, align)
    # What is a hole of the core is zeros by its own word, whether it was never touched or not.
    assert search.coverage.never_touched == 0
    assert [item.range for item in search.coverage.unreadable] == placed.of(ABSENT)
    assert {item.why for item in search.coverage.unreadable} <= {"absent"}


def test_a_scanner_searches_what_it_is_given_even_what_the_process_may_not_read(child, live, tmp_path):
    placed = build(child, with_text("dnw", b"needle", 100), tmp_path)
    needle = Pattern.text("needle")
    places = [placed.base + PAGE * number + 100 for number in range(3)]
    hits = Scanner(live.memory, areas_of(live, placed)).find(needle)
    assert [hit.address for hit in hits] == places
    in_all = [address for address in live.memory.find_all(needle) if placed.base <= address < placed.end]
    assert in_all == places[:1]


def test_a_search_of_zeros_in_pages_never_touched_reads_none_of_them(child, live, tmp_path):
    placed = build(child, with_text("u" * 200, b"", 0), tmp_path)
    before = trace(child.pid)
    search = live.find(Pattern.raw(bytes(16)), placed.of(UNTOUCHED), align=16)
    assert search.count() == 200 * PAGE // 16
    assert trace(child.pid) == before


def test_a_page_that_cannot_be_read_is_told_from_its_neighbours(child, live, tmp_path):
    placed = build(child, with_text("dhd", b"needle", 100), tmp_path)
    search = Scanner(live.memory, [Range(placed.base, placed.end)]).find(Pattern.text("needle"))
    assert [hit.address - placed.base for hit in search] == [100, 2 * PAGE + 100]
    assert [item.range for item in search.coverage.unreadable] == placed.of("h")
    with pytest.raises(MemoryFault):
        live.memory.read(placed.base, 3 * PAGE)
