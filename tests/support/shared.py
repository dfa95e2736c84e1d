"""What the processes of one test run share: `make test` runs several, each with a part of the tests."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `make demo` compiles through this, and has no pytest
    import pytest


def run_folder(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the whole run; a process of several has its own within it."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Make the folder, and be the only process that works in it; the end of a process ends its turn."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
