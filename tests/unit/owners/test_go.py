"""Go's heap, in a map of a program that Go 1.19 made."""

from __future__ import annotations

import struct

import pytest
from support.mapped import mapped, object_head, said

PROGRAM = """
    00400000-00482000 r-xp 00000000 fe:00 7 /usr/bin/hello
    00482000-00511000 r--p 00082000 fe:00 7 /usr/bin/hello
"""
HEAP = """
    c000000000-c000400000 rw-p 00000000 00:00 0
    c000400000-c004000000 ---p 00000000 00:00 0
"""
REST = "7f1b699af000-7f1b6bc00000 rw-p 00000000 00:00 0"


def note(owner=b"Go", kind=4):
    return struct.pack("<III", len(owner) + 1, 8, kind) + (owner + b"\0").ljust(4, b"\0") + b"build-id"


def program(found=None):
    return {0x400000: object_head((0, 0x400000, 0x82000, 0x82000), note=note() if found is None else found)}


@pytest.mark.parametrize(
    ("heap", "content", "expected"),
    [
        pytest.param(
            HEAP,
            program(),
            {"c000000000": "Go heap", "c000400000": "reserved for the Go heap"},
            id="one arena",
        ),
        pytest.param(
            "1c000000000-1c008000000 rw-p 0 00:00 0",
            program(),
            {"1c000000000": "Go heap"},
            id="the next place",
        ),
        pytest.param("c000000000-c000400000 rw-p 0 00:00 0", program(), {}, id="no whole arena"),
        pytest.param("c000001000-c004000000 rw-p 0 00:00 0", program(), {}, id="not where arenas begin"),
        pytest.param("c000000000-c004000000 rw-p 0 fe:00 9 /tmp/x", program(), {}, id="a file lies there"),
        pytest.param(HEAP, program(b""), {}, id="no note"),
        pytest.param(HEAP, program(note(b"GNU", 3)), {}, id="another note"),
        pytest.param(HEAP, program(note()[:10]), {}, id="a damaged note"),
        pytest.param(HEAP, {}, {}, id="headers that can't be read"),
    ],
)
def test_the_heap_of_a_go_program(heap, content, expected):
    assert said(mapped(f"{PROGRAM}{heap}\n{REST}", content)) == expected


def test_headers_are_not_read_where_nothing_begins_like_the_heap():
    inferior = mapped(PROGRAM + REST, program())
    assert said(inferior) == {}
    assert inferior.target.readers[0].asked == []
