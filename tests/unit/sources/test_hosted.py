"""The map of a program behind a stub, from the process that is proven to run it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ptatlas.core.errors import SourceDenied
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports.threads import Thread
from ptatlas.core.ranges import Range
from ptatlas.core.sources import BufferArea, buffer_target, process_target
from ptatlas.core.sources.fixed import FixedAreas, FixedThreads
from ptatlas.core.sources.hosted import Host, HostedAreas, hosted
from support.children import Child
from support.resting import wait_until_resting
from support.targets import PAGE, Reader, refuse
from unit.sources.test_loaded import elf

BIAS = 0x10000
NOTHING = FixedAreas((), "gdb")


class Stub:
    """A stub's memory: a process's at addresses that are lower, but for what is hidden or altered."""

    source, thread_safe = "gdb", False

    def __init__(self, process, bias: int = 0, hidden=lambda _address: False) -> None:
        self.reader, self.bias, self.hidden, self.altered = process.readers[0], bias, hidden, -1

    def read_into(self, address: int, buffer: memoryview) -> int:
        if self.hidden(address):
            return 0
        done = self.reader.read_into(address + self.bias, buffer)
        if 0 <= self.altered - address < done:
            buffer[self.altered - address] ^= 1
        return done


@pytest.fixture
def process(areas_child):
    wait_until_resting(areas_child.pid)  # as under a debugger: its stack must stay what it is
    return process_target(areas_child.pid)


def debugger(process, **stub):
    """The target of a debugger whose stub speaks for the process."""
    memory = Stub(process, **stub)
    # In what execve(2) put there, which a thread that is just going to wait doesn't write to.
    stack = next(area for area in process.listers[0].areas() if area.path == "[stack]")
    moved = Thread(process.pid, stack.end - PAGE - memory.bias)
    target = buffer_target([])
    return replace(target, readers=(memory,), threads=FixedThreads([moved]), pid=42000)


def placed_program(process, bias: int) -> FixedAreas:
    """What the debugger has loaded: the program, where its stub has it."""
    area = next(one for one in process.listers[0].areas() if one.allows(Protection.EXEC) and one.path)
    return FixedAreas([area._replace(start=area.start - bias, end=area.end - bias)], "gdb")


def test_the_map_of_a_process_that_is_the_program_is_whole(process, areas_child):
    found = hosted(debugger(process), NOTHING)
    assert list(found.listers[0].areas()) == list(process.listers[0].areas())
    assert (found.pid, found.problems, found.listers[0].source) == (areas_child.pid, (), "procfs")


def test_the_bytes_stay_the_stub_s(process):
    target = debugger(process)
    assert hosted(target, NOTHING).readers == target.readers


def test_a_program_at_other_addresses_than_in_its_process(process, areas_child):
    pattern = areas_child.place("pattern")
    found = hosted(debugger(process, bias=BIAS), placed_program(process, BIAS))
    (area,) = [one for one in found.listers[0].areas() if pattern.address - BIAS in one]
    (there,) = [one for one in process.listers[0].areas() if pattern.address in one]
    assert area == there._replace(start=there.start - BIAS, end=there.end - BIAS)
    assert len(found.problems) == 1


def test_what_was_never_touched_is_known_at_the_program_s_addresses(process, areas_child):
    reserved = areas_child.place("reserved")
    found = hosted(debugger(process, bias=BIAS), placed_program(process, BIAS))
    start = reserved.address - BIAS
    untouched = list(found.untouched.untouched(start, start + reserved.size))
    assert untouched
    assert all(start <= part.start < part.end <= start + reserved.size for part in untouched)


def test_areas_that_the_stub_does_not_read_are_the_process_s_own(process, areas_child):
    pattern = areas_child.place("pattern")
    (hidden,) = [one for one in process.listers[0].areas() if pattern.address in one]
    target = debugger(process, bias=BIAS, hidden=lambda address: address + BIAS in hidden)
    listed = hosted(target, placed_program(process, BIAS)).listers[0].areas()
    assert not any(pattern.address - BIAS in area for area in listed)
    assert len(listed) > 5


def test_where_nothing_that_is_read_can_be_executed_protections_are_not_the_program_s(process, areas_child):
    code = [one for one in process.listers[0].areas() if one.allows(Protection.EXEC)]
    target = debugger(process, bias=BIAS, hidden=lambda at: any(at + BIAS in area for area in code))
    listed = hosted(target, placed_program(process, BIAS)).listers[0].areas()
    assert {area.perms[:3] for area in listed} == {"???"}
    shared = areas_child.place("shared").address - BIAS
    assert [area.perms for area in listed if shared in area] == ["???s"]


@pytest.mark.parametrize(
    ("bias", "is_placed"),
    [
        pytest.param(0, True, id="at the same addresses"),
        pytest.param(BIAS, True, id="at others"),
    ],
)
def test_a_stack_that_differs_in_one_byte_proves_nothing(process, bias, is_placed):
    target = debugger(process, bias=bias)
    (thread,) = target.threads.threads()
    target.readers[0].altered = thread.stack_pointer + 100
    assert hosted(target, placed_program(process, bias)) is None


def test_another_process_of_the_same_program_is_not_taken_for_it(process, areas_program):
    """A number may be of any process of this machine, if the stub is of another."""
    with Child(areas_program) as other:
        target = debugger(process)
        (thread,) = target.threads.threads()
        namesake = replace(target, threads=FixedThreads([thread._replace(tid=other.pid)]))
        assert hosted(namesake, NOTHING) is None


@pytest.mark.parametrize(
    "threads",
    [
        pytest.param([], id="no thread"),
        pytest.param([Thread(1, None)], id="a thread without a stack pointer"),
        pytest.param([Thread(0x7FFFFFFF, 0x1000)], id="a number that no process has"),
        pytest.param([Thread(-1, 0x1000)], id="no number of a process"),
    ],
)
def test_without_a_process_there_is_no_map(process, threads):
    target = replace(debugger(process), threads=FixedThreads(threads))
    assert hosted(target, NOTHING) is None


def test_loaded_objects_that_can_not_be_listed_only_leave_the_same_addresses(process):
    class Denied:
        source = "gdb"

        def areas(self):
            raise SourceDenied("nothing is loaded")

    assert hosted(debugger(process), Denied()).pid == process.pid
    assert hosted(debugger(process, bias=BIAS), Denied()) is None


# --- behind the end of a file ------------------------------------------------------------------------


def test_the_stub_is_never_asked_for_what_lies_behind_the_end_of_a_file(process, areas_child):
    """qemu 7.2 ends in a bus error then."""
    file, beyond = areas_child.place("file"), areas_child.place("beyond_file")
    missing = Range(beyond.address - BIAS, beyond.end - BIAS)

    def hidden(address):
        assert address not in missing
        return False

    found = hosted(debugger(process, bias=BIAS, hidden=hidden), placed_program(process, BIAS))
    assert any(file.address - BIAS in area for area in found.listers[0].areas())
    assert list(found.absent.absent(missing.start - PAGE, missing.end)) == [missing]
    assert list(found.absent.absent(0, missing.start)) == []


# --- areas that are joined ---------------------------------------------------------------------------


def joined(perms: str) -> list[Area]:
    """The areas of an object whose three segments the kernel shows as one, with variables behind them."""
    loads = [(0, 0, 0x800, 0x800), (PAGE, PAGE, 0x700, 0x700), (2 * PAGE, 2 * PAGE, PAGE, PAGE + 0x80)]
    content = elf(buffer_target([]).arch, loads).ljust(3 * PAGE, b"\1")
    areas = [
        BufferArea(BIAS, content, perms, "/lib/x"),
        BufferArea(BIAS + 3 * PAGE, bytes(2 * PAGE), "rw-p"),
    ]
    process = buffer_target(areas)
    host = Host(1, 0, is_itself=False)
    return list(HostedAreas(host, process, process.readers[0]).areas())


def test_areas_of_interpreted_code_are_cut_where_segments_are():
    assert [(area.start - BIAS, area.end - BIAS, area.offset, area.path) for area in joined("r--p")] == [
        (0, PAGE, 0, "/lib/x"),
        (PAGE, 2 * PAGE, PAGE, "/lib/x"),
        (2 * PAGE, 3 * PAGE, 2 * PAGE, "/lib/x"),
        (3 * PAGE, 4 * PAGE, 0, ""),
        (4 * PAGE, 5 * PAGE, 0, ""),
    ]


def test_areas_of_code_that_runs_are_as_the_kernel_has_them():
    assert [(area.size, area.perms) for area in joined("r-xp")] == [(3 * PAGE, "r-xp"), (2 * PAGE, "rw-p")]


def test_the_same_map_is_not_looked_at_twice():
    process = buffer_target([BufferArea(BIAS, bytes(PAGE), "r-xp")])
    stub = Reader(process.readers[0])
    areas = HostedAreas(Host(1, 0, is_itself=False), process, stub)
    before = areas.areas()
    stub._before = refuse
    assert areas.areas() is before
