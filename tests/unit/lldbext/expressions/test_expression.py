"""C's expressions of LLDB's adapter, those that need nothing of LLDB: tests/debugger has the others."""

from __future__ import annotations

import math

import pytest
from fuzz.standins import Scope, adapters
from ptatlas.core.arch import Arch
from ptatlas.core.errors import InvalidArgument


@pytest.mark.parametrize(
    ("text", "value", "size"),
    [
        ("0x1.8p3", 12.0, 8),
        ("0x1p1023", 2.0**1023, 8),
        ("0x1p1024", math.inf, 8),
        ("-0x1p99999f", -math.inf, 4),
        ("1e999", math.inf, 8),
    ],
)
def test_a_real_number_that_is_too_large_is_infinite(text, value, size):
    found = adapters().Expression(text, Scope(Arch(8, "little"))).value()
    assert (found.value, found.size) == (value, size)


@pytest.mark.parametrize(("text", "value"), [("017", 15), ("0o17", 15), ("00", 0), ("0x17", 23), ("17u", 17)])
def test_a_number_that_begins_with_zero_is_octal(text, value):
    assert adapters().Expression(text, Scope(Arch(8, "little"))).value().value == value


@pytest.mark.parametrize("text", ["09", "1 + 0778", "9" * 5000], ids=["09", "0778", "too long"])
def test_digits_that_are_no_number_are_refused(text):
    with pytest.raises(InvalidArgument):
        adapters().Expression(text, Scope(Arch(8, "little"))).value()
