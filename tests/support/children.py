"""Child processes that say in JSON what they made, one line at a time.

The protocol: the program prints one line of facts when it is ready, then answers each line of its standard
input with one line. A line is the event that a test waits on; nothing here waits on time, except that a child
silent for `PATIENCE` seconds is called dead instead of hanging the test.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

PATIENCE = 60.0


class ChildError(Exception):
    """The child refused a command, died, or said nothing."""


class Place(NamedTuple):
    """Bytes in the child that a test knows of: half-open, `[address, end)`."""

    address: int
    size: int

    @property
    def end(self) -> int:
        return self.address + self.size


class Child:
    """A running test program; a context manager that kills it in the end.

    `facts` is its first line: see the program's own head comment for what is in it.
    """

    def __init__(
        self,
        program: Path,
        *arguments: object,
        env: dict[str, str] | None = None,
        let_go: Callable[[], object] = lambda: None,
    ) -> None:
        """Start the program; `let_go` is called before its facts are awaited, for one that waits itself.

        In its environment, which a search of its memory finds, there is nothing of the running test.
        """
        self._pending = b""
        usual = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        self._process = subprocess.Popen(
            [str(program), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=usual if env is None else env,
        )
        try:
            let_go()
            self.facts = self._read_answer()
        except BaseException:
            self.kill()
            raise

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return self._process.pid

    def place(self, name: str) -> Place:
        """The named entry of the facts' `places`."""
        return Place(**self.facts["places"][name])

    def tell(self, line: str) -> dict[str, Any]:
        """Give one command; return the answer. Raises `ChildError` when the child reports an error."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()
        return self._read_answer()

    def wait(self) -> int:
        """Wait for the child to end by itself; return its exit status, as `subprocess` counts it."""
        return self._process.wait(PATIENCE)

    def crash(self) -> None:
        """Kill it, and wait until it has lost memory and files, also where a debugger holds the rest."""
        assert self._process.stdout is not None
        os.kill(self.pid, signal.SIGKILL)
        while os.read(self._process.stdout.fileno(), 65536):
            pass

    def kill(self) -> None:
        """End the child, whatever it does (traced and stopped too). May be called again."""
        self._process.kill()
        # Closes the pipes and reaps; a child that a debugger traces is reaped when that debugger lets go.
        with self._process:
            pass

    def _read_answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self._read_line())
        if "error" in answer:
            raise ChildError(answer["error"])
        return answer

    def _read_line(self) -> bytes:
        assert self._process.stdout is not None
        stdout = self._process.stdout.fileno()
        while b"\n" not in self._pending:
            if not select.select([stdout], [], [], PATIENCE)[0]:
                raise ChildError(f"{self._process.args!r}: silent for {PATIENCE:.0f} s")
            data = os.read(stdout, 65536)
            if not data:
                raise ChildError(f"{self._process.args!r}: ended with status {self._process.wait(PATIENCE)}")
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        return line
