"""What is outside of quotes and brackets, and what kind of list a comma in them makes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.brackets import outside, parts, unquoted


@pytest.mark.parametrize(
    ("text", "left"),
    [
        pytest.param("a / b", "a / b", id="nothing to blank"),
        pytest.param("(a / b) / c", "_______ / c", id="parentheses"),
        pytest.param("t[1 / 2]", "t_______", id="an index"),
        pytest.param("f(a, (b, c)) + 1", "f___________ + 1", id="brackets in brackets"),
        pytest.param("'/' / \"a/b\"", "___ / _____", id="quotes"),
        pytest.param(r"'\'' / 1", "____ / 1", id="an escaped quote"),
        pytest.param("&pair<int, 3>::size", "&pair________::size", id="template arguments"),
        pytest.param("map<int, list<int>>() / 1", "map" + "_" * 18 + " / 1", id="templates in templates"),
        pytest.param("a < b, c > d", "a < b, c > d", id="comparisons"),
        pytest.param("(a", "(a", id="an open bracket"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_is_outside(text, left):
    assert outside(text) == left


@given(st.text("ab_ ,/<>()[]{}'\"\\:"))
def test_places_stay_and_the_end_is_reached(text):
    *_, last = parts(text)
    assert len(last.text) == len(text) == len(unquoted(text))
    assert all(now in ("_", before) for now, before in zip(last.text, text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("f(1, 2)", ("(", True, "1, 2"), id="a call"),
        pytest.param("(1, 2)", ("(", False, "1, 2"), id="parentheses"),
        pytest.param("2 * (1, 2)", ("(", False, "1, 2"), id="parentheses behind an operator"),
        pytest.param("{1, 2}", ("{", False, "1, 2"), id="braces"),
        pytest.param("a[1, 2]", ("[", False, "1, 2"), id="an index"),
    ],
)
def test_a_pair_of_brackets(text, found):
    assert next(parts(text)) == found
