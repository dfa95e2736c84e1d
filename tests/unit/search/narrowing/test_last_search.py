"""What a search leaves behind: which value was seen at a hit."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.search.hits.hit_list import HitList
from ptatlas.core.search.hits.hits import Hit
from ptatlas.core.search.narrowing.last_search import LastSearch
from ptatlas.core.search.patterns.pattern import Pattern

ARCH = Arch(8, "big")
PATTERNS = tuple(Pattern.parse(type_, "7", arch=ARCH) for type_ in ("u16", "u32", "str"))
TOP = 2**64 - 2


@pytest.fixture
def last() -> LastSearch:
    hits = HitList()
    for address, pattern, value in ((0x10, 0, 7), (0x10, 1, 0x70000), (0x10, 2, None), (TOP, 0, 0xFFFF)):
        hits.append(Hit(address, 2, pattern), value)
    return LastSearch(PATTERNS, ARCH, hits)


@pytest.mark.parametrize(
    ("address", "pattern", "content"),
    [
        pytest.param(0x10, None, b"\0\7", id="the first at the address"),
        pytest.param(0x10, 0, b"\0\7", id="of a pattern"),
        pytest.param(0x10, 1, b"\0\7\0\0", id="of another one"),
        pytest.param(0x10, 2, None, id="no number"),
        pytest.param(0x10, 3, None, id="of no pattern"),
        pytest.param(0xF, None, None, id="before a hit"),
        pytest.param(0x11, None, None, id="behind a hit"),
        pytest.param(TOP, None, b"\xff\xff", id="the last word"),
        pytest.param(TOP + 1, None, None, id="the last byte"),
    ],
)
def test_the_value_that_was_seen_at_a_hit_is_given_as_bytes(last, address, pattern, content):
    assert last.seen(address, pattern) == content


def test_matches_of_rules_have_no_values():
    hits = HitList()
    hits.append(Hit(0x10, 4, 1), None)
    assert LastSearch((), ARCH, hits).seen(0x10) is None
