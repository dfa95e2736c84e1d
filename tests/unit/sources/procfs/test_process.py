"""A process as a target, without a debugger."""

from __future__ import annotations

import os
import platform
import signal
import struct
import subprocess

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.errors import SourceError
from ptatlas.core.inferior import Inferior
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources import process_target

PAGE = os.sysconf("SC_PAGESIZE")


def status(pid, name):
    with open(f"/proc/{pid}/status") as file:
        return next(line.split()[1] for line in file if line.startswith(name + ":"))


def test_a_target_knows_its_process(odd, program):
    target = process_target(odd.pid)
    assert (target.pid, target.name) == (odd.pid, program.name)
    assert target.arch[:3] == Arch(8, "little", os.sysconf("SC_PAGESIZE"))[:3]
    assert target.raw is target.readers[0]
    assert target.evaluator is None


def i386_program(path):
    """A program of one page that pauses: `mov eax, 29 (pause); int 0x80` after its two headers."""
    code = b"\xb8\x1d\x00\x00\x00\xcd\x80"
    base, entry = 0x10000, 52 + 32
    ident = b"\x7fELF\x01\x01\x01".ljust(16, b"\0")
    header = struct.pack("<16sHHIIIIIHHHHHH", ident, 2, 3, 1, base + entry, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, 0, base, base, entry + len(code), entry + len(code), 5, PAGE)
    path.write_bytes(header + segment + code)
    path.chmod(0o700)
    return path


@pytest.mark.skipif(platform.machine() != "x86_64", reason="runs a program for i386")
def test_a_program_of_another_word_size_is_seen_as_such(tmp_path):
    try:
        child = subprocess.Popen([i386_program(tmp_path / "pause")])
    except OSError as error:
        pytest.skip(f"this kernel runs no program for i386: {error}")
    with child:
        assert process_target(child.pid).arch == Arch(4, "little", PAGE)
        assert all(area.end <= 1 << 32 for area in process_target(child.pid).listers[0].areas())
        child.kill()


def test_there_is_no_target_without_a_process(dead_pid):
    with pytest.raises(SourceError, match="gone"):
        process_target(dead_pid)


def test_a_process_without_its_main_thread_is_a_target_too(leaderless):
    target = process_target(leaderless.pid)
    assert target.listers[0].areas()
    assert target.arch == Arch()


def test_a_process_without_its_main_thread_is_searched_too(leaderless):
    inferior = Inferior(process_target(leaderless.pid))
    place = leaderless.place("forbidden")
    text = Pattern.text("forbidden text")
    assert [hit.address for hit in inferior.find(text, [Range(place.address, place.address + PAGE)])] == [
        place.address
    ]
    programs = [a.start for a in inferior.areas if a.offset == 0 and (a.path or "").endswith("/libc.so.6")]
    assert set(programs) < {hit.address for hit in inferior.find(Pattern.raw(b"\x7fELF"), align=PAGE)}
    assert programs


def test_looking_leaves_no_trace(own_child):
    """Neither page tables nor residency grow by what a target tells, nor by a read of what is there."""
    names = ("VmPTE", "VmRSS", "VmSize")
    before = [status(own_child.pid, name) for name in names]
    target = process_target(own_child.pid)
    list(target.untouched.untouched(0, 1 << 64))
    target.listers[0].areas()
    target.residency.residency()
    target.threads.threads()
    target.readers[0].read_into(own_child.place("file").address + PAGE, memoryview(bytearray(PAGE)))
    assert [status(own_child.pid, name) for name in names] == before


def test_a_stopped_process_stays_stopped(own_child):
    os.kill(own_child.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, own_child.pid, os.WSTOPPED | os.WNOWAIT)
    target = process_target(own_child.pid)
    assert target.readers[0].read_into(own_child.place("file").address, memoryview(bytearray(8))) == 8
    assert status(own_child.pid, "State") == "T"
