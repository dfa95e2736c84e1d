"""What a matching library is asked to look for, and when it isn't asked at all."""

from __future__ import annotations

import pytest
from ptatlas.core.search.matcher import head_plan as module
from ptatlas.core.search.matcher.head_plan import expression, plan_heads
from ptatlas.core.search.patterns.heads import Head
from ptatlas.core.search.patterns.pattern import Pattern
from support.matching import library

MUCH = 1 << 30
MASK = Pattern.hex("48 8b ?? 0? f0 11")
LITERALS = [Pattern.raw(b"literal %d" % number) for number in range(1000)]


def planned(patterns, size=MUCH):
    """The numbers of the patterns that are looked for, None without a plan."""
    library()
    plan = plan_heads(patterns, [1] * len(patterns), size)
    if plan is None:
        return None
    plan.database.close()
    return plan.numbers


@pytest.mark.parametrize(
    "patterns",
    [
        pytest.param([MASK], id="a mask"),
        pytest.param([Pattern.text("Needle", ignore_case=True)], id="text of either case"),
        pytest.param([Pattern.regex(rb"[A-Z]{4}-[0-9]{6}")], id="an expression"),
        pytest.param([Pattern.regex(rb"needle[a-z]+x")], id="one that `re` decides"),
        pytest.param(LITERALS[:8], id="a few literals"),
        pytest.param(LITERALS, id="many literals"),
    ],
)
def test_all_of_these_are_looked_for(patterns):
    assert planned(patterns) == frozenset(range(len(patterns)))


@pytest.mark.parametrize(
    ("patterns", "size"),
    [
        pytest.param(LITERALS[:1], MUCH, id="one literal, for which the C library is as fast"),
        pytest.param([MASK], 1 << 20, id="little memory"),
        pytest.param(LITERALS, 128 << 20, id="little memory for so many"),
        pytest.param([Pattern.regex(rb"a+")], MUCH, id="an expression of which one byte is known"),
        pytest.param([MASK, Pattern.regex(rb"a+")], MUCH, id="a mask beside it: one thread does it all"),
        pytest.param([Pattern.regex(rb"needle.*x.*y")], MUCH, id="an expression that may take long"),
        pytest.param([MASK, Pattern.regex(rb"needle.*x.*y")], MUCH, id="a mask beside it"),
        pytest.param([Pattern.regex(rb"[^\x00-\xff]needle")], MUCH, id="what can't be anywhere"),
        pytest.param([Pattern.hex("4? " * 16) for _ in range(100)], MUCH, id="what takes long to prepare"),
        pytest.param([Pattern.raw(b"%7d" % n * 5) for n in range(2000)], 1 << 32, id="very many literals"),
    ],
)
def test_none_of_these_is(patterns, size):
    assert planned(patterns, size) is None


def test_patterns_without_a_head_are_left_to_the_finders():
    assert planned([MASK, Pattern.raw(b"x"), *LITERALS[:3]]) == {0, 2, 3, 4}


def test_a_machine_without_a_library_has_no_plan(monkeypatch):
    monkeypatch.setenv("PTATLAS_HYPERSCAN", "off")
    assert plan_heads([MASK], [1], MUCH) is None


def test_nor_has_one_whose_library_refuses_the_expressions(monkeypatch):
    library()
    monkeypatch.setattr(module, "expression", lambda _head: b"[a-")
    assert plan_heads([MASK], [1], MUCH) is None


@pytest.mark.parametrize(
    ("sets", "text"),
    [
        ((b"a", b"\0"), rb"\x61\x00"),
        ((bytes(range(256)), b"]"), rb".\x5d"),
        ((b"Aa", b"-09\\]^"), rb"[\x41\x61][\x2d\x30\x39\x5c-\x5e]"),
        ((bytes(range(255)),), rb"[\x00-\xfe]"),
    ],
)
def test_sets_are_written_so_that_no_byte_means_anything_else(sets, text):
    assert expression(Head(sets)) == text
