"""The map of areas: every query against a brute-force oracle, at the top of the address space."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import InvalidArgument, MapChanged
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.ranges import TOP

BASE = TOP - 30
STARTS = st.integers(BASE, TOP - 1)
AREAS = st.lists(
    st.builds(lambda start, size: Area(start, min(TOP, start + size)), STARTS, st.integers(1, 12)),
    max_size=20,
    unique_by=lambda area: (area.start, area.end),
)


def ordered(areas):
    return sorted(areas, key=lambda area: (area.start, area.end))


@given(AREAS)
def test_areas_come_by_start_and_end_however_they_were_given(areas):
    assert list(AreaMap(areas)) == ordered(areas)
    grown = AreaMap()
    for area in areas:
        grown.add(area)
    assert list(grown) == ordered(areas)
    assert len(grown) == len(areas)


@given(AREAS, st.integers(BASE - 2, TOP + 2))
def test_find_and_find_all_by_address(areas, address):
    area_map, expected = AreaMap(areas), [area for area in ordered(areas) if address in area]
    assert list(area_map.find_all(address)) == expected
    assert area_map.find(address) == (expected or [None])[0]


@given(AREAS, st.integers(BASE - 2, TOP + 1), st.integers(0, 12))
def test_find_overlap_and_find_overlaps_by_range(areas, start, size):
    area_map, end = AreaMap(areas), start + size
    expected = [a for a in ordered(areas) if a.start < end and start < a.end] if size else []
    assert list(area_map.find_overlaps(start, end)) == expected
    assert area_map.find_overlap(start, end) == (expected or [None])[0]


@given(AREAS, STARTS, st.integers(1, 12))
def test_find_exact_and_membership(areas, start, size):
    area_map, wanted = AreaMap(areas), Area(start, min(TOP, start + size))
    assert area_map.find_exact(wanted.start, wanted.end) == (wanted if wanted in areas else None)
    assert (wanted in area_map) == (wanted in areas)


@given(AREAS, st.integers(BASE - 2, TOP), st.integers(0, 34))
def test_gaps_are_what_no_area_covers(areas, start, size):
    end = min(TOP, start + size)
    covered = {address for area in areas for address in range(area.start, area.end)}
    gaps = list(AreaMap(areas).gaps(start, end))
    assert {a for gap in gaps for a in range(gap.start, gap.end)} == set(range(start, end)) - covered
    assert all(left.end < right.start for left, right in zip(gaps, gaps[1:]))
    assert all(gap.start < gap.end for gap in gaps)


def test_the_gaps_of_an_empty_map_are_the_whole_address_space():
    assert [tuple(gap) for gap in AreaMap().gaps()] == [(0, TOP)]


@given(AREAS, st.data())
def test_what_was_removed_is_gone_and_nothing_else(areas, data):
    area_map = AreaMap(areas)
    gone = data.draw(st.lists(st.sampled_from(areas), unique=True)) if areas else []
    for area in gone:
        area_map.remove(area)
        assert area not in area_map
    assert list(area_map) == [area for area in ordered(areas) if area not in gone]


BAD = [
    pytest.param(Area(5, 5), "empty", id="empty"),
    pytest.param(Area(6, 5), "reversed", id="reversed"),
    pytest.param(Area(-1, 5), "64-bit", id="below zero"),
    pytest.param(Area(0, TOP + 1), "64-bit", id="beyond the top"),
    pytest.param(Area(10, 20, path="another"), "already|two areas", id="the same range again"),
]


@pytest.mark.parametrize(("area", "what"), BAD)
def test_an_area_that_is_refused_changes_nothing(area, what):
    area_map = AreaMap([Area(10, 20), Area(15, 30)])
    before, generation = list(area_map), area_map.generation
    walk = iter(area_map)
    next(walk)
    with pytest.raises(InvalidArgument, match=what):
        area_map.add(area)
    assert (list(area_map), area_map.generation) == (before, generation)
    assert list(walk) == before[1:]


@pytest.mark.parametrize(("area", "what"), BAD)
@pytest.mark.parametrize("first", [True, False])
def test_a_map_is_not_made_of_such_areas(area, what, first):
    areas = [Area(10, 20), Area(15, 30)]
    areas.insert(0 if first else 2, area)
    with pytest.raises(InvalidArgument, match=what):
        AreaMap(areas)


@pytest.mark.parametrize("area", [Area(10, 21), Area(10, 20, path="another")])
def test_an_area_that_is_not_there_cannot_be_removed(area):
    area_map = AreaMap([Area(10, 20)])
    with pytest.raises(InvalidArgument):
        area_map.remove(area)
    assert list(area_map) == [Area(10, 20)]


@pytest.mark.parametrize("query", ["find_overlap", "find_overlaps", "gaps"])
def test_a_reversed_range_is_refused_at_once(query):
    with pytest.raises(InvalidArgument, match="reversed"):
        getattr(AreaMap([Area(0, 10)]), query)(5, 4)


def test_clearing_leaves_an_empty_map():
    area_map = AreaMap([Area(0, 10), Area(5, 15)])
    area_map.clear()
    assert list(area_map) == []
    assert area_map.find(7) is None


@pytest.mark.parametrize("query", [("find_all", 7), ("find_overlaps", 0, 20), ("gaps",), ("__iter__",)])
def test_iterators_notice_a_change_of_the_map(query):
    area_map = AreaMap([Area(0, 10), Area(5, 15), Area(6, 16), Area(100, 200)])
    walk = getattr(area_map, query[0])(*query[1:])
    next(walk)
    area_map.add(Area(300, 400))
    with pytest.raises(MapChanged) as caught:
        list(walk)
    assert caught.value.generation == area_map.generation


def test_several_iterators_run_at_once_in_several_threads():
    areas = [Area(n, n + 3) for n in range(3000)]
    area_map, results = AreaMap(areas), []
    together = threading.Barrier(6)

    def walk():
        together.wait()
        results.append((list(area_map) == areas, len(list(area_map.find_overlaps(0, 3000)))))

    threads = [threading.Thread(target=walk) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(True, 3000)] * 6


def test_one_long_area_below_many_short_ones_is_found_everywhere():
    long = Area(0, 10_000)
    area_map = AreaMap([long, *(Area(n, n + 1) for n in range(0, 10_000, 2))])
    assert area_map.find(9_999) == long
    assert list(area_map.find_all(5_000)) == [long, Area(5_000, 5_001)]
    assert list(area_map.gaps(0, 10_000)) == []


def test_a_map_of_a_hundred_thousand_areas_answers_like_one_of_ten():
    area_map = AreaMap(Area(n * 8192, n * 8192 + 4096) for n in range(100_000))
    assert len(area_map) == 100_000
    assert area_map.find(99_999 * 8192 + 4095).start == 99_999 * 8192
    assert area_map.find(12_345 * 8192 + 4096) is None
    assert [a.start for a in area_map.find_overlaps(8192, 3 * 8192)] == [8192, 2 * 8192]
