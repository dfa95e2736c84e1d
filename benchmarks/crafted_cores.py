"""Core files that claim far more than they hold: opening one and its map, each in a process of its own."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

from ptatlas.core.cli.headless import FAILED, FOUND
from ptatlas.core.cli.main import main
from sessions import Figure
from support.crafted_cores import CRAFTED, empty_headers

SECONDS, MEBIBYTES = 2.0, 200.0
_MOST_SECONDS, _RAISED = 30, 70


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
    """What `ptatlas maps CORE --summary` costs; without end if it doesn't end, or not with an answer."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        _answer(path)
    _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    is_answered = os.WIFEXITED(status) and os.WEXITSTATUS(status) in (FOUND, FAILED)
    return Cost(seconds if is_answered else float("inf"), used.ru_maxrss / 1024)


def _answer(path: Path) -> NoReturn:
    """Answer, or refuse the core in one line, and end this process."""
    status = _RAISED
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
        with open(os.devnull, "w", encoding="ascii") as nowhere:
            sys.stdout = sys.stderr = nowhere
            status = main(["maps", str(path), "--summary"])
    finally:
        os._exit(status)
