"""Searching on the far side of a link, against a search of the same memory here."""

from __future__ import annotations

from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.sources import Piece, buffer_target
from ptatlas.gdbext.far_search import PiecewiseSearch, Refused

PAGE = 4096
BASE = 0x10000


class FarSide:
    """A stub that searches its memory as gdbserver does: it gives up at the first byte it can't read."""

    def __init__(self, pages: list[Optional[bytes]]) -> None:
        pieces = [Piece(BASE + n * PAGE, page) for n, page in enumerate(pages) if page is not None]
        self.memory = buffer_target(pieces).readers[0]
        self.asked: list[tuple[int, int, bytes]] = []

    def ask(self, start: int, size: int, pattern: bytes) -> Optional[int]:
        self.asked.append((start, size, pattern))
        room = bytearray(size)
        got = self.memory.read_into(start, memoryview(room))
        place = room[:got].find(pattern)
        if place >= 0:
            return start + place
        if got < size:
            raise Refused
        return None

    def search(self, start: int, size: int, pattern: bytes) -> Optional[int]:
        return PiecewiseSearch(self.ask, self.memory).search(start, size, pattern)


def oracle(pages: list[Optional[bytes]], start: int, size: int, pattern: bytes) -> Optional[int]:
    for address in range(start, start + size - len(pattern) + 1):
        held = bytearray()
        for byte in range(address, address + len(pattern)):
            page = pages[(byte - BASE) // PAGE] if 0 <= (byte - BASE) // PAGE < len(pages) else None
            if page is None:
                break
            held.append(page[(byte - BASE) % PAGE])
        if bytes(held) == pattern and pattern:
            return address
    return None


def page(**at: bytes) -> bytes:
    content = bytearray(PAGE)
    for place, text in at.items():
        content[int(place[1:]) : int(place[1:]) + len(text)] = text
    return bytes(content)


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        pytest.param([page(_16=b"needle")], BASE + 16, id="there"),
        pytest.param([page()], None, id="not there"),
        pytest.param([None, page(_16=b"needle")], BASE + PAGE + 16, id="after a page that can't be read"),
        pytest.param(
            [page(), None, None, page(), None, page(_0=b"needle")], BASE + 5 * PAGE, id="after several"
        ),
        pytest.param([page(_4093=b"nee"), page(_0=b"dle")], BASE + 4093, id="across two pages"),
        pytest.param(
            [page(_4093=b"nee"), None, page(_0=b"dle")], None, id="not across a page that is missing"
        ),
        pytest.param(
            [None, page(_4090=b"needle"), None], BASE + PAGE + 4090, id="at the end of what is there"
        ),
        pytest.param(
            [None] * 20 + [page(_0=b"needle")] + [None] * 20, BASE + 20 * PAGE, id="among many missing"
        ),
        pytest.param([page(_8=b"needle", _80=b"needle")], BASE + 8, id="the first of two"),
    ],
)
def test_the_first_match_is_found_whatever_cannot_be_read(pages, expected):
    assert FarSide(pages).search(BASE, len(pages) * PAGE, b"needle") == expected


def test_a_match_must_end_within_the_range():
    side = FarSide([page(_16=b"needle")])
    assert side.search(BASE, 21, b"needle") is None
    assert side.search(BASE, 22, b"needle") == BASE + 16
    assert side.search(BASE + 17, 100, b"needle") is None


def test_an_empty_pattern_is_nowhere():
    assert FarSide([page()]).search(BASE, PAGE, b"") is None


def test_a_pattern_longer_than_packets_are_is_found_whole():
    long = bytes(range(256)) * 3
    side = FarSide([page(_10=long[:600], _1000=long)])
    assert side.search(BASE, PAGE, long) == BASE + 1000
    assert max(len(pattern) for _, _, pattern in side.asked) <= 256


def test_the_range_goes_over_in_pieces_that_grow_while_answers_are_quick():
    side = FarSide([page()] * 256)
    assert side.search(BASE, 256 * PAGE, b"needle") is None
    sizes = [size for _, size, _ in side.asked]
    assert sizes[0] == (1 << 16) + 5
    assert max(sizes) > sizes[0]
    ends = [start + size - 5 for start, size, _ in side.asked]
    assert [start for start, _, _ in side.asked[1:]] == ends[:-1], "nothing is left out or asked twice"


def test_what_the_far_side_holds_must_be_what_is_seen_here():
    """A breakpoint that is inserted there is hidden here."""
    seen = FarSide([page(_80=b"needle")])
    there = FarSide([page(_8=b"needle", _80=b"needle")])
    assert PiecewiseSearch(there.ask, seen.memory).search(BASE, PAGE, b"needle") == BASE + 80


@given(
    pages=st.lists(st.one_of(st.none(), st.integers(0, 3)), min_size=1, max_size=6),
    start=st.integers(0, 2 * PAGE),
    size=st.integers(0, 4 * PAGE),
    pattern=st.sampled_from([b"a", b"ab", b"aab", b"b" * 5]),
    holds=st.lists(st.tuples(st.integers(0, 6 * PAGE), st.sampled_from([b"a", b"ab", b"aab"])), max_size=5),
)
def test_it_agrees_with_a_search_byte_by_byte(pages, start, size, pattern, holds):
    memory = bytearray(len(pages) * PAGE)
    for at, text in holds:
        memory[at : at + len(text)] = text[: max(0, len(memory) - at)]
    parts = [None if p is None else bytes(memory[n * PAGE : (n + 1) * PAGE]) for n, p in enumerate(pages)]
    assert FarSide(parts).search(BASE + start, size, pattern) == oracle(parts, BASE + start, size, pattern)
