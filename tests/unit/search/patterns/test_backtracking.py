"""Which expressions may take long at a single place."""

from __future__ import annotations

import pytest
from ptatlas.core.search.patterns.backtracking import has_few_ways
from ptatlas.core.search.patterns.pattern import Pattern

FEW, MANY = True, False


@pytest.mark.parametrize(
    ("source", "few"),
    [
        pytest.param(rb"[A-Z]{4}-[0-9]{6}", FEW, id="no choice"),
        pytest.param(rb"Q7hzW[a-z]+", FEW, id="one repeat"),
        pytest.param(rb"Q7hzW.*?x", FEW, id="a lazy one"),
        pytest.param(rb"ab?c?d?(?:e|f)", FEW, id="some choices"),
        pytest.param(rb"x.*y{1,15}", FEW, id="a long repeat and a short one"),
        pytest.param(rb"x(?=.*y)", FEW, id="a look ahead"),
        pytest.param(rb"x(?:ab){30000}", FEW, id="many rounds of one kind"),
        pytest.param(rb"(x)?a(?(1)b|c)", FEW, id="a condition"),
        pytest.param(rb"x.*y.*z", MANY, id="two repeats one after the other"),
        pytest.param(rb"x.*(?=.*y)", MANY, id="a repeat in a look ahead"),
        pytest.param(rb"(?:x+)+y", MANY, id="a repeat in a repeat"),
        pytest.param(rb"(?:x|xx)+y", MANY, id="a choice in a repeat"),
        pytest.param(rb"(?:x?){40}y", MANY, id="many choices"),
        pytest.param(rb"(?:a?b){1,30000}", MANY, id="choices in a bounded repeat"),
    ],
)
def test_repeats_and_choices_multiply(source, few):
    assert has_few_ways(Pattern.regex(source).shape) == few


def test_what_has_one_size_takes_no_time():
    assert has_few_ways(Pattern.hex("48 8b ?? 0? f0 11").shape)
