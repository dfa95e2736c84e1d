"""Expressions are found at every place, and no call of `re` is deaf for long, whatever they are."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.collector import no_full_collection
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.ticks import ticking
from support.targets import buffer_target

# CPU seconds: an interrupt that waits for so long leaves half of what is promised for all the rest.
MOST_DEAF = 0.05


class Enough(Exception):
    """What ends a search of which enough was seen."""


def found(expression: bytes, content: bytes) -> list[tuple[int, int]]:
    scanner = Scanner(buffer_target([(0, content, "rw-p")]).readers[0], [Range(0, len(content))])
    return [(hit.address, hit.size) for hit in scanner.find(Pattern.regex(expression))]


LETTERS, SHORT_RUNS = b"a" * (1 << 18), (b"a" * 4000 + b"\n") * 64


@pytest.mark.parametrize("content", [LETTERS, SHORT_RUNS], ids=["one run", "short runs"])
@pytest.mark.parametrize(
    "expression",
    [
        rb"[a-z]*Q",
        rb"(?i)[a-z]*Q",
        rb"[a-z]*[0-z]*Q",
        rb"[a-z]+[0-9a-z]q",
        rb"(?:[a-z]|b)*Q",
        rb"(a+)+Q",
        rb"aa+Q",
        rb"(?=[a-z]*Q)a",
        rb"a(?<=[a-y])[a-z]*Q",
        rb"([a-z])\1*Q",
        rb".*a.*b.*c.*d.*e",
        rb"(?s)(?:.?){2000}Q",
        rb"(?:aa|a)*?Q",
        rb"'([\x00-\xff]+)+\x00\x01\x02\x03zzzz'|a[^b]*b",
    ],
)
def test_no_call_of_re_is_deaf_for_long(expression, content):
    """How long it takes for a signal to be seen, in CPU time, in a search that is ended after a while."""
    seen = [time.thread_time()]

    def tick() -> None:
        seen.append(time.thread_time())
        if seen[-1] - seen[0] > 0.1:
            raise Enough

    with contextlib.suppress(Enough), no_full_collection(), ticking(tick, 0.002) as is_ticking:
        assert is_ticking
        found(expression, content)
    seen.append(time.thread_time())
    assert max(later - earlier for earlier, later in zip(seen, seen[1:])) < MOST_DEAF


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param(rb"a+b?", id="overlapping"),
        pytest.param(rb"(?i)A[b-c]{1,3}", id="flags of the whole"),
        pytest.param(rb"(?s)(?i)a.{0,3}C", id="flags twice"),
        pytest.param(rb"(?x) a [bc] + # as many as there are", id="a comment at the end"),
        pytest.param(rb"(a|b)\1", id="a group that is meant again"),
        pytest.param(rb"(?P<one>c)(?P=one)?", id="a named one"),
        pytest.param(rb"(?<=a)b*(?!c)", id="assertions, and no bytes"),
        pytest.param(rb"ab|c$|^b", id="alternatives, and the ends"),
        pytest.param(rb"ab+?c", id="text first, and no more than needed"),
        pytest.param(rb"abc?", id="text first, the last of it at will"),
        pytest.param(rb"\Aa|c\Z|\bb", id="the ends of all"),
    ],
)
@given(content=st.text("abcAB ", min_size=1, max_size=40).map(str.encode), times=st.integers(1, 90))
def test_it_is_found_wherever_re_matches(expression, content, times):
    content *= times
    match = re.compile(expression).match
    expected = [(at, m.end() - at) for at in range(len(content)) if (m := match(content, at, at + 4096))]
    assert found(expression, content) == expected
