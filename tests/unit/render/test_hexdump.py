"""Hexdumps."""

import pytest
from ptatlas.core.render.hexdump import Hexdump
from ptatlas.core.render.text import PLAIN, Palette


def text(*arguments, palette=PLAIN, width=None, **more):
    return [palette.line(line) for line in Hexdump(*arguments, **more).lines(width)]


def test_sixteen_bytes_a_line_with_their_characters():
    assert text(0x1000, b"0123456789abcdef") == [
        "0x0000000000001000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0123456789abcdef"
    ]


def test_lines_begin_at_multiples_of_sixteen_wherever_the_bytes_begin():
    assert text(0x100E, b"\x00\x01\x02\x03") == [
        "0x0000000000001000" + " " * 45 + "00 01" + " " * 16 + "..",
        "0x0000000000001010  02 03" + " " * 45 + ".." + " " * 14,
    ]


def test_a_missing_byte_is_not_a_zero():
    line = text(0x1000, [0x41, None, 0])[0]
    assert "41 ?? 00" in line
    assert line.rstrip().endswith("A?.")


def test_marked_bytes_stand_out_in_both_columns():
    line = text(0x1000, b"abcdef", (0x1001, 0x1003), palette=Palette({"hit": ("<", ">")}))[0]
    assert "61<[62 63]>64" in line
    assert "a<bc>def" in line


@pytest.mark.parametrize(
    ("marked", "shown"),
    [
        pytest.param((0, 1), "[30]31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  0", id="first"),
        pytest.param((15, 16), " 30 31 32 33 34 35 36 37  38 39 61 62 63 64 65[66] 0", id="last"),
        pytest.param((6, 8), " 30 31 32 33 34 35[36 37] 38 39 61 62 63 64 65 66  0", id="up to the middle"),
        pytest.param((8, 9), " 30 31 32 33 34 35 36 37 [38]39 61 62 63 64 65 66  0", id="from the middle"),
        pytest.param((7, 9), " 30 31 32 33 34 35 36[37  38]39 61 62 63 64 65 66  0", id="across the middle"),
        pytest.param((0, 16), "[30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66] 0", id="all"),
    ],
)
def test_marked_bytes_stand_out_without_colours(marked, shown):
    low, high = (0x1000 + place for place in marked)
    assert f"0x0000000000001000 {shown}123456789abcdef" == text(0x1000, b"0123456789abcdef", (low, high))[0]


def test_each_line_has_brackets_of_its_own():
    first, second = text(0x1000, b"0123456789abcdef" * 2, (0x100E, 0x1012))
    assert "64[65 66] 0123" in first
    assert "0x0000000000001010 [30 31]32 " in second


def test_the_last_line_of_the_address_space():
    assert text(2**64 - 1, b"Z")[0].startswith("0xfffffffffffffff0 ")


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        pytest.param(
            88,
            "  0x000055555555a2a0  44 65 61[72 20]41 64 61  2c 20 74 68 65 20 74 72  Dear Ada, the tr",
            id="88",
        ),
        pytest.param(
            79, "0x55555555a2a0 44 65 61[72 20]41 64 61 2c 20 74 68 65 20 74 72 Dear Ada, the tr", id="79"
        ),
        pytest.param(78, "  0x55555555a2a0 44 65 61[72 20]41 64 61 Dear Ada", id="78"),
        pytest.param(20, "0x55555555a2a0 44 65 61[72 20]41 64 61 Dear Ada", id="less than there can be"),
    ],
)
def test_lines_close_up_where_there_is_little_room(width, shown):
    found = text(0x55555555A2A0, b"Dear Ada, the tr", (0x55555555A2A3, 0x55555555A2A5), "  ", width=width)
    assert found[0] == shown
