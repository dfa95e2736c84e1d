"""The matching library itself: it finds every place of the expressions that it is given, and no other."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest
from ptatlas.core.search.finders.libc import address_of
from ptatlas.core.search.matcher.head_plan import expression
from ptatlas.core.search.matcher.library import Endings
from ptatlas.core.search.patterns.heads import Head
from support.matching import library

ALL = 1 << 20


def heads(*sources):
    """One head for each text of sets, as an expression has them."""
    found = [re.findall(rb"\[[^]]*\]|\\x[0-9a-f]{2}|.", source, re.DOTALL) for source in sources]
    every = [bytes([byte]) for byte in range(256)]
    return [
        Head(tuple(b"".join(b for b in every if re.match(one, b, re.DOTALL)) for one in sets))
        for sets in found
    ]


@contextmanager
def scanning_for(wanted):
    database = library().database([expression(each) for each in wanted])
    scanning = database.scanning()
    yield scanning
    scanning.close()
    database.close()


def ends_in(wanted, content):
    return {
        (found.start() + len(each.sets), number)
        for number, each in enumerate(wanted)
        for found in re.finditer(b"(?=%b)" % expression(each), content, re.DOTALL)
    }


@pytest.mark.parametrize(
    ("sources", "filler"),
    [
        pytest.param([rb"abc"], b"x", id="a literal"),
        pytest.param([rb"aab", rb"ab", rb"aaaa"], b"a", id="what overlaps itself"),
        pytest.param([rb"\x00\x00a", rb"\x00" * 8], b"\0", id="zeros"),
        pytest.param([rb"ab\x0a.c"], b"\n", id="newlines, which any byte may be"),
        pytest.param([rb"[aA][bB][zZ]"], b"B", id="either case"),
        pytest.param([rb"[a-z][^\x00]x", rb"[\x80-\xff].q"], b"\x80", id="sets"),
        pytest.param([rb"..a", rb"a.."], b"a", id="any bytes at either end"),
        pytest.param([rb"\x5d[\x5b-\x5e]\x2d\x5c"], b"]", id="bytes that mean something in sets"),
        # Vectorscan 5.4.9 and 5.4.12 miss these at the end of what they scan.
        pytest.param([rb"[01]Y[0-9][A-C]./.", rb"[0-2]b", rb":.[#>\x8f][01]Z"], b"x", id="short ones"),
        pytest.param([rb"[\x8d\x9e]\x7caX", rb"/[\x16\x38].", rb"XX/", rb".d[\x02\x22]"], b"\0", id="four"),
        pytest.param([rb"[01][az]d", rb"[a-z][m\x7b\x9a][\x09\x0a\x20][A-Z]"], b"y", id="sets alone"),
    ],
)  # fmt: skip
def test_it_finds_all_that_is_there_up_to_the_end_whatever_the_size(sources, filler):
    wanted = heads(*sources)
    samples = [bytes(members[0] for members in each.sets) for each in wanted]
    with scanning_for(wanted) as scanning:
        for size in [*range(1, 36), 63, 64, 65, 127, 128, 129]:
            for sample in samples:
                at = max(0, size - len(sample))
                planted = (filler * at + sample)[:size]
                found = scanning.scan(address_of(planted), size, ALL)
                assert found.complete
                assert set(found.ends) == ends_in(wanted, planted)


def test_it_stops_where_there_are_more_places_than_wanted():
    content = b"a" * 100_000
    with scanning_for(heads(b"aa")) as scanning:
        found = scanning.scan(address_of(content), len(content), 10)
    assert (len(found.ends), found.complete) == (10, False)


def test_what_no_scan_takes_at_once_is_not_scanned():
    with scanning_for(heads(b"abc")) as scanning:
        assert scanning.scan(0, 1 << 32, ALL) == Endings([], False)


def test_what_is_no_expression_is_refused():
    assert library().database([b"[a-"]) is None
