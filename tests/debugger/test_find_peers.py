"""Cases in which other searches fail their users, and pt-find beside the debuggers' own on the same bytes."""

from __future__ import annotations

import random
import re
import struct
from pathlib import Path

import pytest
from support.asking import run_json
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.core_builder import PAGE
from support.pages import DATA, GUARD, HOLE, READ_ONLY, build, filled, has_guard_pages, with_text
from support.sessions import GdbSession, LldbSession

TEXT = "ptatlas-peer-needle"


@pytest.fixture(scope="module")
def child(tmp_path_factory):
    with Child(compile_c(PROGRAMS / "pages.c", tmp_path_factory.mktemp("programs"))) as running:
        yield running


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def debugger(request):
    with request.param.start() as session:
        session.load_ptatlas()
        yield session


@pytest.fixture
def look_at(child, debugger, tmp_path):
    """Let the child make pages, then attach a debugger; gives the session and the pages where they are."""

    def attach(wanted):
        placed = build(child, wanted, tmp_path)
        debugger.attach(child.pid)
        return debugger, placed

    yield attach
    debugger.detach()


def found(session, arguments):
    return [int(hit["address"], 16) for hit in run_json(session, f"pt-find {arguments}")["hits"]]


needs_guards = pytest.mark.skipif(
    not has_guard_pages(), reason="this kernel has no guard pages, which nobody can read (Linux 6.13)"
)


# --- Where GDB's find stops, LLDB's crawls, and GEF's and pwndbg's searches lose hits --------------


@needs_guards
@pytest.mark.parametrize(
    ("kinds", "pages"),
    [
        pytest.param("dgd", [0, 2], id="in the middle"),
        pytest.param("gdd", [1, 2], id="at the start"),
        pytest.param("ddg", [0, 1], id="at the end"),
        pytest.param("gdgdg", [1, 3], id="here and there"),
    ],
)
def test_an_unreadable_page_of_an_area_hides_only_itself(look_at, kinds, pages):
    session, placed = look_at(with_text(kinds, TEXT.encode(), 200))
    document = run_json(session, f"pt-find {TEXT} --in {placed.base:#x},+{placed.end - placed.base}")
    assert [int(hit["address"], 16) for hit in document["hits"]] == [
        placed.base + PAGE * n + 200 for n in pages
    ]
    refused = [(int(p["start"], 16), int(p["end"], 16)) for p in document["coverage"]["unreadable"]]
    assert refused == placed.of(GUARD)


def test_an_unmapped_page_between_two_areas_hides_nothing(look_at):
    session, placed = look_at(with_text("dhd", TEXT.encode(), 200))
    scope = f"{placed.base:#x},+{placed.end - placed.base}"
    assert found(session, f"{TEXT} --in {scope}") == [placed.base + 200, placed.base + 2 * PAGE + 200]


@needs_guards
def test_nothing_found_says_what_was_not_searched(look_at):
    session, placed = look_at(with_text("dgd", b"", 0))
    told = session.run(f"pt-find {TEXT} --in {placed.base:#x},+{placed.end - placed.base}")
    assert told.splitlines()[0].startswith("0 hits"), told
    assert "unreadable" in told
    assert f"{placed.base + PAGE:#x}" in told


def test_device_like_areas_that_cannot_be_read_are_left_out_and_said_to_be(look_at):
    session, _ = look_at(with_text("d", b"", 0))
    (area,) = [area for area in run_json(session, "pt-maps")["areas"] if area["path"] == "[vvar]"]
    usual = run_json(session, f"pt-find {TEXT} --in [vvar]")["coverage"]
    assert (usual["left_out"], usual["searched"]) == (area["size"], 0)
    asked = run_json(session, f"pt-find {TEXT} --all --in [vvar]")["coverage"]
    unreadable = sum(int(part["end"], 16) - int(part["start"], 16) for part in asked["unreadable"])
    assert asked["searched"] + unreadable == area["size"]


# --- Where LLDB's FindRangesInMemory misses an exact fit -------------------------------------------


@pytest.mark.parametrize(("size", "count"), [(len(TEXT), 1), (len(TEXT) - 1, 0)])
def test_a_match_that_fits_the_end_of_its_range_exactly_is_found(look_at, size, count):
    session, placed = look_at(with_text("d", TEXT.encode(), PAGE - len(TEXT)))
    start = placed.end - len(TEXT)
    assert found(session, f"{TEXT} --in {start:#x},+{size}") == [start] * count


