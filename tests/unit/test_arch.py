"""Word sizes, byte orders, and what struct calls them."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import AARCH64_IGNORED, Arch, check_endian, check_word_size, words_layout
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


TBI, PAC, LAM57 = AARCH64_IGNORED, AARCH64_IGNORED | 0x7F << 48, 0x7E00 << 48


@pytest.mark.parametrize(
    ("ignored", "address", "expected"),
    [
        pytest.param(0, 0xAB00FFFF93899020, 0xAB00FFFF93899020, id="nothing is ignored"),
        pytest.param(TBI, 0xAB00FFFF93899020, 0xFFFF93899020, id="a tag"),
        pytest.param(TBI, 0xFFFF93899020, 0xFFFF93899020, id="no tag"),
        pytest.param(TBI, 0x7FFFFF93899020, 0x7FFFFF93899020, id="bits below the tag"),
        pytest.param(TBI, 0x12FF800010000000, 0xFFFF800010000000, id="a tag of the kernel's half"),
        pytest.param(PAC, 0xAB55FFFF93899020, 0xFFFF93899020, id="a signature"),
        pytest.param(PAC, 0x9280800010000000, 0xFFFF800010000000, id="a signature in the kernel's half"),
        pytest.param(PAC, (1 << 64) - 1, (1 << 64) - 1, id="the top"),
        pytest.param(LAM57, 0x7E00555555555555, 0x555555555555, id="LAM"),
        pytest.param(LAM57, 0xFFFF800010000000, 0xFFFF800010000000, id="LAM leaves the kernel's half alone"),
    ],
)
def test_tags_and_signatures_are_taken_out_of_an_address(ignored, address, expected):
    arch = Arch(ignored_bits=ignored)
    assert arch.untagged(address) == expected
    assert arch.untagged(expected) == expected


def test_other_word_sizes_and_byte_orders_are_refused():
    assert (check_word_size(4), check_word_size(8)) == (4, 8)
    assert (check_endian("little"), check_endian("big")) == (LITTLE, BIG)
    with pytest.raises(InvalidArgument):
        check_word_size(2)
    with pytest.raises(InvalidArgument):
        check_endian("middle")
