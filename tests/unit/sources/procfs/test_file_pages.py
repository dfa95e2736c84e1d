"""What lies in mapped files, and was not touched by the process, is read from the files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ptatlas.core.inferior import Inferior
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources import process_target
from support.children import Child
from support.compile import PROGRAMS, compile_c

PAGE = os.sysconf("SC_PAGESIZE")
NEEDLE = Pattern.text("file-needle")
# Others read in the process what they may not open in its files.
privileged = pytest.mark.skipif(os.geteuid() != 0, reason="only the privileged may open what map_files names")


@pytest.fixture(scope="module")
def pages_program(tmp_path_factory):
    return compile_c(PROGRAMS / "pages.c", tmp_path_factory.mktemp("programs"))


@pytest.fixture
def child(pages_program):
    with Child(pages_program) as running:
        yield running


@pytest.fixture
def inferior(child):
    return Inferior(process_target(child.pid))


@pytest.fixture
def file(tmp_path):
    """Forty pages and a half, with a needle in every tenth, and one across the first two."""
    content = bytearray(40 * PAGE + PAGE // 2)
    for place in (PAGE - 5, 10 * PAGE, 20 * PAGE + 7, 40 * PAGE + 100):
        content[place : place + 11] = b"file-needle"
    path = tmp_path / "mapped"
    path.write_bytes(content)
    return path


def trace(pid):
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return [line for line in status if line.startswith(("VmPTE", "VmRSS", "RssFile", "RssShmem"))]


def mapped(child, command):
    """Map something; return the area's range, known by that it lies at this address."""
    start = child.tell(command)["address"]
    areas = Inferior(process_target(child.pid)).areas
    area = areas.find(start)
    return Range(area.start, area.end)


def offsets(inferior, part):
    return [hit.address - part.start for hit in inferior.find(NEEDLE, [part])]


def test_a_search_of_a_mapped_file_touches_none_of_it(child, inferior, file):
    part = mapped(child, f"share {file}")
    before = trace(child.pid)
    search = inferior.find(NEEDLE, [part])
    places = [PAGE - 5, 10 * PAGE, 20 * PAGE + 7, 40 * PAGE + 100]
    assert [hit.address - part.start for hit in search] == places
    assert trace(child.pid) == before
    assert [item.range for item in search.coverage.unreadable] == [Range(part.end - PAGE, part.end)]


def test_what_was_touched_and_what_was_not_are_one(child, inferior, file):
    part = mapped(child, f"share {file}")
    child.tell("read 1")
    assert offsets(inferior, part) == [PAGE - 5, 10 * PAGE, 20 * PAGE + 7, 40 * PAGE + 100]


def test_a_few_bytes_in_the_middle_of_a_page_may_be_searched(child, inferior, file):
    part = mapped(child, f"share {file}")
    wanted = Range(part.start + 10 * PAGE, part.start + 10 * PAGE + 11)
    before = trace(child.pid)
    assert [hit.address for hit in inferior.find(NEEDLE, [wanted])] == [wanted.start]
    assert trace(child.pid) == before


def test_behind_the_end_of_a_file_its_last_page_is_zeros(child, inferior, file):
    part = mapped(child, f"share {file}")
    zeros = Pattern.raw(bytes(PAGE // 2 - 111))
    assert part.start + 40 * PAGE + 111 in [hit.address for hit in inferior.find(zeros, [part])]


@privileged
def test_a_file_that_is_gone_is_read_all_the_same(child, inferior, file):
    part = mapped(child, f"share {file}")
    file.unlink()
    before = trace(child.pid)
    assert offsets(inferior, part)[:2] == [PAGE - 5, 10 * PAGE]
    assert trace(child.pid) == before


def test_another_file_of_the_same_name_is_never_read(child, inferior, file):
    part = mapped(child, f"share {file}")
    file.unlink()
    file.write_bytes(b"file-needle" * PAGE)
    assert offsets(inferior, part) == [PAGE - 5, 10 * PAGE, 20 * PAGE + 7, 40 * PAGE + 100]


@privileged
def test_a_search_of_reserved_shared_memory_makes_no_pages_of_it(child, inferior):
    part = mapped(child, "reserve 1000")
    shared = _shared_memory()
    before = trace(child.pid)
    assert inferior.find(NEEDLE, [part]).count() == 0
    assert trace(child.pid) == before
    assert _shared_memory() < shared + 900 * PAGE // 1024
    parts = inferior.target.file_pages.at_rest([part])
    assert sum(one.end - one.start for one in parts) == 1000 * PAGE


def _shared_memory():
    """Kilobytes of shared memory that there are in the system: proc_meminfo(5)."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("Shmem:")).split()[1])


CUT = pytest.mark.parametrize("name", ["cut", "cut_shared", "cut_private"])


# Before the other: a page is touched but once.
@CUT
@privileged
def test_reading_what_was_written_behind_the_end_of_a_file_leaves_no_trace(odd, name):
    before = trace(odd.pid)
    assert_last_page(odd, name)
    assert trace(odd.pid) == before


@CUT
def test_what_was_written_behind_the_end_of_a_file_is_in_its_last_page(odd, name):
    assert_last_page(odd, name)


def assert_last_page(odd, name):
    """A search and a snapshot have what was written there."""
    place = odd.place(name)
    inferior, part = Inferior(process_target(odd.pid)), Range(place.address, place.end)
    assert [hit.address for hit in inferior.find(Pattern.text("behind the end"), [part])] == [
        part.start + 1000
    ]
    snapshot = inferior.snapshot("s", [inferior.areas.find(part.start)])
    assert snapshot.read(part.start + 1000, 14) == b"behind the end"
    assert snapshot.read(part.start, 6) == b"hello\0"


def test_huge_pages_that_cannot_be_had_are_no_zeros(odd):
    place = odd.place("huge")
    if int(Path("/proc/sys/vm/nr_hugepages").read_text()):
        pytest.skip("this machine has huge pages to give")
    inferior = Inferior(process_target(odd.pid))
    part = Range(place.address, place.end)
    search = inferior.find(Pattern.raw(bytes(16)), [part])
    assert search.count() == 0
    assert [item.range for item in search.coverage.unreadable] == [part]
    assert inferior.snapshot("s", [inferior.areas.find(part.start)]).coverage.searched == 0


def test_anonymous_memory_is_in_no_file(child, inferior, tmp_path):
    content = tmp_path / "content"
    content.write_bytes(b"file-needle".ljust(PAGE, b"."))
    start = child.tell(f"build d {content}")["address"]
    assert list(inferior.target.file_pages.at_rest([Range(start, start + PAGE)])) == []


def test_a_search_of_all_of_a_process_touches_next_to_nothing(child, inferior, file):
    mapped(child, f"share {file}")
    before = _file_pages(child.pid)
    inferior.find(NEEDLE).count()
    # What has no file, [vdso], is read through the process.
    assert _file_pages(child.pid) <= before + 4


def _file_pages(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("RssFile:")).split()[1]) * 1024 // PAGE
