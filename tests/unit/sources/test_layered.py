"""Which way an inferior of a debugger is read, and what lists its areas."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from ptatlas.core.errors import SourceDenied, SourceError
from ptatlas.core.maps.area import Area
from ptatlas.core.ports.program import LoadedRange, Module
from ptatlas.core.sources import BufferArea, buffer_target, process_target
from ptatlas.core.sources.fixed import FixedAreas
from ptatlas.core.sources.layered import listed_by, over_dump, read_directly
from ptatlas.core.sources.loaded import PROBLEM, LoadedAreas
from support.core_builder import CoreBuilder
from unit.sources.test_hosted import debugger as behind_a_stub

BASE = 0x1000
CONTENT = b"as the debugger shows it"


class Modules:
    """What the debugger has loaded."""

    def modules(self):
        return [Module("/lib/a")]


class Nowhere:
    """No breakpoints."""

    def addresses(self):
        return ()


@pytest.fixture
def debugger():
    """The target of a debugger's own API."""
    target = buffer_target([BufferArea(BASE, CONTENT)])
    return replace(target, name="program", modules=Modules(), symbols=object(), breakpoints=Nowhere())


def read(target, address, size):
    room = bytearray(size)
    return bytes(room[: target.readers[0].read_into(address, memoryview(room))])


def test_a_process_that_is_proven_local_is_read_directly_and_the_debugger_stays_behind(debugger, areas_child):
    target = read_directly(debugger, process=areas_child.pid, dump=None)
    assert [lister.source for lister in target.listers] == ["procfs", "buffer"]
    assert target.readers[1:] == debugger.readers
    assert target.raw is not None
    assert (target.symbols, target.breakpoints) == (debugger.symbols, debugger.breakpoints)


def test_a_dump_is_read_directly_and_the_debugger_stays_behind(debugger, tmp_path):
    path = CoreBuilder().load(BASE, b"as it was dumped").write(tmp_path / "core")
    target = read_directly(debugger, process=None, dump=str(path))
    assert read(target, BASE, 16) == b"as it was dumped"
    assert [lister.source for lister in target.listers] == ["core", "buffer"]
    assert target.readers[1:] == debugger.readers
    assert (target.name, target.symbols, target.breakpoints) == ("program", debugger.symbols, None)


def test_what_a_format_of_dumps_does_not_tell_the_debugger_does(debugger):
    debugger = replace(debugger, threads=object(), registers=object(), signals=object())
    silent = buffer_target([BufferArea(BASE, b"as it was dumped")])
    target = over_dump(debugger, silent)
    for port in ("name", "modules", "threads", "registers", "signals"):
        assert getattr(target, port) is getattr(debugger, port)
    own = replace(silent, threads=object(), registers=object())
    target = over_dump(debugger, own)
    assert (target.threads, target.registers, target.signals) == (
        own.threads,
        own.registers,
        debugger.signals,
    )


@pytest.mark.parametrize(
    ("process", "dump"),
    [
        pytest.param(None, None, id="neither a local process nor a dump"),
        pytest.param(None, "/nowhere/core", id="a dump that is gone"),
        pytest.param(None, "/proc/self/exe", id="a dump of no known format"),
        pytest.param("ended", None, id="a process that has ended"),
    ],
)
def test_what_cannot_be_read_directly_is_left_to_the_debugger(debugger, process, dump):
    if process == "ended":
        process = os.fork()
        if process == 0:
            os._exit(0)
        os.waitpid(process, 0)
    assert read_directly(debugger, process=process, dump=dump) is None


class Refuses:
    """A lister that the target doesn't answer."""

    source = "refuses"

    def __init__(self, error=SourceDenied):
        self._error = error

    def areas(self):
        raise self._error("no")


def loaded(debugger):
    return LoadedAreas("loaded", debugger.readers[0], lambda: [LoadedRange(BASE, BASE + 8)])


def test_the_first_lister_that_answers_is_chosen(debugger):
    first, second = (FixedAreas([Area(BASE, BASE + 8)], source) for source in ("first", "second"))
    target = listed_by(debugger, [Refuses(), first, second], loaded(debugger))
    assert target.listers == (first,)
    assert target.problems == ()
    assert target.readers == debugger.readers


def test_where_none_answers_what_is_loaded_is_listed_and_said_not_to_be_all(debugger):
    fallback = loaded(debugger)
    for listers in ([], [Refuses(), Refuses()]):
        target = listed_by(debugger, listers, fallback)
        assert target.listers == (fallback,)
        assert target.problems == (PROBLEM,)
        assert [area.start for area in target.listers[0].areas()] == [BASE]


def test_where_none_answers_the_process_that_is_proven_to_run_the_program_does(areas_child):
    target = behind_a_stub(process_target(areas_child.pid))
    found = listed_by(target, [Refuses()], loaded(target))
    assert [lister.source for lister in found.listers] == ["procfs"]


def test_the_map_of_a_process_that_was_dumped_and_lives_on_is_not_the_dump_s(areas_child):
    target = behind_a_stub(process_target(areas_child.pid))
    found = listed_by(target, [Refuses()], loaded(target), seeks_host=False)
    assert [lister.source for lister in found.listers] == ["loaded"]


def test_a_target_that_is_gone_is_not_taken_for_one_that_tells_no_map(debugger):
    with pytest.raises(SourceError, match="no"):
        listed_by(debugger, [Refuses(SourceError)], loaded(debugger))
