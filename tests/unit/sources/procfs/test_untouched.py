"""What may be skipped as never touched, and what may hold a breakpoint."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.sources import process_target
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.pages import PagemapFile, page_scan
from ptatlas.core.sources.procfs.untouched import ModifiedPages, is_private_anonymous

PAGE = os.sysconf("SC_PAGESIZE")


def untouched(child, start=0, end=TOP):
    return list(process_target(child.pid).untouched.untouched(start, end))


def pages_of(ranges, place):
    inside = RangeSet(ranges).within(place.address, place.end)
    return [(a - place.address) // PAGE for r in inside for a in range(r.start, r.end, PAGE)]


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        pytest.param("sparse", [n for n in range(48) if n % 3], id="what nobody wrote to"),
        pytest.param("dropped", [0, 1, 2, 3], id="what the process gave back"),
        pytest.param("forbidden", [1], id="what the process may not read: the same"),
        pytest.param("shared", [], id="shared memory: another process may have filled it"),
        pytest.param("file", [], id="a file's pages: never"),
        pytest.param("memfd", [], id="a memfd's pages: never"),
        pytest.param("watched", [], id="what a userfaultfd fills in: never"),
        pytest.param("guarded", [], id="a guard page: it can't be read at all"),
    ],
)
@pytest.mark.parametrize("child", ["odd", "leaderless"])
def test_untouched_is_only_what_must_be_zeros(child, name, pages, request):
    child = request.getfixturevalue(child)
    if name not in child.facts["places"]:
        pytest.skip(f"this kernel refused to make {name}")
    assert pages_of(untouched(child), child.place(name)) == pages


def test_untouched_pages_read_as_zeros(own_child):
    target, room = process_target(own_child.pid), bytearray(PAGE)
    for found in target.untouched.untouched(0, TOP):
        assert target.readers[0].read_into(found.start, memoryview(room)) == PAGE
        assert room == bytes(PAGE)


def test_a_touched_page_is_untouched_no_more(own_child):
    place, target = own_child.place("sparse"), process_target(own_child.pid)
    assert 4 in pages_of(target.untouched.untouched(0, TOP), place)
    own_child.tell("touch sparse 4")
    assert 4 not in pages_of(target.untouched.untouched(0, TOP), place)


def test_only_whole_pages_within_the_range_are_told(odd):
    place = odd.place("sparse")
    found = untouched(odd, place.address + 1, place.address + 3 * PAGE - 1)
    assert found == [Range(place.address + PAGE, place.address + 2 * PAGE)]
    assert untouched(odd, place.address + PAGE + 1, place.address + 2 * PAGE) == []


def test_both_ways_to_scan_pages_agree(odd):
    target = process_target(odd.pid)
    by_file = process_target(odd.pid).untouched
    by_file._pages._pages = PagemapFile(ProcessHandle(odd.pid))
    assert list(target.untouched.untouched(0, TOP)) == list(by_file.untouched(0, TOP))


@pytest.mark.parametrize(
    ("perms", "path", "device", "inode", "expected"),
    [
        pytest.param("rw-p", "", "00:00", 0, True, id="anonymous"),
        pytest.param("rw-p", "[heap]", "00:00", 0, True, id="heap"),
        pytest.param("rw-p", "[stack]", "00:00", 0, True, id="stack"),
        pytest.param("rw-p", "[anon:x]", "00:00", 0, True, id="named"),
        pytest.param("rw-s", "", "00:00", 0, False, id="shared"),
        pytest.param("rw-?", "", "00:00", 0, False, id="not known whether shared"),
        pytest.param("rw-p", "/x", "fe:00", 7, False, id="a file"),
        pytest.param("rw-p", "/anon_hugepage (deleted)", "00:0f", 7, False, id="huge pages of hugetlbfs"),
        pytest.param("r-xp", "[vdso]", "00:00", 0, False, id="vdso"),
        pytest.param("r--p", "[vvar]", "00:00", 0, False, id="vvar"),
        pytest.param("--xp", "[uprobes]", "00:00", 0, False, id="another special mapping"),
        pytest.param("rw-p", None, None, None, False, id="nothing known"),
    ],
)
def test_private_anonymous_memory(perms, path, device, inode, expected):
    area = Area(0, PAGE, Protection.parse(perms), 0, path, None, "procfs", device, inode)
    assert is_private_anonymous(area) is expected


def modified(child, *areas):
    return list(ModifiedPages(page_scan(ProcessHandle(child.pid))).modified(areas))


def area_of(place, perms):
    return Area(place.address, place.end, Protection.parse(perms))


def test_a_page_that_was_written_to_may_hold_a_breakpoint(odd):
    place = odd.place("code")
    assert modified(odd, area_of(place, "r-xp")) == [Range(place.address + PAGE, place.end)]


@pytest.mark.parametrize("perms", ["rwxs", "r-x?"])
def test_all_of_an_area_that_is_or_may_be_shared_may_hold_one(odd, perms):
    place = odd.place("shared")
    assert modified(odd, area_of(place, perms)) == [Range(place.address, place.end)]


def test_the_kernel_s_own_page_is_no_hindrance(odd):
    vsyscall = Area(TOP - 0xA00000, TOP - 0x9FF000, Protection.parse("--xp"), 0, "[vsyscall]")
    assert modified(odd, area_of(odd.place("code"), "r-xp"), vsyscall) != []
