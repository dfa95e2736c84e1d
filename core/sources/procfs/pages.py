"""Which pages of a process are present, by PAGEMAP_SCAN (Linux 6.7) or from /proc/PID/pagemap.

Both give the same answers. The ioctl's cost grows with the pages present, the file's with the pages asked
about: 8 bytes for each.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
from collections.abc import Iterable, Iterator
from typing import Protocol

from ...errors import SourceError
from ...ranges import Range
from .handle import KERNEL_HALF, ProcessHandle, source_errors


class PageScan(Protocol):
    """Finds pages by their state; `ranges` are page-aligned, in order and apart, as are the answers."""

    def missing(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Yield where no page is, neither in memory nor in swap. May go beyond the ranges asked for."""

    def private(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Yield where the process has a page of its own, no file's and not shared. May exceed the ranges."""


# --- PAGEMAP_SCAN: linux/fs.h, ioctl PAGEMAP_SCAN(2const) ----------------------------------------

_FILE, _PRESENT, _SWAPPED = 1 << 2, 1 << 3, 1 << 4
_REGION = struct.Struct("=QQQ")  # struct page_region: start, end, categories
_REGIONS = 4096
_FEW = 16


class _ScanArgument(ctypes.Structure):
    """struct pm_scan_arg."""

    _fields_ = tuple(
        (name, ctypes.c_uint64)
        for name in (
            "size",
            "flags",
            "start",
            "end",
            "walk_end",
            "vec",
            "vec_len",
            "max_pages",
            "category_inverted",
            "category_mask",
            "category_anyof_mask",
            "return_mask",
        )
    )


# _IOWR('f', 16, struct pm_scan_arg)
_PAGEMAP_SCAN = (3 << 30) | (ctypes.sizeof(_ScanArgument) << 16) | (ord("f") << 8) | 16


class PagemapScan:
    """Finds pages by PAGEMAP_SCAN. It only asks: no flag that changes anything is ever set.

    A few pages are looked up in the file instead: before the ioctl a living thread is elected, which costs
    more than either.
    """

    def __init__(self, process: ProcessHandle) -> None:
        self._process, self._file = process, PagemapFile(process)
        self._few = _FEW * os.sysconf("SC_PAGESIZE")

    @staticmethod
    def is_supported() -> bool:
        """Return whether this kernel has the ioctl, and no seccomp(2) filter refuses it."""
        with ProcessHandle(os.getpid()).opened("pagemap") as descriptor:
            try:
                fcntl.ioctl(descriptor, _PAGEMAP_SCAN, _ScanArgument(size=ctypes.sizeof(_ScanArgument)))
            except OSError:
                return False
        return True

    def missing(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Yield where no page is; see PageScan."""
        both, ranges = _PRESENT | _SWAPPED, list(ranges)
        if len(ranges) == 1 and ranges[0].size <= self._few:
            return self._file.missing(ranges)
        return self._scan(ranges, category_inverted=both, category_mask=both)

    def private(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Yield where the process has a page of its own; see PageScan."""
        both = _PRESENT | _SWAPPED
        return self._scan(ranges, category_inverted=_FILE, category_mask=_FILE, category_anyof_mask=both)

    def _scan(self, ranges: Iterable[Range], **categories: int) -> Iterator[Range]:
        """Scan from the first range to the last at once: the gaps between them cost less than more calls."""
        wanted = [r for r in ranges if r.end <= KERNEL_HALF]
        if not wanted:
            return
        vector = bytearray(_REGIONS * _REGION.size)
        argument = _ScanArgument(
            size=ctypes.sizeof(_ScanArgument),
            start=wanted[0].start,
            end=wanted[-1].end,
            vec=ctypes.addressof(ctypes.c_char.from_buffer(vector)),
            vec_len=_REGIONS,
            return_mask=_PRESENT,
            **categories,
        )
        self._process.elect()
        with self._process.opened("pagemap") as descriptor:
            while argument.start < argument.end:
                with source_errors(self._process.pid):
                    found = fcntl.ioctl(descriptor, _PAGEMAP_SCAN, argument)
                for start, end, _ in _REGION.iter_unpack(memoryview(vector)[: found * _REGION.size]):
                    yield Range(start, end)
                argument.start = argument.walk_end


# --- /proc/PID/pagemap: Documentation/admin-guide/mm/pagemap.rst ---------------------------------

_ENTRY = 8
_CHUNK = 1 << 17  # entries read at once
_TOP_BYTE = _ENTRY - 1 if struct.pack("=H", 1)[0] else 0
# Of an entry's highest byte: bits 63, 62, 61, 58 and 57 of the entry.
_TOP_PRESENT, _TOP_SWAPPED, _TOP_FILE, _TOP_GUARD, _TOP_WRITE_PROTECTED = 0x80, 0x40, 0x20, 0x04, 0x02
_ANYTHING = _TOP_PRESENT | _TOP_SWAPPED | _TOP_GUARD | _TOP_WRITE_PROTECTED
_IS_MISSING = bytes(not top & _ANYTHING for top in range(256))
_IS_PRIVATE = bytes(bool(top & (_TOP_PRESENT | _TOP_SWAPPED)) and not top & _TOP_FILE for top in range(256))


class PagemapFile:
    """Finds pages in /proc/PID/pagemap, for kernels before 6.7."""

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process
        self._page_size = os.sysconf("SC_PAGESIZE")

    def missing(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Yield where no page is; see PageScan."""
        return self._scan(ranges, _IS_MISSING)

    def private(self, ranges: Iterable[Range]) -> Iterator[Range]:
        """Yield where the process has a page of its own; see PageScan."""
        return self._scan(ranges, _IS_PRIVATE)

    def _scan(self, ranges: Iterable[Range], is_wanted: bytes) -> Iterator[Range]:
        page, span = self._page_size, _CHUNK * self._page_size
        for wanted in ranges:
            for start in range(wanted.start, wanted.end, span):
                entries = self._entries(start // page, (min(start + span, wanted.end) - start) // page)
                for first, last in _runs(entries[_TOP_BYTE::_ENTRY].translate(is_wanted)):
                    yield Range(start + first * page, start + last * page)

    def _entries(self, page: int, count: int) -> bytes:
        """Return the entries of these pages; none of the kernel's half.

        A thread that has ended has none either, or its file can't be opened: then a living one is elected.
        """
        try:
            entries = self._read(page, count)
        except SourceError:
            entries = b""
        if not entries and page * self._page_size < KERNEL_HALF:
            self._process.elect()
            entries = self._read(page, count)
        return entries

    def _read(self, page: int, count: int) -> bytes:
        with self._process.opened("pagemap") as descriptor, source_errors(self._process.pid):
            return os.pread(descriptor, count * _ENTRY, page * _ENTRY)


def _runs(flags: bytes) -> Iterator[tuple[int, int]]:
    """Yield the half-open ranges of indices at which `flags` is 1 rather than 0."""
    start = flags.find(1)
    while start >= 0:
        end = flags.find(0, start)
        if end < 0:
            end = len(flags)
        yield start, end
        start = flags.find(1, end)


def page_scan(process: ProcessHandle) -> PageScan:
    """Return the fastest way to scan pages that this kernel has."""
    return PagemapScan(process) if PagemapScan.is_supported() else PagemapFile(process)