# --- Beside the debuggers' own, where these can search ---------------------------------------------


def test_what_is_found_is_what_the_debugger_s_own_search_finds(look_at):
    rng = random.Random(6)
    session, placed = look_at(filled(DATA * 5 + READ_ONLY * 2 + HOLE + DATA * 3, DATA + READ_ONLY, rng))
    for run in placed.of(DATA + READ_ONLY):
        content = placed.data[run.start - placed.base : run.end - placed.base]
        for _ in range(6):
            size = rng.choice((1, 2, 4, 8))
            at = rng.choice((rng.randrange(30), len(content) - rng.randrange(8, 40)))
            needle = content[at : at + size]
            ours = found(session, f"-x '{needle.hex(' ')}' --in {run.start:#x},+{run.size}")
            assert ours == _own(session, run.start, run.size, needle), needle
            value = int.from_bytes(needle, "little")
            assert found(session, f"-t u{8 * size} {value} --in {run.start:#x},+{run.size}") == ours
            assert run.start + at in ours


def _own(session, start, size, needle):
    """Where the debugger's own command finds an integer of 1, 2, 4 or 8 bytes."""
    if session.name == "gdb":
        letter = {1: "b", 2: "h", 4: "w", 8: "g"}[len(needle)]
        value = int.from_bytes(needle, "little")
        told = session.run(f"find /{letter} {start:#x}, +{size}, {value}")
        return [int(line, 16) for line in re.findall(r"^(0x[0-9a-f]+)", told, re.MULTILINE)]
    type_ = {1: "unsigned char", 2: "unsigned short", 4: "unsigned int", 8: "unsigned long"}[len(needle)]
    (value,) = struct.unpack({1: "<B", 2: "<H", 4: "<I", 8: "<Q"}[len(needle)], needle)
    told = session.run(f"memory find -e '({type_}){value}' -c 100000 -- {start:#x} {start + size:#x}")
    return [int(place, 16) for place in re.findall(r"data found at location: (0x[0-9a-f]+)", told)]


# --- No trace -------------------------------------------------------------------------------------


def trace(pid):
    """Page tables and resident memory in kilobytes, and what the process read and wrote."""
    status = re.findall(r"^(\w+):\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    sizes = {name: int(size) for name, size in status}
    return sizes, Path(f"/proc/{pid}/io").read_text()


def test_a_search_of_everything_leaves_the_inferior_as_it_was(look_at, child, tmp_path):
    session, _ = look_at(with_text("d" + "u" * 100, TEXT.encode(), 200))
    session.run("pt-maps")  # so that the debugger has read what it reads for itself
    before, did = trace(child.pid)
    document = run_json(session, f"pt-find {TEXT}")
    assert document["count"] == 1
    after, does = trace(child.pid)
    assert does == did
    assert after["VmPTE"] == before["VmPTE"]
    assert after["RssAnon"] == before["RssAnon"]
    # What has no file, [vdso], is read through the process.
    assert after["RssFile"] - before["RssFile"] <= 2 * PAGE // 1024


# --- What the debugger shows, under breakpoints ---------------------------------------------------

TWO_THREADS = """
#include <pthread.h>
#include <unistd.h>

__attribute__((noinline)) void here(void) { __asm__ volatile("nop; nop; nop"); }
static void *run(void *unused) { for (;;) pause(); return unused; }

int main(void)
{
    pthread_t thread;
    pthread_create(&thread, 0, run, 0);
    here();
    return 0;
}
"""


def test_in_non_stop_mode_what_lies_under_a_breakpoint_is_found_and_the_trap_is_not(start_gdb, build_dir):
    program = compile_c(TWO_THREADS, build_dir, "-pthread")
    session = start_gdb(program)
    assert session.load_ptatlas() == ""
    session.run("set non-stop on")
    session.run("break here")
    session.run("run < /dev/null")
    code = run_json(session, "pt-find -e '*(int *)$pc'")
    here = int(run_json(session, "pt-maps $pc")["at"]["address"], 16)
    assert here in [int(hit["address"], 16) for hit in code["hits"]]
    with open(f"/proc/{run_json(session, 'pt-maps')['pid']}/mem", "rb") as memory:
        memory.seek(here)
        really = memory.read(4)
    assert really.hex() != code["hits"][0]["bytes"], "no breakpoint is inserted, so this shows nothing"
    assert found(session, f"-x '{really.hex(' ')}' --in {here:#x},+4") == []
