"""What doesn't print is shown escaped, so that no name drives a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.render.escape import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("/usr/lib/libc.so.6", "/usr/lib/libc.so.6", id="a plain path"),
        pytest.param("naïve 文件", "naïve 文件", id="letters of any script"),
        pytest.param("\x1b[31mred", r"\x1b[31mred", id="an escape sequence"),
        pytest.param("a\nb\tc\r", r"a\x0ab\x09c\x0d", id="line ends and tabs"),
        pytest.param("\x9b31m", r"\x9b31m", id="an eight-bit control sequence"),
        pytest.param("abc\u202edcba", r"abc\u202edcba", id="a direction override"),
        pytest.param("caf\udce9", r"caf\xe9", id="a byte that is no UTF-8"),
        pytest.param("\U000e0001", r"\U000e0001", id="a tag character beyond the basic plane"),
    ],
)
def test_shows(text, shown):
    assert visible(text) == shown


@given(st.text(st.characters(codec=None)))
def test_never_lets_a_control_character_through(text):
    assert visible(text).isprintable()
