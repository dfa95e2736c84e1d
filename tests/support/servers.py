"""A process behind a server that the debugger has not started itself, as if on another machine."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .children import PATIENCE, Child
from .debuggers import find_lldb
from .session import Session

LISTENING = "Listening on port "
# /proc/net/unix, the flags of a socket that listens: __SO_ACCEPTCON. One that is bound is listed too.
_ACCEPTS = "00010000"


def wait_until_it_listens(name: str, server: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until the kernel lists the socket as one that listens: nothing else tells."""
    deadline = time.monotonic() + PATIENCE
    while not any(_ACCEPTS in line for line in _sockets() if line.endswith(name)):
        assert server is None or server.poll() is None, f"{name}: its server has ended"
        assert time.monotonic() < deadline, f"{name}: nobody listens"


def _sockets() -> list[str]:
    return Path("/proc/net/unix").read_text().splitlines()


@contextmanager
def lldb_server(pid: int) -> Iterator[str]:
    """Attach an lldb-server to the process; yield LLDB's command that connects to it."""
    name = f"ptatlas-lldb-server-{uuid.uuid4().hex}"  # of the tests' folders some are too long for a socket
    server = Path(find_lldb().path).resolve().parent / "lldb-server"
    command = [str(server), "gdbserver", f"unix-abstract://{name}", "--attach", str(pid)]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_listens(name, running)
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


@contextmanager
def under_valgrind(session: Session, program: Path, folder: Path, *arguments: object) -> Iterator[Child]:
    """Run the program under Valgrind, behind its stub, in the GDB session, up to where it is ready."""
    prefix = f"--vgdb-prefix={folder}/vgdb"

    def let_go() -> None:
        # The command waits until there is a Valgrind with this prefix.
        session.run(f"target remote | vgdb --wait={int(PATIENCE)} {prefix}")
        session.run("break ptatlas_ready")
        session.run("continue")

    command = ("-q", "--vgdb=yes", "--vgdb-error=0", prefix, program, *arguments)
    with Child(Path("valgrind"), *command, let_go=let_go) as child:
        yield child


@contextmanager
def valgrind_port(program: Path, folder: Path) -> Iterator[int]:
    """Run the program under Valgrind, up to its first instruction; yield a port that leads to its stub.

    vgdb listens on a port that it is given, which may be taken. So it relays between the stub and a
    connection that is there already.
    """
    prefix = f"--vgdb-prefix={folder}/vgdb"

    def relay() -> None:
        connection = listener.accept()[0]
        with connection:
            command = ["vgdb", f"--wait={int(PATIENCE)}", prefix]
            subprocess.run(
                command, stdin=connection, stdout=connection, stderr=subprocess.DEVNULL, check=False
            )

    command = ["valgrind", "--tool=none", "-q", "--vgdb=yes", "--vgdb-error=0", prefix, program]
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running,
    ):
        threading.Thread(target=relay, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            running.kill()
