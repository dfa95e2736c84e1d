"""Which areas a core file shows, and which bytes are content, absent, or zeros."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.arch import Arch
from ptatlas.core.elf.headers import PT_LOAD, ProgramHeader
from ptatlas.core.errors import SourceDenied, SourceError
from ptatlas.core.files.pinned import OpenFile
from ptatlas.core.ranges import TOP
from ptatlas.core.sources import core_target
from ptatlas.core.sources.elf_core.layout import loads
from support.core_builder import EM_386, EM_S390, EM_X86_64, PAGE, CoreBuilder


def open_core(tmp_path, builder, **options):
    return core_target(builder.write(tmp_path / "core"), **options)


def areas(target):
    return [(a.start, a.end, a.perms, a.offset, a.path) for a in target.listers[0].areas()]


def absent(target):
    return [tuple(r) for r in target.absent.absent(0, TOP)]


def read(target, address, size):
    room = bytearray(size)
    return bytes(room[: target.readers[0].read_into(address, memoryview(room))])


@pytest.mark.parametrize("endian", ["little", "big"])
@pytest.mark.parametrize(("word_size", "machine"), [(8, EM_X86_64), (4, EM_386), (8, EM_S390), (4, EM_S390)])
def test_segments_are_areas_with_their_content(tmp_path, word_size, endian, machine):
    builder = CoreBuilder(word_size, endian, machine)
    builder.load(0x3000, b"third", "r-x").load(0x1000, b"first", "rw-").load(0x2000, b"second", "---")
    target = open_core(tmp_path, builder)
    assert target.arch == Arch(word_size, endian)
    assert areas(target) == [
        (0x1000, 0x1005, "rw-?", None, None),
        (0x2000, 0x2006, "---?", None, None),
        (0x3000, 0x3005, "r-x?", None, None),
    ]
    assert [read(target, at, 100) for at in (0x1000, 0x2001, 0x3002, 0x1005)] == [
        b"first",
        b"econd",
        b"ird",
        b"",
    ]
    assert {a.source for a in target.listers[0].areas()} == {target.readers[0].source} == {"core"}


def test_the_top_page_is_an_area_like_any_other(tmp_path):
    target = open_core(tmp_path, CoreBuilder().load(TOP - PAGE, b"x" * PAGE))
    assert areas(target)[0][:2] == (TOP - PAGE, TOP)
    assert read(target, TOP - 2, 10) == b"xx"


def test_what_the_dump_left_out_is_absent_rather_than_zero(tmp_path):
    target = open_core(tmp_path, CoreBuilder().load(0x1000, b"abc", size=0x2000))
    assert read(target, 0x1000, 100) == b"abc"
    assert absent(target) == [(0x1003, 0x3000)]
    assert target.problems == ()


def test_holes_of_a_sparse_core_are_zeros(tmp_path):
    path = tmp_path / "core"
    builder = CoreBuilder().load(0x1000, b"", size=1 << 30)
    data = bytearray(builder.build())
    data[64 + 32 : 64 + 40] = (1 << 30).to_bytes(8, "little")  # p_filesz
    with path.open("wb") as file:
        file.write(data)
        file.truncate(len(data) + (1 << 30))
        file.seek(len(data) + 12345)
        file.write(b"here")
    target = core_target(str(path))
    assert read(target, 0x1000 + 12345 - 4, 12) == bytes(4) + b"here" + bytes(4)
    assert absent(target) == []


def test_mapped_files_cut_segments_where_they_begin_and_end(tmp_path):
    builder = CoreBuilder().load(0x10000, bytes(0x5000), "r--").load(0x20000, bytes(0x1000), "rw-")
    builder.files((0x11000, 0x12000, 0x3000, b"/lib/a"), (0x12000, 0x13000, 0, b"/lib/b (deleted)"))
    assert areas(open_core(tmp_path, builder)) == [
        (0x10000, 0x11000, "r--?", 0, ""),
        (0x11000, 0x12000, "r--?", 0x3000, "/lib/a"),
        (0x12000, 0x13000, "r--?", 0, "/lib/b (deleted)"),
        (0x13000, 0x15000, "r--?", 0, ""),
        (0x20000, 0x21000, "rw-?", 0, ""),
    ]


def test_a_file_over_several_segments_keeps_its_offsets(tmp_path):
    builder = CoreBuilder().load(0x10000, bytes(0x1000), "r--").load(0x11000, bytes(0x1000), "r-x")
    builder.files((0x10000, 0x12000, 0x8000, b"/lib/a"))
    assert [a[3] for a in areas(open_core(tmp_path, builder))] == [0x8000, 0x9000]


def test_a_mapped_file_that_no_segment_shows_is_an_area_of_unknown_protection(tmp_path):
    builder = CoreBuilder().load(0x10000, bytes(0x1000), "r--")
    builder.files((0x10000, 0x11000, 0, b"/a"), (0x11000, 0x13000, 0x1000, b"/a"), page_size=1)
    assert areas(open_core(tmp_path, builder)) == [
        (0x10000, 0x11000, "r--?", 0, "/a"),
        (0x11000, 0x13000, "????", 0x1000, "/a"),
    ]


def test_offsets_of_files_are_in_the_pages_that_the_note_names(tmp_path):
    builder = CoreBuilder().load(0x10000, bytes(0x10000), "r--")
    builder.files((0x10000, 0x20000, 3 * 65536, b"/a"), page_size=65536)
    assert areas(open_core(tmp_path, builder))[0][3] == 3 * 65536


def test_without_a_list_of_files_no_area_is_said_to_have_none(tmp_path):
    assert areas(open_core(tmp_path, CoreBuilder().load(0x1000, b"x")))[0][3:] == (None, None)
    assert areas(open_core(tmp_path, CoreBuilder().files().load(0x1000, b"x")))[0][3:] == (0, "")


def test_names_of_files_are_kept_byte_by_byte(tmp_path):
    builder = CoreBuilder().load(0x1000, bytes(PAGE)).files((0x1000, 0x2000, 0, b"/\xff \x1b[31m\n"))
    assert areas(open_core(tmp_path, builder))[0][4] == "/\udcff \x1b[31m\n"


def test_the_kernel_s_areas_are_named_by_what_points_to_them(tmp_path):
    builder = CoreBuilder().files((0x5000, 0x6000, 0, b"/lib/a"))
    builder.auxv(SYSINFO_EHDR=0x1000, RANDOM=0x3010, EXECFN=0x3020)
    for address in (0x1000, 0x2000, 0x3000, 0x5000, 0xFFFFFFFFFF600000):
        builder.load(address, bytes(PAGE))
    names = [a[4] for a in areas(open_core(tmp_path, builder))]
    assert names == ["[vdso]", "", "[stack]", "/lib/a", "[vsyscall]"]


def test_a_file_is_not_renamed_by_what_points_into_it(tmp_path):
    builder = CoreBuilder().files((0x1000, 0x2000, 0, b"/vdso.so")).auxv(SYSINFO_EHDR=0x1000)
    assert areas(open_core(tmp_path, builder.load(0x1000, bytes(PAGE))))[0][4] == "/vdso.so"


def test_a_kernel_s_core_has_no_notes_and_high_addresses(tmp_path):
    builder = CoreBuilder().load(0xFFFFFFFF80000000, bytes(PAGE), "rwx").load(TOP - PAGE, bytes(PAGE), "rwx")
    target = open_core(tmp_path, builder)
    assert [a[1] for a in areas(target)] == [0xFFFFFFFF80001000, TOP]
    assert (target.pid, target.name, target.threads.threads(), target.modules.modules()) == (
        None,
        None,
        (),
        [],
    )


# --- damage ----------------------------------------------------------------------------------------


def test_what_lies_beyond_the_end_of_a_core_that_is_cut_off_is_absent(tmp_path):
    path = tmp_path / "core"
    path.write_bytes(CoreBuilder().load(0x1000, b"a" * PAGE).load(0x2000, b"b" * PAGE).build()[: -PAGE - 96])
    target = core_target(str(path))
    assert read(target, 0x1000, 2 * PAGE) == b"a" * (PAGE - 96)
    assert absent(target) == [(0x2000 - 96, 0x3000)]
    assert len(target.problems) == 1
    assert f"{PAGE + 96} bytes" in target.problems[0]


def test_of_a_file_that_was_mapped_nothing_replaces_what_was_cut_off(tmp_path):
    # The dump held these bytes because the process may have changed them.
    (tmp_path / "lib").write_bytes(b"f" * PAGE)
    builder = CoreBuilder().files((0x1000, 0x2000, 0, bytes(tmp_path / "lib"))).load(0x1000, b"m" * PAGE)
    path = tmp_path / "core"
    path.write_bytes(builder.build()[:-PAGE])
    assert absent(core_target(str(path))) == [(0x1000, 0x2000)]


@pytest.mark.parametrize(
    ("loads", "expected"),
    [
        pytest.param(
            [(0x1000, 0x2000), (0x2000, 0x2000)], [(0x1000, 0x3000), (0x3000, 0x4000)], id="in part"
        ),
        pytest.param([(0x1000, 0x3000), (0x2000, 0x1000)], [(0x1000, 0x4000)], id="one in another"),
        pytest.param([(0x1000, 0x1000), (0x1000, 0x1000)], [(0x1000, 0x2000)], id="twice the same"),
        pytest.param([(TOP - PAGE, 2 * PAGE)], [(TOP - PAGE, TOP)], id="beyond the top"),
    ],
)
def test_segments_that_overlap_are_cut_and_said_to(tmp_path, loads, expected):
    builder = CoreBuilder()
    for number, (address, size) in enumerate(loads):
        builder.load(address, bytes([number + 1]) * size)
    target = open_core(tmp_path, builder)
    assert [a[:2] for a in areas(target)] == expected
    assert all(len(read(target, a, b - a)) == b - a for a, b in expected)
    assert any("overlap" in problem for problem in target.problems)


def test_of_segments_that_overlap_the_first_in_the_file_is_shown(tmp_path):
    """GDB 13's gcore writes a heap that begins far below a program behind a stub, and writes it last."""
    builder = CoreBuilder().load(0x4000, b"text" * 0x400, "r-x").load(0x8000, b"data" * 0x400)
    target = open_core(tmp_path, builder.load(0x2000, bytes(0xA000)))
    assert [a[:2] for a in areas(target)] == [
        (0x2000, 0x4000),
        (0x4000, 0x5000),
        (0x5000, 0x8000),
        (0x8000, 0x9000),
        (0x9000, 0xC000),
    ]
    assert read(target, 0x3FFC, 8) == bytes(4) + b"text"
    assert read(target, 0x8FFC, 8) == b"data" + bytes(4)
    assert any("1 segments overlap others" in problem for problem in target.problems)


