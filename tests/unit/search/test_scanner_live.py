"""Searching the memory of a real process, as the kernel shows it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources.procfs.process import process_target
from support.search_oracle import patterns


@pytest.fixture
def scanner_of(areas_child):
    """A scanner of the child's memory: all of it, or the given ranges."""
    target = process_target(areas_child.pid)

    def make(*ranges, **options):
        return Scanner(
            target.readers[0],
            ranges or target.listers[0].areas(),
            page_size=target.arch.page_size,
            untouched=target.untouched,
            **options,
        )

    return make


def text(name):
    return Pattern.text(f"ptatlas-{name}-needle")


@pytest.mark.parametrize("chunk_size", [4096, None])
@pytest.mark.parametrize(
    "place",
    [
        pytest.param("heap", id="in the heap"),
        pytest.param("border", id="across two areas that touch"),
        pytest.param("shared_text", id="in shared memory"),
    ],
)
def test_each_text_is_found_once_in_all_of_memory(areas_child, scanner_of, place, chunk_size):
    name = {"shared_text": "shared"}.get(place, place)
    hits = [hit.address for hit in scanner_of(chunk_size=chunk_size).find(text(name))]
    assert hits == [areas_child.place(place).address]


def test_what_lies_around_a_page_without_access_is_found(areas_child, scanner_of):
    holed = areas_child.place("holed")
    search = scanner_of(Range(holed.address, holed.end)).find([text("before"), text("after")])
    assert [hit.address for hit in search] == [
        areas_child.place("before_hole").address,
        areas_child.place("after_hole").address,
    ]


def test_overlapping_matches_are_all_found(areas_child, scanner_of):
    place = areas_child.place("overlap")
    search = scanner_of(Range(place.address, place.end)).find(Pattern.raw(b"aaa"))
    assert search.count() == 5


def test_a_page_that_cannot_be_read_is_reported_and_what_lies_around_it_found(areas_child, scanner_of):
    file, beyond = areas_child.place("file"), areas_child.place("beyond_file")
    content = bytes(number % 251 for number in range(10_000))
    search = scanner_of().find(Pattern.raw(content[-300:]))
    assert file.address + 9700 in [hit.address for hit in search]
    assert (beyond.address, beyond.end, "unreadable") in search.coverage.unreadable


def page_tables(pid):
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return [line for line in status if line.startswith(("VmPTE", "VmRSS"))]


@pytest.mark.parametrize("pattern", [text("no"), Pattern.integer("u64", 0)], ids=["text", "zeros"])
def test_a_gigabyte_that_was_never_touched_costs_the_process_nothing(areas_child, scanner_of, pattern):
    place = areas_child.place("reserved")
    areas_child.tell("write pattern 0 0")  # so that it has used what it needs to wait again
    before = page_tables(areas_child.pid)
    search = scanner_of(Range(place.address, place.end)).find(pattern, align=8)
    assert search.count() == (place.size // 8 if pattern.shape.zero_match() is not None else 0)
    assert page_tables(areas_child.pid) == before
    assert search.coverage.searched + search.coverage.never_touched == place.size


def test_all_of_memory_is_accounted_for(scanner_of):
    scan = scanner_of()
    search = scan.find(text("heap"))
    search.count()
    coverage = search.coverage
    assert sum(item.size for item in scan.scope) == coverage.size
    assert coverage.searched + coverage.never_touched + coverage.unreadable_size == coverage.size


def bytes_of(pid, part):
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        memory.seek(part.start)
        return memory.read(part.size)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), patterns(), st.sampled_from([64, 4096, None]), st.sampled_from([1, 4]))
def test_a_plain_look_at_the_bytes_finds_the_same(areas_child, scanner_of, data, wanted, chunk_size, align):
    place = areas_child.place("pattern")
    low = data.draw(st.integers(0, place.size - 600))
    part = Range(place.address + low, place.address + low + data.draw(st.integers(1, 600)))
    run = bytes_of(areas_child.pid, part)
    expected = [
        (part.start + at, size, 0)
        for at in range(len(run))
        if (part.start + at) % align == 0
        for size in [wanted.size_at(run, at)]
        if size is not None
    ]
    assert list(scanner_of(part, chunk_size=chunk_size, threads=2).find(wanted.pattern, align)) == expected
