"""The lines in a start-up file: added once, replaced, and taken out without a trace."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.cli.block import has_line, with_line, without_line
from ptatlas.core.errors import AtlasError

LINE = "source /a b/gdbext/plugin.py"
CONTENTS = st.one_of(st.none(), st.binary(max_size=40), st.text("ab\n\r#\\", max_size=20).map(str.encode))


@given(CONTENTS)
def test_what_is_added_and_taken_out_leaves_the_file_byte_for_byte(content):
    assert without_line(with_line(content, LINE)) == content


@given(CONTENTS)
def test_what_is_added_twice_is_there_once(content):
    once = with_line(content, "source /old")
    twice = with_line(once, LINE)
    assert twice == with_line(content, LINE)
    assert has_line(twice, LINE)
    assert not has_line(twice, "source /old")


@pytest.mark.parametrize("content", [None, b"", b"set x", b"set x\n"])
def test_what_the_user_adds_behind_it_stays_on_lines_of_its_own(content):
    added = with_line(content, LINE) + b"set y\n"
    assert without_line(added) == (b"set x\nset y\n" if content else b"set y\n")


@pytest.mark.parametrize("content", [b"echo a\\", b"echo a\\\n", b"echo a\\\r\n", b"echo a\\\\", b"echo a"])
def test_a_last_line_that_goes_on_does_not_take_the_first_of_them(content):
    # As GDB joins lines.
    lines = re.sub(rb"\\\r?\n", b"", with_line(content, LINE)).split(b"\n")
    assert LINE.encode() in lines
    assert any(line.startswith(b"# >>> ptatlas") for line in lines)
    assert without_line(with_line(content, LINE)) == content


def test_a_file_without_the_lines_stays_as_it_is():
    assert without_line(b"set x\n") == b"set x\n"
    assert not has_line(b"set x\n", LINE)
    assert not has_line(None, LINE)


def test_lines_without_their_end_are_left_alone_and_told():
    cut = with_line(b"set x\n", LINE).rpartition(b"# <<<")[0]
    with pytest.raises(AtlasError, match="have no end"):
        without_line(cut)
    with pytest.raises(AtlasError, match="have no end"):
        with_line(cut, LINE)
