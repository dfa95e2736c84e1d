"""Minidumps in LLDB: memory that begins and ends inside pages is searched, kept and compared to the byte."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.asking import run_json
from support.minidumps import write_minidump
from support.session import Session
from support.sessions import LldbSession

STACK = 0x7FFC00001230
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
    path = write_minidump(tmp_path_factory.mktemp("minidump") / "crash.dmp", RANGES, MAPS)
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
