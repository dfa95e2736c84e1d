"""Residency from /proc/PID/smaps."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.ports.areas import Residency
from ptatlas.core.ranges import Range
from ptatlas.core.sources import process_target
from ptatlas.core.sources.procfs.smaps import (
    USERFAULT_FLAGS,
    flagged_areas,
    huge_page_sizes,
    parse_smaps,
    supplied_areas,
)

PAGE = os.sysconf("SC_PAGESIZE")

TEXT = b"""\
1000-3000 rw-p 00000000 00:00 0                          [anon: Rss: um]
Size:                  8 kB
Rss:                   8 kB
Pss:                   6 kB
Pss_Dirty:             1 kB
Shared_Dirty:          4 kB
Private_Dirty:         2 kB
Swap:                 12 kB
SwapPss:               5 kB
ProtectionKey:         0
VmFlags: rd wr mr %s
f000-10000 ---p 00000000 00:00 0
Size:                  4 kB
Rss:                   0 kB
"""


def test_sizes_are_in_bytes_and_flags_are_words():
    told = dict(parse_smaps(TEXT % b"ac"))
    assert told[Range(0x1000, 0x3000)] == Residency(8192, 6144, 12288, 6144, ("rd", "wr", "mr", "ac"))


def test_what_a_kernel_does_not_tell_is_not_known():
    assert dict(parse_smaps(TEXT % b"ac"))[Range(0xF000, 0x10000)] == Residency(rss=0)


@pytest.mark.parametrize("flag", [b"um", b"uw", b"ui", b"ac um", b"uw sd"])
def test_areas_that_userfaultfd_watches_are_known_by_their_flags(flag):
    assert list(flagged_areas(TEXT % flag, USERFAULT_FLAGS)) == [Range(0x1000, 0x3000)]


def test_huge_pages_of_a_pool_are_known_with_their_size():
    text = (TEXT % b"ht").replace(b"Rss:                   8 kB", b"KernelPageSize:     2048 kB")
    assert huge_page_sizes(text) == {Range(0x1000, 0x3000): 2 << 20}
    assert huge_page_sizes(TEXT % b"hg") == {}


@pytest.mark.parametrize(
    ("flag", "line", "expected"),
    [
        pytest.param(b"um", b"rw-p 00000000 00:00 0", [Range(0x1000, 0x3000)], id="private and anonymous"),
        pytest.param(b"um", b"rw-s 00000000 00:01 0", [], id="shared"),
        pytest.param(b"um", b"rw-p 00000000 00:01 7", [], id="of a file"),
        pytest.param(b"uw", b"rw-p 00000000 00:00 0", [], id="write-protected"),
    ],
)
def test_missing_pages_that_somebody_is_to_supply(flag, line, expected):
    text = (TEXT % flag).replace(b"rw-p 00000000 00:00 0", line)
    assert list(supplied_areas(text)) == expected


def test_a_name_is_no_flag():
    assert list(flagged_areas(TEXT % b"ac", USERFAULT_FLAGS)) == []


@pytest.mark.parametrize("text", [b"hello\n", b"Rss: 4 kB\nrubbish\n", b"1000-2000 rw-p\nRss: many kB\n"])
def test_what_is_no_such_text_is_refused(text):
    with pytest.raises(SourceError):
        list(parse_smaps(text))


@pytest.mark.parametrize(
    ("read", "text"),
    [
        pytest.param(supplied_areas, b"1000-2000 rw-p\nVmFlags: rd um\n", id="a line without an inode"),
        pytest.param(supplied_areas, b"hello\nVmFlags: rd um\n", id="no line of an area"),
        pytest.param(
            huge_page_sizes, b"1000-2000 rw-p 0 0:0 0\nKernelPageSize: kB\nVmFlags: ht\n", id="no size"
        ),
        pytest.param(lambda text: flagged_areas(text, (b"um",)), b"1000-x\nVmFlags: um\n", id="no end"),
    ],
)
def test_what_is_no_such_text_is_refused_by_all_that_read_it(read, text):
    with pytest.raises(SourceError):
        list(read(text))


@pytest.mark.parametrize("child", ["odd", "leaderless"])
def test_every_area_of_a_process_has_its_residency(child, request):
    child = request.getfixturevalue(child)
    target = process_target(child.pid)
    told = target.residency.residency()
    areas = target.listers[0].areas()
    assert list(told) == [area.range for area in areas]
    place = child.place("sparse")
    assert told[Range(place.address, place.end)].rss == 16 * PAGE
    assert told[Range(place.address, place.end)].dirty == 16 * PAGE
    assert "wr" in told[Range(place.address, place.end)].vmflags
