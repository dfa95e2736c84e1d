"""Snapshot: what it doesn't hold is absent where something was mapped, and unmapped elsewhere."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import MemoryFault
from ptatlas.core.images.model.snapshot import Circumstances, Snapshot
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.walk.coverage import Coverage
from support.targets import area

BASE, PAGE = 0x10000, 0x1000


@pytest.fixture
def snapshot() -> Snapshot:
    """Of two pages, the first of which could be read."""
    areas = AreaMap([area(BASE, BASE + 2 * PAGE)])
    snapshot = Snapshot("s", Circumstances(areas), Coverage(PAGE, 0, (), 0))
    snapshot.add_bytes(b"x" * PAGE, BASE)
    return snapshot


@pytest.mark.parametrize(
    ("start", "size", "at", "reason"),
    [
        pytest.param(BASE + PAGE, 8, BASE + PAGE, "absent", id="not taken"),
        pytest.param(BASE + PAGE - 4, 8, BASE + PAGE, "absent", id="across"),
        pytest.param(BASE + 2 * PAGE, 1, BASE + 2 * PAGE, "unmapped", id="behind"),
        pytest.param(BASE - 1, 1, BASE - 1, "unmapped", id="before"),
        pytest.param((1 << 64) - 1, 1, (1 << 64) - 1, "unmapped", id="the top byte"),
    ],
)
def test_what_it_does_not_hold_is_absent_or_unmapped(
    snapshot: Snapshot, start: int, size: int, at: int, reason: str
) -> None:
    for read in (snapshot.read, snapshot.memory().read):
        with pytest.raises(MemoryFault) as caught:
            read(start, size)
        assert (caught.value.address, caught.value.reason) == (at, reason)


def test_nor_is_there_a_section_where_it_took_nothing(snapshot: Snapshot) -> None:
    with pytest.raises(MemoryFault) as caught:
        snapshot.find(BASE + PAGE)
    assert caught.value.reason == "absent"
