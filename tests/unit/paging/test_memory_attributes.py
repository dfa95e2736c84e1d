"""MAIR_EL1's encodings."""

from __future__ import annotations

import pytest
from ptatlas.core.paging.memory_attributes import mair_types


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        (0x00, "Device-nGnRnE"),
        (0x04, "Device-nGnRE"),
        (0x08, "Device-nGRE"),
        (0x0C, "Device-GRE"),
        (0x01, "Device-nGnRnE XS=0"),
        (0x02, "reserved 0x02"),
        (0x40, "Normal-NC XS=0"),
        (0x44, "Normal-NC"),
        (0xA0, "Normal-WT XS=0"),
        (0xBB, "Normal-WT"),
        (0x33, "Normal-WT"),
        (0x77, "Normal-WB"),
        (0xFF, "Normal-WB"),
        (0xF0, "Normal-WB tagged"),
        (0x4F, "Normal-NC/WB"),
        (0xF4, "Normal-WB/NC"),
        (0x50, "reserved 0x50"),
    ],
)
def test_each_attribute_has_its_name(attribute, name):
    assert mair_types(attribute)[0] == name
    assert mair_types(attribute << 56)[7] == name


def test_attributes_whose_register_is_not_known_are_named_for_it():
    assert mair_types(None)[3] == "Attr3"