def test_content_beyond_a_segment_s_memory_is_not_shown(tmp_path):
    target = open_core(tmp_path, CoreBuilder().load(0x1000, b"abcdef", size=3))
    assert read(target, 0x1000, 10) == b"abc"


def test_a_core_that_shrinks_while_it_is_open_reads_short(tmp_path):
    path = tmp_path / "core"
    path.write_bytes(CoreBuilder().load(0x1000, b"a" * PAGE).build())
    target = core_target(str(path))
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 96)
    assert read(target, 0x1000, PAGE) == b"a" * (PAGE - 96)


def test_a_core_that_is_replaced_while_it_is_open_is_read_on(tmp_path):
    path = tmp_path / "core"
    path.write_bytes(CoreBuilder().load(0x1000, b"old").build())
    target = core_target(str(path))
    path.unlink()
    path.write_bytes(CoreBuilder().load(0x1000, b"new").build())
    assert read(target, 0x1000, 3) == b"old"


def test_program_headers_that_are_cut_off_are_a_problem_and_the_others_count(tmp_path):
    path = tmp_path / "core"
    path.write_bytes(CoreBuilder().load(0x1000, size=PAGE).load(0x2000, size=PAGE).build()[:-1])
    target = core_target(str(path))
    assert [a[:2] for a in areas(target)] == [(0x1000, 0x2000)]
    assert "only 1 of 2" in target.problems[0]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"", "not an ELF file", id="empty"),
        pytest.param(b"core dump of something else", "not an ELF file", id="garbage"),
        pytest.param(CoreBuilder().load(0, b"x").build()[:50], "ends within its header", id="half a header"),
        pytest.param(
            CoreBuilder().load(0, b"x").build()[:70], "without program headers", id="cut off after it"
        ),
        pytest.param(CoreBuilder().build(), "without program headers", id="nothing in it"),
    ],
)
def test_what_is_no_core_file_is_refused_with_the_reason(tmp_path, content, what):
    path = tmp_path / "core"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=what) as caught:
        core_target(str(path))
    assert str(path) in str(caught.value)


