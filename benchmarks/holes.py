"""What was never written costs nothing: reserved shared memory, and a sparse file, beside their data alone.

As part of `make bench`, or alone: python benchmarks/holes.py. What is compared is measured in turn, the best
of each counts. The file is cold each time: the kernel is told to forget its pages.
"""

from __future__ import annotations

import ctypes
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from memories import MIB, NEEDLE, Part, filled, peer_program
from ptatlas.core.opening import open_process
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from scan import seconds
from sessions import Figure
from support.resting import wait_until_resting

ROUNDS = 3
RESERVED, SPARSE, TOUCHED = 512 << 10, 16 << 10, 64
_CACHESTAT = 451  # cachestat(2), Linux 6.5, on every machine


class CacheRange(ctypes.Structure):
    """struct cachestat_range: offset and length."""

    _fields_ = (("offset", ctypes.c_uint64), ("length", ctypes.c_uint64))


def figures() -> Iterator[Figure]:
    """Times, then what was left behind: pages of the file in the page cache, and of the process."""
    with peer_program() as peer:
        with filled(peer, f"shared:{RESERVED}:{TOUCHED}", f"random:{TOUCHED}") as (reserved, dense):
            yield from _reserved(reserved, dense)
        with _sparse_file() as path, filled(peer, f"file:{SPARSE}:{path}") as (mapped,):
            yield from _mapped(mapped, path)


def _reserved(reserved: Part, dense: Part) -> Iterator[Figure]:
    before = _footprint(reserved.pid)
    works = (lambda: _find(dense)), (lambda: _find(reserved)), (lambda: _snapshot(reserved))
    rounds = [[seconds(work) for work in works] for _ in range(ROUNDS)]
    base, found, taken = (min(times) for times in zip(*rounds))
    name = f"{RESERVED >> 10} GiB shared, {TOUCHED} MiB touched"
    yield Figure(name, found, base, f"{TOUCHED} MiB dense", 2)
    yield Figure(f"{name}: snapshot", taken, base, "searching the dense", 20)
    yield Figure("  its pages in memory grow by", _footprint(reserved.pid) - before, MIB, "1 MiB", 0, "B")


def _mapped(mapped: Part, path: Path) -> Iterator[Figure]:
    before = _footprint(mapped.pid)
    rounds = []
    for _ in range(ROUNDS):
        _forget(path)
        base = seconds(lambda: _read_data(path))
        _forget(path)
        rounds.append((base, seconds(lambda: _find(mapped))))
    base, found = (min(times) for times in zip(*rounds))
    yield Figure(f"{SPARSE >> 10} GiB sparse file, cold", found, base, f"reading its {TOUCHED} MiB", 2)
    yield Figure("  page cache then", _cached(path) / MIB, TOUCHED, "its data", 1, "M")
    yield Figure("  its pages in memory grow by", _footprint(mapped.pid) - before, MIB, "1 MiB", 0, "B")


def _find(part: Part) -> int:
    return (
        open_process(part.pid).find(Pattern.raw(NEEDLE), [Range(part.start, part.start + part.size)]).count()
    )


def _snapshot(part: Part) -> object:
    inferior = open_process(part.pid)
    return inferior.snapshot("s", [inferior.areas.find(part.start)])


@contextmanager
def _sparse_file() -> Iterator[Path]:
    """A file of holes with random data, a MiB at a time, on disk and not in the page cache."""
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as file:
        file.truncate(SPARSE * MIB)
        for number in range(TOUCHED):
            os.pwrite(file.fileno(), os.urandom(MIB), number * (SPARSE * MIB // TOUCHED))
        yield Path(file.name)


def _read_data(path: Path) -> None:
    with open(path, "rb", buffering=0) as file:
        for number in range(TOUCHED):
            os.pread(file.fileno(), MIB, number * (SPARSE * MIB // TOUCHED))


def _forget(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _cached(path: Path) -> int:
    """Return how many bytes of a file the page cache holds: the first of the counts of struct cachestat."""
    counts = (ctypes.c_uint64 * 5)()
    with open(path, "rb") as file:
        wanted = CacheRange(0, 0)
        if ctypes.CDLL(None).syscall(_CACHESTAT, file.fileno(), ctypes.byref(wanted), counts, 0):
            return 0
    return counts[0] * os.sysconf("SC_PAGESIZE")


def _footprint(pid: int) -> int:
    """Return bytes of memory and of page tables of a process, once it rests."""
    wait_until_resting(pid)
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * sum(
        int(size) for size in re.findall(r"^(?:VmRSS|VmPTE):\s+(\d+) kB$", status, re.MULTILINE)
    )


if __name__ == "__main__":
    for figure in figures():
        print(
            f"{figure.work:<42} {figure.ours:8.3f} {figure.unit} {figure.ratio:7.2f} times {figure.against}"
        )
