"""What becomes of a stub's answers to a search; tests/debugger searches with real ones."""

from __future__ import annotations

import pytest
from fuzz.standins import adapters
from ptatlas.core.errors import AtlasError, MemoryFault, SourceError


def found(reply: bytes | None) -> int | None:
    """Search 0x1000..0x1100 for three bytes, to which the stub answers this."""
    kind = adapters().StubSearch
    search = kind.__new__(kind)
    search._reply = lambda *_: reply
    return search.search(0x1000, 0x100, b"abc")


@pytest.mark.parametrize(("reply", "place"), [(b"0", None), (b"1,1010", 0x1010), (b"1,10fd", 0x10FD)])
def test_it_says_where_it_found_something(reply, place):
    assert found(reply) == place


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (b"1,10fe", SourceError),
        (b"1,fff", SourceError),
        (b"1,", SourceError),
        (b"1,here", SourceError),
        (b"E01", MemoryFault),
        (b"", MemoryFault),
        (None, MemoryFault),
    ],
)
def test_an_answer_that_is_none_is_an_error(reply: bytes | None, kind: type[AtlasError]):
    with pytest.raises(kind):
        found(reply)