def test_a_program_is_no_core_file():
    with pytest.raises(SourceError, match="not a core file"):
        core_target("/proc/self/exe")


@pytest.mark.parametrize("name", ["missing", "folder", "fifo", "x" * 300])
def test_what_is_no_file_is_refused(tmp_path, name):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(SourceError):
        core_target(str(tmp_path / name))


def test_a_core_file_that_may_not_be_read_is_denied(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs another user, which only root can become")
    path = CoreBuilder().load(0, b"x").write(tmp_path / "core")
    os.chmod(path, 0o600)
    pid = os.fork()
    if pid == 0:
        os.setresuid(65534, 65534, 65534)
        try:
            core_target(path)
        except SourceDenied:
            os._exit(7)
        finally:
            os._exit(8)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 8)), max_size=8))
def test_each_address_shows_the_first_segment_that_has_it(places):
    headers = [
        ProgramHeader(PT_LOAD, 4, 100 * number, start, size, size, 1)
        for number, (start, size) in enumerate(places)
    ]
    problems: list[str] = []
    found = loads(headers, OpenFile.open(__file__), 16, problems)
    shown = {at: load.offset + at - load.start for load in found for at in range(load.start, load.end)}
    first: dict[int, int] = {}
    for number, (start, size) in enumerate(places):
        for at in range(start, min(start + size, 16)):
            first.setdefault(at, 100 * number + at - start)
    assert shown == first
    assert [load.start for load in found] == sorted(load.start for load in found)
    assert any("overlap" in problem for problem in problems) == (len(first) < sum(size for _, size in places))
