"""The area at one address by PROCMAP_QUERY: the same as in the list."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.ranges import TOP
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.maps import ProcfsLister
from ptatlas.core.sources.procfs.query import ProcfsLocator

pytestmark = pytest.mark.skipif(not ProcfsLocator.is_supported(), reason="needs PROCMAP_QUERY (Linux 6.11)")


def both(child):
    handle = ProcessHandle(child.pid)
    lister = ProcfsLister(handle)
    return lister, ProcfsLocator(handle, lister)


@pytest.mark.parametrize("child", ["odd", "leaderless"])
def test_every_area_is_found_by_its_first_and_last_address(child, request):
    lister, locator = both(request.getfixturevalue(child))
    areas = lister.areas()
    assert [locator.area_at(area.start) for area in areas] == areas
    assert [locator.area_at(area.end - 1) for area in areas] == areas


def test_no_area_is_found_in_a_gap(odd):
    lister, locator = both(odd)
    areas = lister.areas()
    starts = {area.start for area in areas}
    free = [area.end for area in areas if area.end not in starts] + [area.start - 1 for area in areas[:1]]
    assert free
    assert {locator.area_at(address) for address in free} == {None}


@pytest.mark.parametrize("address", [0, TOP - 1, TOP, -1, 1 << 70])
def test_addresses_that_nobody_has_are_in_no_area(odd, address):
    assert both(odd)[1].area_at(address) is None


def test_a_process_that_is_gone_is_said_to_be(dead_pid):
    handle = ProcessHandle(dead_pid)
    with pytest.raises(SourceError, match="gone"):
        ProcfsLocator(handle, ProcfsLister(handle)).area_at(0x1000)
