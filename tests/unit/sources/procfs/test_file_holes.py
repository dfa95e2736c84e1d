"""Holes of mapped files are zeros that nobody reads, and nothing else is taken for one."""

from __future__ import annotations

import mmap
import os
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ptatlas.core.files import pinned
from ptatlas.core.images.diff.diff import diff
from ptatlas.core.images.diff.sides import LiveSide
from ptatlas.core.inferior import Inferior
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources import process_target
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.resting import wait_until_resting
from support.sparse import HOLE, PAGE, SHARED_MEMORY, cached_pages, telling_folder, write_sparse

# The size from which on a file is asked about is 16 pages of 4 KiB.
PAGES = 20
privileged = pytest.mark.skipif(os.geteuid() != 0, reason="only the privileged may open what map_files names")


@pytest.fixture(scope="module")
def child(tmp_path_factory):
    with Child(compile_c(PROGRAMS / "pages.c", tmp_path_factory.mktemp("programs"))) as running:
        yield running


@pytest.fixture(params=["a disk", "shared memory"])
def path(request, tmp_path):
    """A file to be: of the file system of the tests, if that tells its holes, and of a tmpfs."""
    wanted = tmp_path if request.param == "a disk" else SHARED_MEMORY
    with telling_folder(wanted) as folder, TemporaryDirectory(dir=folder) as place:
        yield Path(place, "sparse")


def laid_out(seed, pages=PAGES):
    """Runs of holes and of letters, one after the other, as long as chance will have them."""
    chance, layout = random.Random(seed), ""
    while len(layout) < pages:
        layout += chance.choice("ab" + HOLE * 2) * chance.choice((1, 2, 7, 20))
    return layout[:pages]


def mapped(child, command):
    """Map something; return the process, and where the pages lie but for the one behind the file's end."""
    start = child.tell(command)["address"]
    wait_until_resting(child.pid)
    inferior = Inferior(process_target(child.pid))
    return inferior, Range(start, inferior.areas.find(start).end)


def trace(pid):
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return [line for line in status if line.startswith(("VmPTE", "VmRSS", "RssFile", "RssShmem"))]


