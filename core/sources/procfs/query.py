"""One area by address, by the PROCMAP_QUERY ioctl on /proc/PID/maps (Linux 6.11)."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct

from ...maps.area import Area
from ...maps.protection import Protection
from ...ports.areas import AreaLister
from ...ranges import TOP
from .handle import KERNEL_HALF, ProcessHandle, source_error
from .maps import SOURCE, decode_path, tell_deleted, tell_regular

# PATH_MAX of linux/limits.h: no name from the kernel is longer.
_NAME_SIZE = 4096


# struct procmap_query of linux/fs.h: size, query_flags, query_addr, vma_start, vma_end, vma_flags,
# vma_page_size, vma_offset, inode; dev_major, dev_minor, vma_name_size, build_id_size; vma_name_addr,
# build_id_addr. Packed rather than a ctypes.Structure, and the process's file opened without a context
# manager: breakpoint conditions ask this, and it halves what an answer costs.
_QUERY = struct.Struct("=9Q4I2Q")
_Name = ctypes.c_char * _NAME_SIZE

# _IOWR('f', 17, struct procmap_query); its lowest flags are VM_READ, VM_WRITE, VM_EXEC and VM_SHARED
# in the bits of Protection.
_PROCMAP_QUERY = (3 << 30) | (_QUERY.size << 16) | (ord("f") << 8) | 17
_PROTECTIONS = tuple(Protection(bits) for bits in range(16))


# PROCMAP_QUERY_COVERING_OR_NEXT_VMA: where no area has the address, the next one above it is told.
_OR_NEXT = 0x10


def _question(address: int, name: int = 0, flags: int = 0) -> bytearray:
    """Return the structure that asks for an address's area; `name` is where in this process its name goes."""
    size = _NAME_SIZE if name else 0
    return bytearray(_QUERY.pack(_QUERY.size, flags, address, 0, 0, 0, 0, 0, 0, 0, 0, size, 0, name, 0))


class ProcfsLocator:
    """Finds the area at an address in microseconds, however many there are."""

    def __init__(self, process: ProcessHandle, lister: AreaLister) -> None:
        """Take the process, and the lister for kernels and areas that the ioctl doesn't cover."""
        self._process = process
        self._lister = lister

    @staticmethod
    def is_supported() -> bool:
        """Return whether this kernel has the ioctl."""
        process = ProcessHandle(os.getpid())
        with process.opened("maps") as descriptor:
            try:
                fcntl.ioctl(descriptor, _PROCMAP_QUERY, _question(0))
            except OSError as error:
                return error.errno == errno.ENOENT  # address 0 has no area
        return True

    def area_at(self, address: int) -> Area | None:
        """Return the area that contains the address, as the lister would, or None.

        Raise SourceDenied or SourceError if the process can't be asked.
        """
        if not 0 <= address < TOP:
            return None
        try:
            found = self._ask(address)
        except OSError as error:
            if error.errno == errno.ESRCH:
                self._process.elect()
            elif error.errno != errno.ENAMETOOLONG:
                raise source_error(self._process.pid, error) from error
            return self._in_list(address)
        if found is None and address >= KERNEL_HALF:
            return self._in_list(address)
        return found

    def next_mapped(self, address: int) -> int:
        """Return the first address from there on that is in an area, up to the kernel's half; or where it is.

        Where the kernel doesn't answer, that is the address itself.
        """
        query = _question(address, flags=_OR_NEXT)
        try:
            is_below = self._put(query)
        except OSError:
            return address
        return max(address, int(_QUERY.unpack(query)[3]) if is_below else KERNEL_HALF)

    def _in_list(self, address: int) -> Area | None:
        return next((area for area in self._lister.areas() if address in area), None)

    def _ask(self, address: int) -> Area | None:
        name = _Name()
        query = _question(address, ctypes.addressof(name))
        if not self._put(query):
            return None
        _, _, _, start, end, flags, _, offset, inode, major, minor, _, _, _, _ = _QUERY.unpack(query)
        path, device = decode_path(name.value), f"{major:02x}:{minor:02x}"
        area = Area(start, end, _PROTECTIONS[flags & 0xF], offset, path, None, SOURCE, device, inode)
        return tell_regular(tell_deleted(area, self._process), self._process)

    def _put(self, query: bytearray) -> bool:
        """Put a question to the kernel, which answers in its place; return whether there is such an area."""
        descriptor = os.open(self._process.path("maps"), os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.ioctl(descriptor, _PROCMAP_QUERY, query)
            return True
        except OSError as error:
            if error.errno == errno.ENOENT:
                return False
            raise
        finally:
            os.close(descriptor)
