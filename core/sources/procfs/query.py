"""One area by address, by the PROCMAP_QUERY ioctl on /proc/PID/maps (Linux 6.11)."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

from ...maps.area import Area
from ...maps.protection import Protection
from ...ranges import TOP
from .handle import KERNEL_HALF, ProcessHandle, source_error
from .maps import SOURCE, ProcfsLister, decode_path, tell_deleted

# PATH_MAX of linux/limits.h: the kernel gives no longer name.
_NAME_SIZE = 4096


class _Query(ctypes.Structure):
    """struct procmap_query of linux/fs.h."""

    _fields_ = (
        ("size", ctypes.c_uint64),
        ("query_flags", ctypes.c_uint64),
        ("query_addr", ctypes.c_uint64),
        ("vma_start", ctypes.c_uint64),
        ("vma_end", ctypes.c_uint64),
        ("vma_flags", ctypes.c_uint64),
        ("vma_page_size", ctypes.c_uint64),
        ("vma_offset", ctypes.c_uint64),
        ("inode", ctypes.c_uint64),
        ("dev_major", ctypes.c_uint32),
        ("dev_minor", ctypes.c_uint32),
        ("vma_name_size", ctypes.c_uint32),
        ("build_id_size", ctypes.c_uint32),
        ("vma_name_addr", ctypes.c_uint64),
        ("build_id_addr", ctypes.c_uint64),
    )


# _IOWR('f', 17, struct procmap_query); its lowest flags are VM_READ, VM_WRITE, VM_EXEC and VM_SHARED
# in the bits of Protection.
_PROCMAP_QUERY = (3 << 30) | (ctypes.sizeof(_Query) << 16) | (ord("f") << 8) | 17


class ProcfsLocator:
    """Finds the area at an address in microseconds, however many there are."""

    def __init__(self, process: ProcessHandle, lister: ProcfsLister) -> None:
        """Take the process, and the lister for what the ioctl can't tell."""
        self._process = process
        self._lister = lister

    @staticmethod
    def is_supported() -> bool:
        """Tell whether this kernel has the ioctl."""
        process = ProcessHandle(os.getpid())
        with process.opened("maps") as descriptor:
            try:
                fcntl.ioctl(descriptor, _PROCMAP_QUERY, _Query(size=ctypes.sizeof(_Query)))
            except OSError as error:
                return error.errno == errno.ENOENT  # address 0 has no area
        return True

    def area_at(self, address: int) -> Area | None:
        """Return the area that contains the address, as the lister would, or None.

        Raises SourceDenied or SourceError when the process can't be asked.
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

    def _in_list(self, address: int) -> Area | None:
        return next((area for area in self._lister.areas() if address in area), None)

    def _ask(self, address: int) -> Area | None:
        name = ctypes.create_string_buffer(_NAME_SIZE)
        query = _Query(
            size=ctypes.sizeof(_Query),
            query_addr=address,
            vma_name_size=_NAME_SIZE,
            vma_name_addr=ctypes.addressof(name),
        )
        with self._process.opened("maps") as descriptor:
            try:
                fcntl.ioctl(descriptor, _PROCMAP_QUERY, query)
            except OSError as error:
                if error.errno == errno.ENOENT:
                    return None
                raise
        area = Area(
            query.vma_start,
            query.vma_end,
            Protection(query.vma_flags & 0xF),
            query.vma_offset,
            decode_path(name.value),
            None,
            SOURCE,
            f"{query.dev_major:02x}:{query.dev_minor:02x}",
            query.inode,
        )
        return tell_deleted(area, self._process)
