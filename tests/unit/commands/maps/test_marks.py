"""pt-maps --marks: where the threads' registers point to, and whose the areas are."""

from __future__ import annotations

import re

import pytest
from ptatlas.core.ports.threads import Thread, ThreadName
from support.mapped import mapped
from support.shell import Shell

TEXT = """
    00400000-00401000 r-xp 00000000 fe:00 7 /bin/x
    7f0000000000-7f0000001000 ---p 00000000 00:00 0
    7f0000001000-7f0000801000 rw-p 00000000 00:00 0
    7ffd8906a000-7ffd8908b000 rw-p 00000000 00:00 0 [stack]
"""
STACK = 0x7F0000001000
NAMES = {100: ThreadName(1, "x"), 101: ThreadName(2, "io")}


def over(*threads):
    return Shell(mapped(TEXT, threads=threads, names=NAMES).target)


@pytest.fixture
def shell():
    return over(Thread(100, 0x7FFD8906A010, 0x400010), Thread(101, STACK + 0x20, 0x400020))


def test_each_mark_stands_below_its_area(shell):
    lines = shell.lines("pt-maps --marks")[1:]
    marks = ("  sp ", "  pc ")
    assert [
        line.strip() if line.startswith(marks) else re.split("[- ]", line.strip())[0] for line in lines
    ] == [
        "0x400000",
        'pc 0x400010 of thread 1 "x", LWP 100',
        'pc 0x400020 of thread 2 "io", LWP 101',
        "0x7f0000000000",
        "0x7f0000001000",
        'sp 0x7f0000001020 of thread 2 "io", LWP 101',
        "0x7ffd8906a000",
        'sp 0x7ffd8906a010 of thread 1 "x", LWP 100',
        "4",
    ]


def test_a_document_has_the_marks_of_each_area(shell):
    document = shell.json("pt-maps --marks")
    marked = {area["start"]: area["marks"] for area in document["areas"] if "marks" in area}
    assert list(marked) == ["0x400000", "0x7f0000001000", "0x7ffd8906a000"]
    assert marked["0x7f0000001000"] == [
        {
            "register": "sp",
            "address": "0x7f0000001020",
            "thread": {"number": 2, "name": "io", "tid": 101},
        }
    ]
    assert document["marks_outside"] == []
    assert "marks" not in shell.run("pt-maps --json")


def test_of_two_thousand_threads_a_few_are_told():
    threads = [Thread(tid, 0x7FFD8906A000 + tid, 0x400000 + tid) for tid in range(100, 2100)]
    shell = over(*threads)
    lines = shell.lines("pt-maps --marks -k module")
    assert len(lines) == 8
    assert lines[5:7] == ["  pc 0x400067 of LWP 103", "  pc of 1996 more threads"]
    assert len(shell.json("pt-maps --marks -k module")["areas"][0]["marks"]) == 2000


def test_a_register_that_points_nowhere_is_told():
    shell = over(Thread(100, 0x10, 0), Thread(101, None, None))
    assert shell.lines("pt-maps --marks")[-2:] == [
        'sp 0x10 of thread 1 "x", LWP 100, in no area',
        'pc 0x0 of thread 1 "x", LWP 100, in no area',
    ]
    outside = shell.json("pt-maps --marks")["marks_outside"]
    assert [(mark["register"], mark["address"]) for mark in outside] == [("sp", "0x10"), ("pc", "0x0")]


def test_without_threads_nothing_is_marked():
    assert over().lines("pt-maps --marks")[-1] == "4 areas, 8332K; map 1, from procfs"
