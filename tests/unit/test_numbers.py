"""Numbers as they are written."""

from __future__ import annotations

import pytest
from ptatlas.core.numbers import literal, size_literal


@pytest.mark.parametrize(
    ("text", "integer", "size"),
    [
        ("0", 0, 0),
        ("0x10", 16, 16),
        ("0b11", 3, 3),
        ("0o17", 15, 15),
        ("2K", None, 2048),
        ("0x2m", None, 2 << 20),
        ("1T", None, 1 << 40),
        ("-1", -1, None),
        ("010", None, None),
        ("1.5K", None, None),
        ("K", None, None),
        ("", None, None),
    ],
)
def test_integers_and_sizes(text, integer, size):
    assert (literal(text), size_literal(text)) == (integer, size)
