"""Reading a process: exact to the byte, however the memory lies."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ptatlas.core.errors import SourceDenied, SourceError
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.sources.procfs.clock import ProcessClock
from ptatlas.core.sources.procfs.flagged import FlaggedRanges
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.mapped import MappedRanges
from ptatlas.core.sources.procfs.maps import ProcfsLister
from ptatlas.core.sources.procfs.memory import ProcessReader
from ptatlas.core.sources.procfs.query import ProcfsLocator
from ptatlas.core.watch import UNWATCHED

PAGE = os.sysconf("SC_PAGESIZE")


def read(reader, address, size):
    room = bytearray(b"\xaa" * size)
    got = reader.read_into(address, memoryview(room))
    return bytes(room[:got])


def reader_of(pid, *, locate=True, prepared=True):
    """A reader, with or without the ioctl that finds an area by its address; ready to read everything."""
    handle = ProcessHandle(pid)
    lister = ProcfsLister(handle)
    with_ioctl = locate and ProcfsLocator.is_supported()
    mapped = MappedRanges(lister, ProcfsLocator(handle, lister) if with_ioctl else None)
    reader = ProcessReader(handle, mapped, FlaggedRanges(handle, ProcessClock(handle)))
    if prepared:
        reader.prepare([Range(0, TOP)], UNWATCHED)
    return reader


def without_vm_readv(pid, error):
    """A reader for which process_vm_readv fails so, as under a seccomp filter or an old kernel."""
    reader = reader_of(pid, locate=False)
    reader._vm_readv = lambda *_: -error
    return reader


@pytest.fixture(params=["process_vm_readv", "EPERM", "ENOSYS", "no such function", "not prepared"])
def reader(odd, request):
    """Both ways to read, and the ways from the one to the other."""
    if request.param == "process_vm_readv":
        return reader_of(odd.pid)
    if request.param == "not prepared":
        return reader_of(odd.pid, prepared=False)
    reader = without_vm_readv(odd.pid, getattr(errno, request.param, 0))
    if request.param == "no such function":
        reader._vm_readv = None
    return reader


def test_it_reads_what_is_there(odd, reader):
    place = odd.place("file")
    expected = bytearray(b"content of file\n" * (place.size // 16))
    expected[PAGE] = ord("C")
    assert read(reader, place.address, place.size) == expected


def test_it_stops_at_the_first_byte_that_has_no_area(odd, reader):
    area = next(a for a in ProcfsLister(ProcessHandle(odd.pid)).areas() if a.path == "[stack]")
    assert len(read(reader, area.end - 100, 3 * PAGE)) == 100
    assert read(reader, area.end, 10) == b""


def test_it_stops_where_the_file_of_a_mapping_ends(odd, reader):
    place = odd.place("short")
    got = read(reader, place.address + 90, 2 * PAGE)
    assert got == b" file\ncont" + bytes(PAGE - 100)


def test_it_reads_as_debuggers_do_what_the_process_itself_may_not(odd, reader):
    # ptrace(2) lets a tracer read PROT_NONE pages, and debuggers show them.
    place = odd.place("forbidden")
    assert read(reader, place.address - 1, 16) == b"\0forbidden text\0"[:16]


def test_it_goes_on_at_the_next_page_of_whatever_size(odd, reader):
    huge, small = (Range(place.address, place.end) for place in map(odd.place, ("huge", "sparse")))
    reader.prepare([huge, small], UNWATCHED)
    # What is behind may not be mapped, and is passed over then.
    assert huge.end <= reader.next_readable(huge.start + 1, huge.end + 1)
    assert reader.next_readable(small.start + 1, small.end) == small.start + PAGE
    assert reader.next_readable(small.start + 1, small.start + 9) == small.start + 9


def test_it_goes_on_behind_what_nobody_has_supplied(filled_in):
    handle = ProcessHandle(filled_in.pid)
    reader = ProcessReader(
        handle, MappedRanges(ProcfsLister(handle)), FlaggedRanges(handle, ProcessClock(handle))
    )
    ends = {}
    for name in ("missing", "shared", "protected"):
        start, end = filled_in.place(name).address, filled_in.place(name).end
        reader.prepare([Range(start, end)], UNWATCHED)
        ends[name] = (reader.next_readable(start + PAGE + 1, end) - start) // PAGE, (end - start) // PAGE
    assert ends["missing"][0] == ends["missing"][1] > 2
    # A page of shared memory may be there for others; and write protection supplies nothing.
    assert ends["shared"][0] == ends["protected"][0] == 2


def test_it_goes_on_directly_after_a_detour(odd, reader):
    # From before one forbidden area to beyond it, many pages of both sorts.
    place = odd.place("forbidden")
    got = read(reader, place.address - PAGE, 4 * PAGE)
    assert len(got) == 4 * PAGE
    assert got[PAGE : PAGE + 14] == b"forbidden text"


@pytest.mark.parametrize("address", [0, TOP - 1, TOP - PAGE, 1 << 63, (1 << 63) - 1])
def test_addresses_that_nobody_has_give_nothing(reader, address):
    assert read(reader, address, 2 * PAGE) == b""


def test_an_empty_buffer_gets_nothing(odd, reader):
    assert read(reader, odd.place("file").address, 0) == b""


def test_a_process_without_its_main_thread_is_read_through_another(leaderless):
    place = leaderless.place("forbidden")
    assert read(reader_of(leaderless.pid), place.address, 14) == b"forbidden text"
    by_file = without_vm_readv(leaderless.pid, errno.EPERM)
    assert read(by_file, place.address, 14) == b"forbidden text"


@pytest.mark.parametrize("direct", [True, False], ids=["process_vm_readv", "/proc/PID/mem"])
def test_a_process_that_has_ended_is_gone_rather_than_unreadable(own_child, direct):
    reader = reader_of(own_child.pid) if direct else without_vm_readv(own_child.pid, errno.EPERM)
    place = own_child.place("file")
    assert read(reader, place.address, 4)
    own_child.kill()
    with pytest.raises(SourceError, match="gone"):
        read(reader, place.address, 4)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_refusal_of_both_ways_is_denied(odd):
    reader, place = reader_of(odd.pid), odd.place("file")
    assert read(reader, place.address, 4)
    pid = os.fork()
    if pid == 0:
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        try:
            read(reader, place.address, 4)
        except SourceDenied:
            os._exit(7)
        finally:
            os._exit(8)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_both_ways_read_the_same_everywhere(odd, data):
    areas = [a for a in ProcfsLister(ProcessHandle(odd.pid)).areas() if a.size < 1 << 30]
    area = data.draw(st.sampled_from(areas))
    address = data.draw(st.integers(area.start - PAGE, area.end))
    size = data.draw(st.integers(1, 4 * PAGE))
    ways = [reader_of(odd.pid), without_vm_readv(odd.pid, errno.EPERM)]
    first, second = (read(way, address, size) for way in ways)
    assert first == second


def test_our_own_memory_reads_as_it_is():
    data = ctypes.create_string_buffer(os.urandom(3_000_000), 3_000_000)
    assert read(reader_of(os.getpid()), ctypes.addressof(data), len(data)) == data.raw


def test_memory_that_was_mapped_after_an_earlier_read_is_read():
    reader = reader_of(os.getpid())
    assert read(reader, id(reader), 1)
    with mmap.mmap(-1, 64 << 20) as later:
        later[:5] = b"later"
        address = ctypes.addressof(ctypes.c_char.from_buffer(later))
        assert read(reader, address, 5) == b"later"


@pytest.mark.parametrize("distance", [1, PAGE, 64 * PAGE])
def test_a_read_below_the_stack_does_not_grow_it(odd, reader, distance):
    lister = ProcfsLister(ProcessHandle(odd.pid))
    before = lister.snapshot()
    stack = next(a for a in lister.areas() if a.path == "[stack]")
    assert read(reader, stack.start - distance, 2 * PAGE) == b""
    assert lister.snapshot() == before


# Reads what nobody fills in, in a process of its own: what waits in the kernel only a kill can end.
READ_WATCHED = """
import sys
from ptatlas.core import open_process
address, size = int(sys.argv[2]), int(sys.argv[3])
memory = open_process(int(sys.argv[1])).memory
if sys.argv[4] == "prepared":
    from ptatlas.core.ranges import Range
    memory = memory.ready([Range(address, address + size)])
print(memory.read_into(address, memoryview(bytearray(size))))
"""


@pytest.mark.parametrize("how", ["prepared", "as it comes"])
def test_what_userfaultfd_never_fills_in_cannot_be_read_and_nobody_waits_for_it(odd, how):
    place = odd.place("watched")
    command = [sys.executable, "-c", READ_WATCHED, *map(str, (odd.pid, place.address, place.size)), how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "0\n"


def test_what_was_prepared_is_read_directly_only_until_the_process_may_have_run(own_child):
    moments, calls = [0], []

    class Moments:
        def now(self):
            return moments[-1]

    handle = ProcessHandle(own_child.pid)
    lister = ProcfsLister(handle)
    reader = ProcessReader(handle, MappedRanges(lister), FlaggedRanges(handle, Moments()))
    reader._vm_readv = lambda *arguments: calls.append(arguments) or -errno.EFAULT
    area = next(a for a in lister.areas() if "libc" in (a.path or "") and a.size >= 128 * 1024)
    reader.prepare([area.range], UNWATCHED)
    expected = read(reader, area.start, 128 * 1024)
    assert calls
    moments.append(1)
    calls.clear()
    assert read(reader, area.start, 128 * 1024) == expected
    assert not calls
