"""Minidumps in LLDB: memory that begins and ends inside pages is searched, kept and compared to the byte."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.asking import run_json
from support.core_builder import elf_image
from support.minidumps import Module, write_minidump
from support.session import Session
from support.sessions import LldbSession

STACK = 0x7FFC00001230
# A program of another build than that in the file there, and a text.
ELSEWHERE, TEXT = 0x20000000, 0x10000000
MAPS = "00500000-00510000 rw-p 00000000 00:00 0 \n7ffc00000000-7ffc00010000 rw-p 00000000 00:00 0 [stack]\n"
# The stack from its pointer on; and what lies around registers, all within one page.
RANGES = [
    (STACK, b"FIRSTMARK" + bytes(0x500) + b"LASTMARK"),
    (0x500F80, b"NEARMARK"),
    (0x501080, b"MARKS" + bytes(120) + b"MARK"),
    (0x501805, b"OTHERMARK" + bytes(9)),
]
HITS = [0x500F84, 0x501080, 0x5010FD, 0x50180A, STACK + 5, STACK + 9 + 0x500 + 4]


@pytest.fixture(scope="module")
def session(tmp_path_factory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("minidump")
    named = {TEXT: folder / "private.txt", ELSEWHERE: folder / "program"}
    named[TEXT].write_bytes(b"PRIVATEMARK".ljust(0x2000))
    named[ELSEWHERE].write_bytes(elf_image(b"\x11" * 20, fill=ord("Z")))
    maps = "".join(f"{at:08x}-{at + 0x2000:08x} r--p 00000000 00:00 0 {path}\n" for at, path in named.items())
    modules = [Module(at, 0x2000, str(path), b"\x22" * 20) for at, path in named.items()]
    path = write_minidump(folder / "crash.dmp", RANGES, maps + MAPS, modules)
    with LldbSession.start(core=path) as session:
        session.load_ptatlas()
        yield session


def test_all_that_it_holds_is_found_and_the_rest_is_absent(session):
    found = run_json(session, "pt-find MARK")
    assert [int(hit["address"], 16) for hit in found["hits"]] == HITS
    coverage = found["coverage"]
    assert coverage["searched"] == sum(len(content) for _, content in RANGES)
    assert {part["why"] for part in coverage["unreadable"]} == {"absent"}


def test_a_snapshot_holds_the_same_and_differs_in_nothing(session):
    taken = run_json(session, "pt-image snapshot all")
    assert taken["coverage"]["searched"] == sum(len(content) for _, content in RANGES)
    found = run_json(session, "pt-find MARK --image all")
    assert [int(hit["address"], 16) for hit in found["hits"]] == HITS
    compared = run_json(session, "pt-image diff all live")
    assert compared["ranges"] == []
    assert compared["coverage"]["searched"] == taken["coverage"]["searched"]


def test_what_is_around_a_hit_is_shown_to_the_byte(session):
    shown = session.run("pt-find OTHERMARK -C 16")
    assert "?? ?? ?? ?? ??[4f 54 48  45 52 4d 41 52 4b]00 00" in shown


def test_what_it_names_is_no_memory_although_lldb_lists_it(session):
    assert "private.txt" in session.run("image list")
    for options in ("", f" --in {TEXT:#x},+0x2000", " --trust-files"):
        found = run_json(session, f"pt-find MARK{options}")
        assert {int(hit["address"], 16) for hit in found["hits"]} <= set(HITS)
    for options in ("", " --trust-files"):
        assert run_json(session, f"pt-image load files{options}")["sections"] == []
        session.run("pt-image drop files")
    modules = "inferior().target.modules.modules()"
    session.run_python("from ptatlas.lldbext import inferior")
    assert session.run_python(f"print({{one.is_read for one in {modules}}})").strip() == "{False}"