def holes_in(inferior, part):
    """Return the numbers of the pages that are known to be zeros, all of which count as recorded."""
    found = list(inferior.target.untouched.untouched(*part))
    assert list(inferior.target.untouched.recorded(*part)) == [part]
    return [(at - part.start) // PAGE for r in found for at in range(r.start, r.end, PAGE)]


def read_whole(inferior, part, pattern, align):
    """Search as if nobody knew of holes: hits, and what was covered."""
    search = Scanner(inferior.memory.ready([part]), [part]).find(pattern, align)
    return list(search), search.coverage


# Edges of holes anywhere; zeros, also more of them than a page, at some of their places.
SEARCHED = [(b"\0a", 1), (b"b\0", 1), (b"\0\0", 64), (bytes(PAGE + 1), 64)]


@pytest.mark.parametrize("command", ["share", "own"])
@pytest.mark.parametrize("tail", [b"", b"tail" * 100], ids=["whole pages", "a last page cut"])
@pytest.mark.parametrize("seed", range(3))
def test_a_search_finds_and_covers_what_reading_all_of_it_does(child, path, command, tail, seed):
    layout = laid_out(seed)
    content = write_sparse(path, layout, tail)
    inferior, part = mapped(child, f"{command} {path}")
    in_holes = [number for number, letter in enumerate(layout) if letter == HOLE]
    assert holes_in(inferior, part) == in_holes
    for text, align in SEARCHED:
        search = inferior.find(Pattern.raw(text), [part], align=align)
        found = list(search)
        assert (found, search.coverage) == read_whole(inferior, part, Pattern.raw(text), align)
        assert search.coverage.never_touched == 0
    assert inferior.memory.still([part]).read_into(part.start, room := memoryview(bytearray(len(content))))
    assert bytes(room) == content


def test_the_page_cache_grows_by_the_data_alone_and_the_process_not_at_all(child, tmp_path):
    path, layout = tmp_path / "sparse", laid_out(5, 1000)
    write_sparse(path, layout, b"end")
    if cached_pages(path):
        pytest.skip("this file system doesn't let go of its pages")
    inferior, part = mapped(child, f"share {path}")
    before = trace(child.pid)
    data = [number for number, letter in enumerate(layout + "t") if letter != HOLE]
    assert inferior.find(Pattern.raw(b"end"), [part]).count() == 1
    assert cached_pages(path) == data
    area = inferior.areas.find(part.start)
    snapshot = inferior.snapshot("s", [area])
    now = LiveSide(inferior.areas, inferior.memory.still([part]), untouched=inferior.target.untouched)
    assert diff(snapshot, now).changes == ()
    assert cached_pages(path) == data
    assert trace(child.pid) == before


@pytest.mark.parametrize("seed", range(3))
def test_what_a_process_wrote_over_holes_of_its_own_is_found(child, path, seed):
    layout = laid_out(seed)
    write_sparse(path, layout)
    inferior, part = mapped(child, f"own {path}")
    written = random.Random(seed).sample(range(PAGES), 9)
    for number in written:
        child.tell(f"write {number}")
    hits = inferior.find(Pattern.raw(b"W"), [part])
    assert [(hit.address - part.start) for hit in hits] == [number * PAGE for number in sorted(written)]
    assert not set(holes_in(inferior, part)) & set(written)


def test_what_others_write_into_holes_is_found(child, path):
    write_sparse(path, HOLE * PAGES)
    inferior, part = mapped(child, f"share {path}")
    assert len(holes_in(inferior, part)) == PAGES
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as here:
        os.pwrite(file.fileno(), b"written", 3 * PAGE + 5)
        here[7 * PAGE + 9 : 7 * PAGE + 15] = b"mapped"
        places = [
            hit.address - part.start for text in (b"written", b"mapped") for hit in find(inferior, part, text)
        ]
    assert places == [3 * PAGE + 5, 7 * PAGE + 9]
    assert not {3, 7} & set(holes_in(inferior, part))


def find(inferior, part, text):
    return inferior.find(Pattern.raw(text), [part])


def test_a_file_that_is_cut_has_no_zeros_behind_its_end(child, path):
    write_sparse(path, HOLE * PAGES)
    inferior, part = mapped(child, f"share {path}")
    os.truncate(path, 5 * PAGE + 1)
    assert holes_in(inferior, part) == [0, 1, 2, 3, 4]
    search = find(inferior, part, bytes(PAGE))
    assert search.count() == 5 * PAGE + 1
    assert [item.range for item in search.coverage.unreadable] == [Range(part.start + 6 * PAGE, part.end)]


def test_space_that_is_reserved_in_a_file_is_a_hole(child, path):
    write_sparse(path, "a")
    with open(path, "r+b") as file:
        os.posix_fallocate(file.fileno(), 0, PAGES * PAGE)
    inferior, part = mapped(child, f"share {path}")
    assert holes_in(inferior, part) == list(range(1, PAGES))


def test_of_another_file_system_all_of_a_file_is_read(child, path, monkeypatch):
    monkeypatch.setattr(pinned, "tells_current_holes", lambda _descriptor: False)
    write_sparse(path, HOLE * PAGES)
    inferior, part = mapped(child, f"share {path}")
    assert holes_in(inferior, part) == []
    assert find(inferior, part, b"\0\0").count() == PAGES * PAGE - 1


def test_a_small_file_is_not_asked_about(child, path):
    write_sparse(path, HOLE * 4)
    inferior, part = mapped(child, f"share {path}")
    assert list(inferior.target.untouched.untouched(*part)) == []


def test_another_file_of_the_same_name_tells_nothing(child, path):
    write_sparse(path, "a" * PAGES)
    inferior, part = mapped(child, f"share {path}")
    path.unlink()
    write_sparse(path, HOLE * PAGES)
    assert holes_in(inferior, part) == []


@privileged
def test_shared_memory_that_is_reserved_is_found_to_be_zeros(child):
    inferior, part = mapped(child, f"reserve {PAGES}")
    assert holes_in(inferior, part) == list(range(PAGES))
    child.tell("write 9")
    assert holes_in(inferior, part) == [number for number in range(PAGES) if number != 9]
    before = trace(child.pid)
    search = find(inferior, part, b"\0\0")
    assert search.count() == PAGES * PAGE - 3
    assert search.coverage == (PAGES * PAGE, 0, (), 0)
    assert trace(child.pid) == before
