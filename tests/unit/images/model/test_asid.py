"""Asid: which address spaces match."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.images.model.asid import ANY, Asid


@pytest.mark.parametrize(
    ("left", "right", "match"),
    [
        pytest.param(Asid(), Asid(), True, id="neither-says-anything"),
        pytest.param(Asid(cr3=0x1000), Asid(), True, id="one-lacks-everything"),
        pytest.param(Asid(cr3=0x1000), Asid(vmcs=0x1000), True, id="each-lacks-what-the-other-has"),
        pytest.param(Asid(0x1000, 0x2000), Asid(0x1000, 0x2000), True, id="both-equal"),
        pytest.param(Asid(0x1000, 0x2000), Asid(0x1000), True, id="one-equal-one-lacking"),
        pytest.param(Asid(cr3=0x1000), Asid(cr3=0x2000), False, id="cr3-differs"),
        pytest.param(Asid(vmcs=0x1000), Asid(vmcs=0x2000), False, id="vmcs-differs"),
        pytest.param(Asid(0x1000, 0x2000), Asid(0x1000, 0x3000), False, id="one-equal-one-differs"),
        pytest.param(Asid(cr3=0), Asid(cr3=0x1000), False, id="zero-is-a-value"),
    ],
)
def test_asids_match_if_each_field_is_equal_or_lacking(left: Asid, right: Asid, match: bool) -> None:
    assert left.matches(right) is match
    assert right.matches(left) is match


def test_the_empty_asid_means_all_address_spaces() -> None:
    assert Asid() == ANY


def test_an_asid_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Asid(cr3=1).cr3 = 2


@pytest.mark.parametrize("value", [-1, 1 << 64])
def test_a_value_beyond_64_bits_is_refused(value: int) -> None:
    with pytest.raises(InvalidArgument):
        Asid(cr3=value)
    with pytest.raises(InvalidArgument):
        Asid(vmcs=value)


def test_an_asid_shows_itself_in_hex() -> None:
    assert repr(Asid(cr3=0x1A000)) == "Asid(cr3=0x1a000)"
    assert repr(Asid()) == "Asid()"
