"""One area: what is known of it, and what isn't."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.kind_names import KINDS
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ranges import TOP, Range


def test_of_an_area_nothing_but_its_range_need_be_known():
    area = Area(0x1000, 0x3000)
    assert (area.size, area.range, area.perms) == (0x2000, Range(0x1000, 0x3000), "????")
    assert set(area[2:]) == {None}


@pytest.mark.parametrize(
    ("address", "inside"),
    [(0xFFF, False), (0x1000, True), (0x2FFF, True), (0x3000, False), ("0x1000", False), (None, False)],
)
def test_it_contains_its_start_and_not_its_end(address, inside):
    assert (address in Area(0x1000, 0x3000)) is inside


def test_the_last_byte_of_the_address_space_is_in_the_last_area():
    area = Area(TOP - 1, TOP)
    assert TOP - 1 in area
    assert TOP not in area
    assert area.size == 1


@pytest.mark.parametrize(
    ("perms", "flag", "allowed"),
    [
        ("r--p", Protection.READ, True),
        ("r--p", Protection.WRITE, False),
        ("r-?p", Protection.EXEC, None),
        ("r--s", Protection.SHARED, True),
        ("r--p", Protection.SHARED, False),
        ("r--?", Protection.SHARED, None),
        ("?w-p", Protection.READ, None),
        ("?w-p", Protection.WRITE, True),
    ],
)
def test_what_it_allows_may_be_unknown(perms, flag, allowed):
    assert Area(0, 1, Protection.parse(perms)).allows(flag) is allowed


@pytest.mark.parametrize("flag", list(Protection)[:4])
def test_without_a_protection_nothing_is_known_to_be_allowed(flag):
    assert Area(0, 1).allows(flag) is None


@pytest.mark.parametrize(("protection", "flag"), [("rw-p", Protection.READ), (Protection.READ, "r")])
def test_what_is_no_protection_allows_nothing_and_is_an_error(protection, flag):
    with pytest.raises(InvalidArgument, match="is no Protection"):
        Area(0, 1, protection).allows(flag)


@pytest.mark.parametrize(
    ("area", "shown"),
    [
        (Area(0x1000, 0x2000), "Area(0x1000, 0x2000, ????)"),
        (
            Area(0x1000, TOP, Protection.parse("r-xp"), 0x3000, "/a", "module", "core", "fe:00", 7),
            "Area(0x1000, 0x10000000000000000, r-xp, offset=0x3000, path='/a', kind='module', source='core')",
        ),
        (
            Area(0, 16, None, 0, "", None, "x\x1b[31m"),
            "Area(0x0, 0x10, ????, offset=0x0, path='', source='x\\x1b[31m')",
        ),
    ],
)
def test_it_shows_what_is_known_in_hex_and_escaped(area, shown):
    assert repr(area) == shown


def test_equal_areas_are_equal_and_hash_alike():
    one, other = Area(1, 2, Protection.READ, path="a"), Area(1, 2, Protection.parse("r--p"), path="a")
    assert one == other
    assert hash(one) == hash(other)
    assert one != one._replace(offset=0)


def test_kinds_are_the_ones_that_commands_name():
    names = "module, file, heap, stack, anon, shared, guard, reserved, vdso, vvar, vsyscall, device"
    assert ", ".join(KINDS) == names
