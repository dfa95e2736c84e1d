"""Why reads fail: what another thread is to fill in, and huge pages of an empty pool."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from ptatlas.core import MemoryFault, Pattern, open_process
from ptatlas.core.ranges import Range
from ptatlas.core.sources.procfs.reasons import FILLED_IN, NO_HUGE_PAGE
from ptatlas.core.walk.coverage import Unreadable

PAGE = os.sysconf("SC_PAGESIZE")

# In a process of its own: what waits in the kernel only a kill can end.
LOOK = """
import sys
from ptatlas.core import MemoryFault, Pattern, open_process
from ptatlas.core.ranges import Range
inferior = open_process(int(sys.argv[1]))
place = Range(int(sys.argv[2]), int(sys.argv[3]))
search = inferior.find(Pattern.text(" text"), [place], threads=2)
print(len(list(search)), list(search.coverage.unreadable))
areas = [area for area in inferior.areas if place.start in area]
print(list(inferior.snapshot("s", areas).coverage.unreadable))
print(inferior.memory.get_string(place.start), inferior.memory.is_mapped(place.end - 8))
try:
    inferior.memory.read(*place)
except MemoryFault as fault:
    print(hex(fault.address), fault.reason, fault.hint)
"""


@pytest.mark.parametrize("name", ["missing", "shared", "code", "minor"])
def test_nobody_waits_for_what_is_never_filled_in_and_its_reason_is_told(filled_in, name):
    place = filled_in.place(name)
    command = [sys.executable, "-c", LOOK, *map(str, (filled_in.pid, place.address, place.end))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    missing = Unreadable(place.address + PAGE, place.end, FILLED_IN)
    assert done.stdout.splitlines() == [
        f"1 {[missing]}",
        f"{[missing]}",
        f"{f'{name} text'.encode()} False",
        f"{missing.start:#x} unreadable {FILLED_IN}",
    ]


def test_what_is_there_is_read_whoever_watches_it(filled_in):
    place = filled_in.place("protected")
    search = open_process(filled_in.pid).find(Pattern.text("protected text"), [Range(*_ends(place))])
    assert len(list(search)) == place.size // PAGE
    assert search.coverage.unreadable == ()


def test_a_huge_page_that_cannot_be_had_is_told(odd):
    place = odd.place("huge")
    inferior = open_process(odd.pid)
    search = inferior.find(Pattern.hex("00 00"), [Range(*_ends(place))], limit=1)
    assert list(search) == []
    assert search.coverage.unreadable == (Unreadable(*_ends(place), NO_HUGE_PAGE),)
    with pytest.raises(MemoryFault) as raised:
        inferior.memory.read(place.address, 4)
    assert (raised.value.reason, raised.value.hint) == ("unreadable", NO_HUGE_PAGE)


def test_memory_that_is_neither_has_no_reason(odd):
    reasons = open_process(odd.pid).target.reasons
    assert list(reasons.reasons(*_ends(odd.place("file")))) == []


def test_a_process_that_has_ended_has_no_reasons(own_child):
    reasons = open_process(own_child.pid).target.reasons
    own_child.kill()
    assert list(reasons.reasons(0, 1 << 47)) == []


def _ends(place):
    return place.address, place.end
