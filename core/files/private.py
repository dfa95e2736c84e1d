"""Files and folders that are made: only their owner may read them.

What a debugger sees of a process holds its secrets: a page of the heap in a snapshot, a hit with its context,
a path in a map. So nothing depends on how the user's umask is set; who means others to read a file says so.
"""

from __future__ import annotations

import os
from typing import BinaryIO

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def new_private_file(path: str) -> BinaryIO:
    """Make a file that isn't there and return it, open for writing; raise the system's OSError."""
    return open(path, "xb", opener=_open_private)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)
