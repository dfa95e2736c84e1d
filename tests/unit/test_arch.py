"""Word sizes, byte orders, and what struct calls them."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import Arch, check_endian, check_word_size, words_layout
from ptatlas.core.byte_order import BIG, LITTLE
from ptatlas.core.errors import InvalidArgument


@pytest.mark.parametrize("size", [1, 2, 4, 8])
@pytest.mark.parametrize("endian", [LITTLE, BIG])
def test_words_lie_one_after_the_other_in_their_byte_order(size, endian):
    layout = words_layout(size, endian, 3)
    assert layout.size == 3 * size
    words = (1, (1 << 8 * size) - 1, 0x80)
    assert layout.pack(*words) == b"".join(word.to_bytes(size, endian) for word in words)


def test_an_architecture_tells_its_order_and_its_highest_address():
    assert [Arch(endian=endian).order for endian in (LITTLE, BIG)] == ["<", ">"]
    assert [Arch(size).address_limit for size in (4, 8)] == [1 << 32, 1 << 64]


def test_other_word_sizes_and_byte_orders_are_refused():
    assert (check_word_size(4), check_word_size(8)) == (4, 8)
    assert (check_endian("little"), check_endian("big")) == (LITTLE, BIG)
    with pytest.raises(InvalidArgument):
        check_word_size(2)
    with pytest.raises(InvalidArgument):
        check_endian("middle")
