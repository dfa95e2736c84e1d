"""A core that leaves the program's file out: what the debugger shows there is searched where it is named."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from support.asking import run_json
from support.compile import compile_c
from support.core_builder import CoreBuilder
from support.session import Session
from support.sessions import GdbSession, LldbSession

SOURCE = """
__attribute__((section("hay"))) const char mark[] = "MARK OF THE FILE";
void _start(void) { for (;;) ; }
"""
HAY, STACK = 0x600000, 0x7FFFE000
NT_X86_XSTATE = 0x202
FLAGS = ("-static", "-nostdlib", "-no-pie", "-fno-pie", f"-Wl,--section-start=hay={HAY:#x}")


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def session(request, build_dir, tmp_path_factory) -> Iterator[Session]:
    """A core of the stack alone; nothing in it says where the program lies."""
    core = CoreBuilder().thread(42, struct.pack("<27Q", *[0] * 19, STACK, *[0] * 7))
    core.note(b"LINUX", NT_X86_XSTATE, bytes(1024))  # LLDB takes the core for one of Linux by it
    core.load(STACK, b"MARK".ljust(0x1000, b"\1"))
    path = tmp_path_factory.mktemp("without_text") / "core"
    core.write(path)
    with request.param.start(compile_c(SOURCE, build_dir, *FLAGS), core=path) as session:
        assert session.load_ptatlas() == ""
        yield session


def addresses(document) -> list[int]:
    return [int(hit["address"], 16) for hit in document["hits"]]


def test_what_is_named_is_searched_and_told_to_be_of_the_file(session):
    document = run_json(session, f"pt-find MARK --in {HAY:#x},+16")
    assert (addresses(document), document["coverage"]["searched"]) == ([HAY], 16)
    (problem,) = document["problems"]
    assert "no memory of the process" in problem
    assert f"{HAY:#x}..{HAY + 16:#x} as it is in the file /" in problem
    assert addresses(run_json(session, "pt-find --next")) == [HAY]
    assert addresses(run_json(session, f"pt-find MARK --in {HAY + 4:#x}")) == [HAY]


def test_what_is_named_is_kept_in_a_snapshot_and_compared(session):
    taken = run_json(session, f"pt-image snapshot it --in {HAY:#x},+16")
    assert ([item["start"] for item in taken["sections"]], len(taken["problems"])) == ([hex(HAY)], 1)
    assert addresses(run_json(session, "pt-find MARK --image it")) == [HAY]
    compared = run_json(session, "pt-image diff it live")
    assert (compared["ranges"], compared["coverage"]["searched"]) == ([], 16)


def test_what_is_not_named_is_not_taken_for_the_process(session):
    document = run_json(session, "pt-find MARK")
    assert (addresses(document), "problems" in document) == ([STACK], False)
