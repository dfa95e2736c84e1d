"""What a record tells, which may be anything that somebody wrote into a file."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import PoolCorrupt
from ptatlas.core.store.about import Fields, pack_about, unpack_about


def test_what_was_packed_is_told():
    about = unpack_about(pack_about({"text": "a\udcffb", "number": 2**64, "bytes": "00ff", "none": None}))
    assert about.text("text") == "a\udcffb"
    assert about.integer("number") == 2**64
    assert about.maybe_bytes("bytes") == b"\x00\xff"
    assert (about.maybe_text("none"), about.maybe_integer("missing")) == (None, None)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[]", id="no object"),
        pytest.param('{"a": "ä"}'.encode(), id="not ASCII"),
        pytest.param(b'{"a": NaN}', id="no number"),
        pytest.param(b'{"a": -Infinity}', id="infinite"),
        pytest.param(b"[" * 200_000, id="nested deeply"),
        pytest.param(b'{"a": ' + b"9" * 1_000_000 + b"}", id="a number of a million digits"),
    ],
)
def test_what_is_no_document_is_damage(raw):
    with pytest.raises(PoolCorrupt):
        unpack_about(raw)


@pytest.mark.parametrize(
    ("get", "value"),
    [
        ("text", 5),
        ("text", None),
        ("text", "x" * 100_000),
        ("integer", "5"),
        ("integer", -1),
        ("integer", True),
        ("integer", 1.5),
        ("integer", 2**64 + 1),
        ("maybe_integer", []),
        ("maybe_flag", 1),
        ("number", "now"),
        ("number", -1),
        ("number", 1e300),
        ("maybe_bytes", "0"),
        ("maybe_bytes", "xx"),
        ("inner", []),
        ("items", {}),
        ("items", [5]),
        ("integers", {"rip": "5"}),
        ("integers", {"rip": -5}),
    ],
)
def test_a_field_of_another_kind_is_damage(get, value):
    with pytest.raises(PoolCorrupt):
        getattr(Fields({"field": value}), get)("field")
