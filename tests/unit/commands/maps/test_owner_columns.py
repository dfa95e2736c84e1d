"""Whose areas are, as pt-maps tells it."""

from __future__ import annotations

import csv

import pytest
from ptatlas.core.ports.threads import Thread, ThreadName
from support.mapped import mapped
from support.shell import Shell

TEXT = """
    7f0000000000-7f0000001000 ---p 00000000 00:00 0
    7f0000001000-7f0000801000 rw-p 00000000 00:00 0
    7f0000801000-7f0000802000 rw-p 00000000 00:00 0 [anon:v8]
    7ffd8906a000-7ffd8908b000 rw-p 00000000 00:00 0 [stack]
"""
OWNED = 'thread 2 "io", LWP 101'


@pytest.fixture
def shell():
    threads = [Thread(100, 0x7FFD8906A010), Thread(101, 0x7F0000001020)]
    names = {100: ThreadName(1, "x"), 101: ThreadName(2, "io")}
    return Shell(mapped(TEXT, threads=threads, names=names).target)


def paths(shell, command):
    return [line.partition("x0  ")[2].partition("  ")[2].strip() for line in shell.lines(command)[1:-1]]


def test_a_table_tells_owners_behind_paths_unless_these_say_it(shell):
    assert paths(shell, "pt-maps") == [
        "",
        f"({OWNED})",
        "[anon:v8]",
        '[stack] (thread 1 "x", LWP 100)',
    ]


def test_gaps_have_no_owner(shell):
    assert "(unmapped)" in shell.lines("pt-maps --gaps")[4]


def test_a_path_stays_the_path_in_documents(shell):
    areas = shell.json("pt-maps")["areas"]
    assert [area["path"] for area in areas] == ["", "", "[anon:v8]", "[stack]"]
    assert "owner" not in areas[0]
    assert areas[1]["owner"] == {
        "what": "stack",
        "of": None,
        "text": OWNED,
        "start": "0x7f0000001000",
        "end": "0x7f0000801000",
        "threads": [{"number": 2, "name": "io", "tid": 101}],
    }
    assert (areas[2]["owner"]["what"], areas[2]["owner"]["of"]) == ("heap", "V8")


def test_csv_has_the_path_alone_and_a_column_for_owners(shell):
    rows = list(csv.DictReader(shell.lines("pt-maps --format csv")))
    assert [row["path"] for row in rows] == ["", "", "[anon:v8]", "[stack]"]
    rows = list(csv.DictReader(shell.lines("pt-maps --format csv --columns start,owner,path")))
    assert [row["owner"] for row in rows[:3]] == ["", OWNED, "V8 heap"]


def test_a_column_of_owners_leaves_the_paths_alone(shell):
    lines = [line.split("  ") for line in shell.lines("pt-maps --columns owner,path")]
    assert lines[2] == [OWNED]
    assert (lines[3][0], lines[3][-1].strip()) == ("V8 heap", "[anon:v8]")


def test_a_thread_s_name_cannot_drive_the_terminal():
    names = {101: ThreadName(2, "io\x1b[31m")}
    shell = Shell(mapped(TEXT, threads=[Thread(101, 0x7F0000001020)], names=names).target)
    assert "\x1b" not in shell.run("pt-maps") + shell.run("pt-maps --marks")
    assert r"io\x1b[31m" in shell.run("pt-maps")
