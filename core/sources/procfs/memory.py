"""Reading a process's memory without a debugger: process_vm_readv(2), else /proc/PID/mem."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from collections.abc import Iterable, Mapping, Sequence

from ...errors import SourceDenied
from ...range_set import RangeSet
from ...ranges import TOP, Range, align_up
from ...watch import Watch
from .flagged import FlaggedRanges
from .handle import ProcessHandle, source_error
from .mapped import MappedRanges
from .maps import SOURCE
from .vm_readv import MOST_PLACES, find_vm_readv, find_vm_readv_each

# Bytes read through /proc/PID/mem before process_vm_readv is tried again.
_DETOUR = 64 * 1024
# Bytes from which a read is worth asking whether what was prepared still holds; the file serves less as well.
_LARGE = 64 * 1024
# loff_t is signed, so pread(2) can't go higher.
_HIGHEST_OFFSET = 1 << 63


class ProcessReader:
    """Reads what ptrace(2) lets a tracer read, straight into the caller's buffer.

    /proc/PID/mem gives a tracer also pages that the process itself may not read (proc_pid_mem(5)); that is
    where debuggers read, so both show the same. process_vm_readv(2) is faster, but waits for the handler of a
    page that is missing under userfaultfd(2), perhaps forever and deaf to signals, where the file fails at
    once. So the call is used only in ranges that were prepared for it and have no such handler, until the
    process may have run and got one. Only mapped addresses are read: the kernel would grow a stack for a
    read below it, and nothing in the process may change.
    """

    source = SOURCE
    thread_safe = True

    def __init__(self, process: ProcessHandle, mapped: MappedRanges, flagged: FlaggedRanges) -> None:
        self._process = process
        self._mapped = mapped
        self._flagged = flagged
        self._direct = RangeSet()  # where process_vm_readv is safe, as of the last `prepare`
        self._huge: Mapping[Range, int] = {}  # areas of huge pages and the sizes of these, as of then
        self._never_there = RangeSet()  # pages that somebody is yet to supply, as of then
        self._thread = threading.get_ident()
        self._page_size = os.sysconf("SC_PAGESIZE")
        self._vm_readv = find_vm_readv()
        self._read_each = find_vm_readv_each()

    def prepare(self, ranges: Iterable[Range], watch: Watch) -> None:  # noqa: ARG002 - asks the kernel once
        """Find where in these ranges no userfaultfd(2) handler supplies pages; see PreparedReader."""
        self._direct, self._huge, self._never_there = RangeSet(), {}, RangeSet()
        try:
            filled_in, self._huge = self._flagged.filled_in(), self._flagged.huge_page_sizes()
            self._never_there = self._flagged.never_there()
        except SourceDenied:
            return  # without permission to ask, reads go through the file
        self._direct = RangeSet(left for part in ranges for left in filled_in.outside(*part))

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as the memory can be read; return how many bytes that is.

        Raise SourceDenied if neither way is allowed, SourceError if the process is gone.
        """
        if len(buffer) == 0 or not 0 <= address < TOP:
            return 0
        size = self._mapped.run_end(address, min(address + len(buffer), TOP)) - address
        direct = self._direct if size >= _LARGE and self._is_prepared() else RangeSet()
        done = 0
        while done < size:
            at = address + done
            safe = next(direct.within(at, address + size), None)
            if safe is not None and safe.start == at:
                got = self._read_run(at, buffer[done : safe.end - address])
            else:
                got = self._read_file(at, buffer[done : (safe.start if safe else address + size) - address])
            if got == 0:
                break
            done += got
        return done

    def read_each(self, addresses: Sequence[int], size: int, buffer: memoryview) -> int:
        """Fill the buffer from each address; see ScatteredReader. Memory between them must be mapped."""
        call, done = self._read_each, 0
        if call is None or not addresses or not 0 <= addresses[0] <= addresses[-1] <= TOP - size:
            return 0
        whole = Range(addresses[0], addresses[-1] + size)
        if self._mapped.run_end(*whole) != whole.end or list(self._direct.within(*whole)) != [whole]:
            return 0
        if not self._is_prepared():
            return 0
        to = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        for first in range(0, len(addresses), MOST_PLACES):
            part = addresses[first : first + MOST_PLACES]
            got = call(self._process.tid, to + first * size, part, size)
            done += max(0, got) // size
            if got < len(part) * size:
                break
        return done

    def next_readable(self, address: int, end: int) -> int:
        """Return where the next page begins that may be there; see SparseReader."""
        page = next((size for area, size in self._huge.items() if address in area), self._page_size)
        start = align_up(address, page)
        if start < end and start in self._never_there:
            start = next((left.start for left in self._never_there.outside(start, end)), end)
        return min(self._mapped.next_mapped(start), end) if start < end else end

    def _is_prepared(self) -> bool:
        """Return whether the last `prepare` still holds: other threads read only right after it."""
        return threading.get_ident() != self._thread or self._flagged.is_current()

    def _read_run(self, address: int, buffer: memoryview) -> int:
        """Read at least one byte if the first can be read; return how many were read."""
        got = self._read_directly(address, buffer)
        if got == 0:
            # The kernel may refuse several pages for one among them; one page alone is exact.
            page = self._page_size - address % self._page_size
            got = self._read_directly(address, buffer[:page])
        return got or self._read_file(address, buffer if self._vm_readv is None else buffer[:_DETOUR])

    def _read_directly(self, address: int, buffer: memoryview) -> int:
        """Return how many bytes process_vm_readv reads; 0 if it fails, for any reason."""
        call = self._vm_readv
        if call is None:
            return 0
        to = ctypes.addressof(ctypes.c_char.from_buffer(buffer))
        got = call(self._process.tid, to, address, len(buffer))
        if got == -errno.ESRCH:
            # The elected thread has ended: elect another, or raise that none is left.
            self._process.elect()
            got = call(self._process.tid, to, address, len(buffer))
        if got in (-errno.EPERM, -errno.ENOSYS):
            # A seccomp filter may forbid the call and not the file.
            self._vm_readv = None
        return max(0, got)

    def _read_file(self, address: int, buffer: memoryview) -> int:
        """Read from /proc/PID/mem, opened each time: after exec(2), an open one shows the old memory."""
        if address >= _HIGHEST_OFFSET:
            return 0
        with self._process.opened("mem") as descriptor:
            try:
                got = os.preadv(descriptor, [buffer[: _HIGHEST_OFFSET - address]], address)
            except OSError as error:
                if error.errno in (errno.EPERM, errno.EACCES, errno.ESRCH):
                    raise source_error(self._process.pid, error) from error
                return 0  # EIO: no such page, or one that can't be read
        if got == 0:
            # This file has no end: the memory is gone, with its last thread.
            self._process.elect()
        return got
