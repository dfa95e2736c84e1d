"""Inferior.snapshot: a copy for scripts, with what was around it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ptatlas.core import open_core, open_process
from ptatlas.core.arch import Arch
from ptatlas.core.errors import Interrupted, InvalidArgument, MemoryFault, SourceError
from ptatlas.core.images.capture.page_store import PageStore
from ptatlas.core.images.diff.diff import diff
from ptatlas.core.images.exchange.write_core import export_core
from ptatlas.core.images.model.asid import Asid
from ptatlas.core.images.model.snapshot import Snapshot, ThreadState
from ptatlas.core.inferior import Inferior
from ptatlas.core.ports.threads import Thread
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.fixed import FixedAuxv, FixedRegisters, FixedSignals, FixedThreads
from ptatlas.core.walk.coverage import Unreadable
from ptatlas.core.watch import Watch

PAGE = 0x1000
BASE = 0x400000
NOISE = bytes(number * 7 % 251 for number in range(2 * PAGE))
PIECES = [
    BufferArea(BASE, NOISE, "rw-p", "[heap]", 0, "heap"),
    BufferArea(BASE + 8 * PAGE, b"d" * PAGE, "rw-s", "/dev/it", 0, "device"),
    BufferArea(BASE + 16 * PAGE, b"g" * PAGE, "---p", "", 0, "guard"),
]
TARGET = replace(buffer_target(PIECES), pid=7, name="it")


@pytest.fixture
def inferior():
    return Inferior(TARGET)


def test_it_holds_the_memory_and_the_map(inferior):
    taken = inferior.snapshot("before")
    assert isinstance(taken, Snapshot)
    assert taken.name == "before"
    assert taken.read(BASE, len(NOISE)) == NOISE
    assert list(taken.map) == list(inferior.areas)
    about = taken.circumstances
    assert (about.pid, about.program, about.generation, about.arch) == (7, "it", inferior.generation, Arch())


def test_what_is_better_not_read_is_left_out_and_what_refuses_is_told(inferior):
    coverage = inferior.snapshot().coverage
    assert (coverage.searched, coverage.left_out) == (2 * PAGE, PAGE)
    assert coverage.unreadable == (Unreadable(BASE + 16 * PAGE, BASE + 17 * PAGE, "no read permission"),)


def test_it_has_what_the_process_may_not_read_if_that_is_asked_for(inferior):
    coverage = inferior.snapshot(no_access=True).coverage
    assert (coverage.searched, coverage.unreadable) == (3 * PAGE, ())


def test_it_may_be_of_some_areas_and_in_an_address_space(inferior):
    (area,) = inferior.areas.find_all(BASE)
    taken = inferior.snapshot(None, [area], asid=Asid(cr3=5))
    assert [section.asid for section in taken.sections] == [Asid(cr3=5)]
    assert taken.read(BASE, 4, Asid(cr3=5)) == NOISE[:4]
    with pytest.raises(MemoryFault):
        taken.read(BASE, 4, Asid(cr3=6))


def test_equal_pages_are_kept_once(inferior):
    store = PageStore()
    snapshots = [inferior.snapshot(str(number), store=store) for number in range(3)]
    assert store.used == len(NOISE)
    one, other = inferior.snapshot(), inferior.snapshot()
    held = [next(iter(each.sections)).content.origins(0, PAGE) for each in (one, other)]
    assert next(held[0]) == next(held[1])
    assert len(snapshots) == 3


@pytest.mark.parametrize(
    ("ports", "threads"),
    [
        pytest.param(
            {
                "registers": FixedRegisters([(8, {"rip": 1}), (7, {"rip": 2})]),
                "signals": FixedSignals({8: 5}),
                "threads": FixedThreads([Thread(7, 0x10)]),
            },
            (ThreadState(8, {"rip": 1}, 5), ThreadState(7, {"rip": 2})),
            id="with registers and signals",
        ),
        pytest.param(
            {"threads": FixedThreads([Thread(7, 0x10), Thread(8, None)])},
            (ThreadState(7, {"sp": 0x10}),),
            id="else with stack pointers",
        ),
        pytest.param({}, (), id="else without"),
    ],
)
def test_threads_are_kept(ports, threads):
    assert Inferior(replace(TARGET, **ports)).snapshot().circumstances.threads == threads


def test_the_auxiliary_vector_is_kept():
    taken = Inferior(replace(TARGET, auxv=FixedAuxv(b"auxv"))).snapshot()
    assert taken.circumstances.auxv == b"auxv"


def test_an_impossible_name_is_refused(inferior):
    with pytest.raises(InvalidArgument):
        inferior.snapshot("live")


def test_it_can_be_interrupted(inferior):
    with pytest.raises(Interrupted):
        inferior.snapshot(watch=Watch(lambda: True))


def test_it_says_when_it_does_not_fit(inferior):
    with pytest.raises(SourceError, match="doesn't fit in memory"):
        inferior.snapshot(store=PageStore(room=lambda: 0))


def test_a_process_and_a_core_file_can_be_kept(areas_child, tmp_path):
    process = open_process(areas_child.pid)
    areas = [area for area in process.areas if area.kind in ("module", "stack", "heap")]
    taken = process.snapshot("process", areas)
    assert taken.circumstances.auxv
    export_core(taken, tmp_path / "core")
    again = open_core(str(tmp_path / "core")).snapshot("core")
    assert diff(taken, again).changes == ()
    assert again.circumstances.auxv == taken.circumstances.auxv
