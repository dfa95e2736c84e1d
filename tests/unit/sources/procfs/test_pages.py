"""Pages by PAGEMAP_SCAN and by /proc/PID/pagemap: the same answers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import Range
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.maps import ProcfsLister
from ptatlas.core.sources.procfs.pages import PagemapFile, PagemapScan
from support import refused

PAGE = os.sysconf("SC_PAGESIZE")
HAS_SCAN = pytest.mark.skipif(not PagemapScan.is_supported(), reason="needs PAGEMAP_SCAN (Linux 6.7)")


class ScanOfMany(PagemapScan):
    """Asks about a page further on as well: for a few in one place, the ioctl isn't called."""

    def missing(self, ranges):
        further = [Range(each.end + PAGE, each.end + 2 * PAGE) for each in ranges[-1:]]
        return super().missing([*ranges, *further])


WAYS = [
    pytest.param(ScanOfMany, id="PAGEMAP_SCAN", marks=HAS_SCAN),
    pytest.param(PagemapScan, id="PAGEMAP_SCAN, few pages", marks=HAS_SCAN),
    pytest.param(PagemapFile, id="pagemap"),
]


def within(found, place):
    """The numbers of the pages of a place that were found."""
    inside = RangeSet(found).within(place.address, place.end)
    return [(a - place.address) // PAGE for r in inside for a in range(r.start, r.end, PAGE)]


def whole(place):
    return [Range(place.address, place.end)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("child", ["odd", "leaderless"])
def test_missing_pages_are_those_that_were_not_touched(child, way, request):
    child = request.getfixturevalue(child)
    place = child.place("sparse")
    missing = way(ProcessHandle(child.pid)).missing(whole(place))
    assert within(missing, place) == [n for n in range(48) if n % 3]


@pytest.mark.parametrize("way", WAYS)
def test_dropped_pages_are_missing_again(odd, way):
    place = odd.place("dropped")
    assert within(way(ProcessHandle(odd.pid)).missing(whole(place)), place) == [0, 1, 2, 3]


@pytest.mark.parametrize("way", WAYS)
def test_a_guard_page_is_not_missing(odd, way):
    if "guarded" not in odd.facts["places"]:
        pytest.skip("needs MADV_GUARD_INSTALL (Linux 6.13)")
    place = odd.place("guarded")
    assert within(way(ProcessHandle(odd.pid)).missing(whole(place)), place) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "pages"),
    [
        pytest.param("file", [1], id="a private mapping: the page written to"),
        pytest.param("code", [1], id="code: the page written to"),
        pytest.param("shared", [], id="shared memory: none"),
        pytest.param("sparse", list(range(0, 48, 3)), id="anonymous memory: all that is there"),
    ],
)
def test_private_pages_are_the_process_s_own(odd, name, pages, way):
    place = odd.place(name)
    assert within(way(ProcessHandle(odd.pid)).private(whole(place)), place) == pages


@pytest.mark.parametrize("way", WAYS)
def test_of_64_gib_reserved_all_but_the_touched_page_is_missing(odd, way):
    place = odd.place("reserved")
    touched = place.address + place.size // 2
    found = RangeSet(way(ProcessHandle(odd.pid)).missing(whole(place)))
    assert list(found.outside(place.address, place.end)) == [Range(touched, touched + PAGE)]


@pytest.mark.parametrize("question", ["missing", "private"])
def test_both_ways_agree_about_every_area_of_a_process(odd, question):
    if not PagemapScan.is_supported():
        pytest.skip("needs PAGEMAP_SCAN (Linux 6.7)")
    handle = ProcessHandle(odd.pid)
    # Of the kernel's own pages ([vvar]) the ioctl says nothing.
    asked = RangeSet(a.range for a in ProcfsLister(handle).areas() if not a.path.startswith("[v"))
    first, second = (
        RangeSet(part for r in getattr(way(handle), question)(asked) for part in asked.within(*r))
        for way in (PagemapScan, PagemapFile)
    )
    assert list(first) == list(second)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_asked_is_nothing_found(odd, way):
    assert list(way(ProcessHandle(odd.pid)).missing([])) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_process_that_is_gone_is_said_to_be(dead_pid, way):
    with pytest.raises(SourceError, match="gone"):
        list(way(ProcessHandle(dead_pid)).missing([Range(0x1000, 0x2000)]))


def test_an_ioctl_that_a_filter_refuses_is_not_used(odd):
    question = f"""
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.pages import page_scan
print(type(page_scan(ProcessHandle({odd.pid}))).__name__)
"""
    command = [sys.executable, str(refused.__file__), "PAGEMAP_SCAN", sys.executable, "-c", question]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "PagemapFile\n"
