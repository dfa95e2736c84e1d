"""Paths to the files that a process maps, in its own mount namespace and by its map (proc_pid_root(5))."""

from __future__ import annotations

import os

from ...maps.area import Area
from .handle import ProcessHandle


class ProcfsFilePaths:
    """Finds them below /proc/PID/root, and in /proc/PID/map_files.

    The kernel lets only the privileged open what is in map_files (CAP_CHECKPOINT_RESTORE).
    """

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process

    def is_apart(self) -> bool:
        """Return whether its root or its mounts are others than ours; see FilePaths.

        Where it may not be asked, its names are taken for ours: what they lead to is proven all the same.
        """
        try:
            if os.readlink(self._process.path("root")) != os.readlink("/proc/self/root"):
                return True
            return _is_other(self._process.path("ns/mnt"), "/proc/self/ns/mnt")
        except OSError:
            return False

    def root(self) -> str:
        """Return the kernel's link to the process's root; see FilePaths."""
        return self._process.path("root")

    def mapped(self, area: Area) -> str:
        """Return the path in map_files; see FilePaths."""
        return f"{self._process.path('map_files')}/{area.start:x}-{area.end:x}"


def _is_other(path: str, ours: str) -> bool:
    there, here = os.stat(path), os.stat(ours)
    return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)
