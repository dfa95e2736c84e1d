"""Looking at what becomes of damaged files: in processes of little memory, with none but our errors."""

from __future__ import annotations

import json
import os
import resource
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ptatlas.core.errors import AtlasError

PROCESSES = 2
# Far more than any of these files is worth, far less than what a forged size may ask for.
MEMORY_LIMIT = 2 << 30


class OnlyOurErrors:
    """Lets our errors pass and keeps the traceback of any other."""

    def __init__(self) -> None:
        self.problem: str | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if error is not None and not isinstance(error, AtlasError):
            self.problem = "".join(traceback.format_exception(kind, error, trace))
        return isinstance(error, Exception)


def in_processes(count: int, work: Callable[[int], list]) -> list:
    """Runs `work` in processes with little memory; their results, or how they died."""
    pipes = []
    for number in range(count):
        listen, tell = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
                resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_LIMIT, used + MEMORY_LIMIT))
                os.write(tell, json.dumps(work(number)).encode())
                os._exit(0)
            finally:
                os._exit(1)
        os.close(tell)
        pipes.append((pid, listen))
    results = []
    for pid, listen in pipes:
        told = b"".join(iter(lambda fd=listen: os.read(fd, 1 << 16), b""))
        os.close(listen)
        _, status = os.waitpid(pid, 0)
        results += json.loads(told) if status == 0 else [("died", f"status {status:#x} after {told!r}")]
    return results
