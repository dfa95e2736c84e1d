"""Which file systems tell the holes of their files as mappings of the files show them now."""

from __future__ import annotations

import ctypes

# Magic numbers of linux/magic.h. These look for data in the page cache as well (lseek(2), SEEK_DATA), so that
# what was written through a mapping is none of their holes. What is answered elsewhere may be older than
# that: by a program (FUSE), by another computer (NFS, SMB, 9p); and overlays may lie over any of these.
_CURRENT = frozenset(
    {
        0x0000_EF53,  # ext4
        0x5846_5342,  # XFS
        0x9123_683E,  # Btrfs
        0xF2F5_2010,  # F2FS
        0x0102_1994,  # tmpfs: also memfd_create(2) and shared memory without a name
    }
)
# struct statfs is at most half as long on any machine; its first word is f_type, but on s390.
_ROOM = 256


def tells_current_holes(descriptor: int) -> bool:
    """Return whether the file system of an open file is known to tell holes as they are now."""
    room = ctypes.create_string_buffer(_ROOM)
    try:
        failed = ctypes.CDLL(None).fstatfs(ctypes.c_int(descriptor), room)
    except (OSError, TypeError, AttributeError):
        return False
    return not failed and ctypes.c_ulong.from_buffer(room).value in _CURRENT
