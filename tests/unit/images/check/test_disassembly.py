"""The instructions around differing code, on a machine whose instructions say how long they are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.images.check.disassembly import MOST, NEAR, Code, code_around
from ptatlas.core.images.model.image import Image
from ptatlas.core.ports.program import Instruction
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.walk.byte_runs import differing

BASE = 0x400000


class Lengths:
    """A machine whose instructions begin with their length in bytes; 0 begins none."""

    def instructions(self, address: int, content: bytes) -> Sequence[Instruction]:
        found, at = [], 0
        while at < len(content) and 0 < content[at] <= len(content) - at:
            found.append(Instruction(address + at, content[at], content[at : at + content[at]].hex()))
            at += content[at]
        return found


def image(data: bytes, start: int = BASE) -> Image:
    made = Image()
    made.add_bytes(data, start)
    return made


def around(expected: bytes, actual: bytes, place: Range, symbol: int | None = BASE, base: int = BASE) -> Code:
    return code_around(place, symbol, image(expected, base), image(actual, base), Lengths())


def texts(code: Code) -> tuple[str | None, list[str], list[str], str | None]:
    before, after = (None if one is None else one.text for one in (code.before, code.after))
    return before, [one.text for one in code.expected], [one.text for one in code.actual], after


CODE = b"\x01\x02\xaa\x03\x01\x01\x01"


@pytest.mark.parametrize(
    ("actual", "place", "told"),
    [
        pytest.param(
            b"\x01\x02\xaa\x03\x01\xee\x01", (5, 6), ("02aa", ["030101"], ["0301ee"], "01"), id="an-operand"
        ),
        pytest.param(
            b"\x01\x02\xaa\x01\x01\x01\x01", (3, 4), ("02aa", ["030101"], ["01"], "01"), id="a-breakpoint"
        ),
        pytest.param(
            b"\x05\xdd\xdd\xdd\xdd\x02\x01",
            (0, 5),
            (None, ["01", "02aa", "030101"], ["05dddddddd"], None),
            id="a-jump-over-several-and-what-follows-is-out-of-step",
        ),
        pytest.param(
            b"\x01\x02\xaa\x03\x01\x01\x02", (6, 7), ("030101", ["01"], [], None), id="no-whole-instruction"
        ),
    ],
)
def test_both_sides_are_told_between_what_they_share(
    actual: bytes, place: tuple[int, int], told: object
) -> None:
    code = around(CODE, actual, Range(BASE + place[0], BASE + place[1]))
    assert texts(code) == told
    assert not code.is_cut


def test_a_long_place_is_cut() -> None:
    code = around(b"\x01" * 99, b"\x02" * 99, Range(BASE, BASE + 99))
    assert (len(code.expected), len(code.actual), code.after, code.is_cut) == (MOST, MOST, None, True)
    assert code.listed_end == BASE + MOST


def test_the_top_of_the_address_space_has_its_instructions() -> None:
    base = TOP - len(CODE)
    code = around(CODE, CODE[:-1] + b"\x00", Range(TOP - 1, TOP), base, base)
    assert texts(code) == ("030101", ["01"], [], None)
    code = around(CODE[:-1] + b"\x00", CODE, Range(TOP - 1, TOP), base, base)
    assert texts(code) == ("030101", [], ["01"], None)


def test_without_a_symbol_a_run_up_brings_it_into_step() -> None:
    data = b"\x01" * 100 + CODE
    actual = data[:-1] + b"\x00"
    end = BASE + len(data)
    assert texts(around(data, actual, Range(end - 1, end), None)) == ("030101", ["01"], [], None)


def test_a_symbol_that_begins_far_away_is_none() -> None:
    """From it, where the first byte begins no instruction, nothing would be told."""
    data = b"\x00" + b"\x01" * (NEAR + 99)
    place = Range(BASE + NEAR + 10, BASE + NEAR + 11)
    actual = bytearray(data)
    actual[NEAR + 10] = 0
    assert texts(around(data, bytes(actual), place))[:2] == ("01", ["01"])


def test_where_nothing_before_can_be_read_the_place_itself_is_the_beginning() -> None:
    code = around(CODE, b"\x02" + CODE[1:], Range(BASE, BASE + 1), None)
    assert texts(code) == (None, ["01"], ["0202"], None)


@given(data=st.data())
def test_every_byte_of_a_place_is_told_if_it_is_code(data: st.DataObject) -> None:
    """Of code without a byte that begins no instruction, up to the cut."""
    expected = data.draw(st.lists(st.integers(1, 4), min_size=40, max_size=60).map(bytes))
    actual = bytearray(expected)
    for at in data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=20)):
        actual[at] = data.draw(st.integers(1, 4))
    for start, end in differing(expected, bytes(actual)):
        code = around(expected, bytes(actual), Range(BASE + start, BASE + end))
        for side, content in ((code.expected, expected), (code.actual, bytes(actual))):
            covered = {at for one in side for at in range(one.address, one.address + one.size)}
            assert code.is_cut or covered >= set(range(BASE + start, BASE + end))
            assert all(one.text == content[one.address - BASE :][: one.size].hex() for one in side)
        for one in filter(None, (code.before, code.after)):
            where = slice(one.address - BASE, one.address - BASE + one.size)
            assert expected[where] == actual[where]
