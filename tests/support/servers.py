"""A process behind a server that the debugger has not started itself, as if on another machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .debuggers import find_lldb

LISTENING = "Listening on port "


@contextmanager
def lldb_server(pid: int, folder: Path) -> Iterator[str]:
    """Attach an lldb-server to the process; yield LLDB's command that connects to it."""
    name = f"{folder}/lldb-server"
    server = Path(find_lldb().path).resolve().parent / "lldb-server"
    command = [str(server), "gdbserver", f"unix-abstract://{name}", "--attach", str(pid)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        # The kernel lists the socket as soon as the server listens.
        while name not in Path("/proc/net/unix").read_text():
            assert running.poll() is None, "lldb-server has ended"
        yield f"process connect --plugin gdb-remote unix-abstract-connect://{name}"
    finally:
        running.kill()
        running.wait()


@contextmanager
def gdb_server(pid: int, *wrapper: str) -> Iterator[int]:
    """Attach a gdbserver to the process; yield the port of this machine on which it listens.

    `wrapper` is a command that runs it somewhere else.
    """
    command = [*wrapper, "gdbserver", "--once", "--attach", "localhost:0", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        try:
            lines = iter(running.stderr)
            yield int(next(line for line in lines if line.startswith(LISTENING)).removeprefix(LISTENING))
        finally:
            running.kill()
