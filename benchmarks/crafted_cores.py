"""Core files that claim far more than they hold: opening one and its map, each in a process of its own."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sessions import Figure
from support.crafted_cores import CRAFTED, empty_headers

SECONDS, MEBIBYTES = 2.0, 200.0
_MOST_SECONDS = 30


class Cost(NamedTuple):
    """Seconds of the processor, and the most memory that was used, in MiB."""

    seconds: float
    memory: float


def figures() -> Iterator[Figure]:
    """Time and memory of each, against what is allowed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "core")
        for name, make in CRAFTED.items():
            path.write_bytes(make())
            yield from _figures(name, path)
        empty_headers(path)
        yield from _figures("4,700,000 headers of a hole", path)


def _figures(name: str, path: Path) -> Iterator[Figure]:
    cost = _cost(path)
    yield Figure(name[:38], cost.seconds, SECONDS, "2 s", 1.0)
    yield Figure("", cost.memory, MEBIBYTES, "200 MiB", 1.0, "M")


def _cost(path: Path) -> Cost:
    sys.stdout.flush()
    child = os.fork()
    if not child:
        try:
            _open(path)
        finally:
            os._exit(0)
    _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    return Cost(float("inf") if os.WIFSIGNALED(status) else seconds, used.ru_maxrss / 1024)


def _open(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    from ptatlas.core import AtlasError, open_core
    from support.shell import Shell

    shell = Shell()
    try:
        shell.inferior = open_core(path)
    except AtlasError:
        return  # refused, in one line
    shell.run("pt-maps --summary")
