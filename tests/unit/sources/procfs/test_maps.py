"""The text of /proc/PID/maps: what is printed there and what it means."""

from __future__ import annotations

import mmap
import os
import re

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.maps import ProcfsLister, parse_maps


def one(line):
    (area,) = parse_maps(line)
    return area


def listed(child, name):
    """The area that a place of the child lies in."""
    address = child.place(name).address
    return next(a for a in ProcfsLister(ProcessHandle(child.pid)).areas() if address in a)


def test_a_line_is_an_area():
    line = b"7f0012345000-7f0012346000 r-xp 00003000 fe:01 1234                       /usr/lib/libc.so.6\n"
    assert one(line) == Area(
        0x7F0012345000,
        0x7F0012346000,
        Protection.READ | Protection.EXEC,
        0x3000,
        "/usr/lib/libc.so.6",
        None,
        "procfs",
        "fe:01",
        1234,
    )


@pytest.mark.parametrize(
    ("printed", "path"),
    [
        pytest.param(b"", "", id="no name: known to have none"),
        pytest.param(b"[heap]", "[heap]", id="a name of the kernel's"),
        pytest.param(b"/a file  with blanks ", "/a file  with blanks ", id="blanks, the last included"),
        pytest.param(b"/tmp/x (deleted)", "/tmp/x (deleted)", id="deleted, as printed"),
        pytest.param(rb"/tmp/new\012line", "/tmp/new\nline", id="a newline"),
        pytest.param(b"/tmp/\xff\xc3\xa4", "/tmp/\udcff\u00e4", id="bytes that are no UTF-8"),
        pytest.param(b"/tmp/a\tb\x1b[31m\x85", "/tmp/a\tb\x1b[31m\udc85", id="other control characters"),
        pytest.param(b"[anon: a b ]", "[anon: a b ]", id="a name that the program gave"),
    ],
)
def test_the_path_is_what_the_kernel_prints(printed, path):
    assert one(b"1000-2000 rw-s 00000000 00:00 0                          " + printed + b"\n").path == path


def test_the_last_page_ends_at_the_top():
    area = one(b"fffffffffffff000-10000000000000000 r--p 00000000 00:00 0 \n")
    assert area.end == 1 << 64


def test_an_empty_text_has_no_areas():
    assert parse_maps(b"") == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"hello\n", id="no fields"),
        pytest.param(b"1000-2000 rw-p 00000000 00:00\n", id="too few fields"),
        pytest.param(b"1000-xyz rw-p 00000000 00:00 0\n", id="no address"),
        pytest.param(b"1000-2000 rwxq 00000000 00:00 0\n", id="no protection"),
        pytest.param(b"1000-2000 rw-p 00000000 00:00 zero\n", id="no inode"),
    ],
)
def test_what_is_no_such_text_is_refused(text):
    with pytest.raises(SourceError):
        parse_maps(text)


def test_the_areas_of_a_process_are_its_map_line_by_line(odd):
    lister = ProcfsLister(ProcessHandle(odd.pid))
    with open(f"/proc/{odd.pid}/maps", "rb") as file:
        lines = file.read().splitlines()
    areas = lister.areas()
    assert [f"{a.start:x}-{a.end:x} {a.perms} {a.offset:08x} {a.device} {a.inode}" for a in areas] == [
        re.match(rb"\S+ \S+ \S+ \S+ \S+", line).group().decode() for line in lines
    ]
    assert all(a.source == "procfs" and a.kind is None for a in areas)


def test_a_page_that_becomes_resident_does_not_change_the_snapshot(own_child):
    lister = ProcfsLister(ProcessHandle(own_child.pid))
    before = lister.snapshot()
    own_child.tell("touch sparse 1")
    assert lister.snapshot() == before


def test_a_mapping_that_comes_changes_the_snapshot():
    lister = ProcfsLister(ProcessHandle(os.getpid()))
    before = lister.snapshot()
    with mmap.mmap(-1, 1 << 20):
        assert lister.snapshot() != before


@pytest.mark.parametrize(
    ("place", "ending"),
    [
        pytest.param("newline", "/new\nline", id="a newline"),
        pytest.param("backslash", "/back\\012slash", id="the four characters that stand for a newline"),
        pytest.param("deleted", "/deleted (deleted)", id="a deleted file"),
        pytest.param("not_deleted", "/not (deleted)", id="a file whose name ends so"),
        pytest.param("bytes", "/" + os.fsdecode(b"\xff\xfe"), id="no UTF-8"),
        pytest.param("memfd", "/memfd:ptatlas (deleted)", id="a memfd"),
        pytest.param("shared", "/dev/zero (deleted)", id="shared and anonymous"),
        pytest.param("sparse", "", id="anonymous"),
    ],
)
def test_paths_of_a_real_process(odd, place, ending):
    path = listed(odd, place).path
    assert path.endswith(ending)
    assert bool(path) == bool(ending)


def test_the_map_of_a_process_whose_main_thread_has_ended_is_read_through_another(leaderless):
    with open(f"/proc/{leaderless.pid}/maps", "rb") as file:
        assert file.read() == b""
    assert listed(leaderless, "sparse").size == leaderless.place("sparse").size


def test_a_file_that_is_gone_is_told_from_one_whose_name_says_so(tmp_path):
    gone, named = tmp_path / "gone", tmp_path / "here (deleted)"
    for path in (gone, named):
        path.write_bytes(bytes(4096))
    with gone.open("rb") as first, named.open("rb") as second:
        maps = [mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ) for file in (first, second)]
    gone.unlink()
    areas = {area.path: area for area in ProcfsLister(ProcessHandle(os.getpid())).areas()}
    assert (areas[f"{gone} (deleted)"].deleted, areas[str(named)].deleted) == (True, False)
    assert areas["[stack]"].deleted is None
    for mapped in maps:
        mapped.close()
