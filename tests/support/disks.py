"""Disks that are full soon, and limits on how large files may grow."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_tmpfs(folder: Path, size: int) -> Iterator[Path]:
    """A tmpfs of so many bytes, mounted at a new folder. Skips the test where none can be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount(8) here; the tests of file size limits go the same ways")
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted ({mounted.stderr.strip()}); the size limits test the same")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def folder_in_memory(name: str, otherwise: Path) -> Iterator[Path]:
    """A folder on a tmpfs where there is one for everybody, for many small files; else within another."""
    path = Path("/dev/shm") / f"ptatlas-{name}-{os.getpid()}"
    if not os.access(path.parent, os.W_OK):
        path = otherwise / name
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path)
