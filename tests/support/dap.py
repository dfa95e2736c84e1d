"""A client of the Debug Adapter Protocol, as an IDE is one: requests, their responses, and events.

The protocol: https://microsoft.github.io/debug-adapter-protocol/specification.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any

from .session import PATIENCE


class DapClient:
    """A debug adapter on pipes; a context manager that ends it.

    It waits on messages only. What doesn't come within `PATIENCE` seconds is a TimeoutError.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._adapter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self._sent = 0
        self._unread = b""
        self.kept: list[dict[str, Any]] = []

    def __enter__(self) -> DapClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # So that no breakpoint of the debugger's own stays in the process.
        self.request("disconnect", terminateDebuggee=False)
        self._adapter.communicate(timeout=PATIENCE)

    def attach(self, pid: int, program: str) -> None:
        """Attach to a process, and wait until it is stopped."""
        self.request("initialize", clientID="test", adapterID="test", linesStartAt1=True, pathFormat="path")
        attached = self.send("attach", pid=pid, program=program, stopOnEntry=True)
        self.event("initialized")
        self.request("configurationDone")
        self.response(attached)

    def evaluate(self, text: str, context: str = "repl") -> dict[str, Any]:
        """Type a line into the debug console; return the response."""
        return self.response(self.send("evaluate", expression=text, context=context))

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a request and return its response, which must be a success."""
        response = self.response(self.send(command, **arguments))
        assert response["success"], response
        return response

    def send(self, command: str, **arguments: Any) -> int:
        """Send a request; return its number."""
        self._sent += 1
        message = {"type": "request", "seq": self._sent, "command": command, "arguments": arguments}
        content = json.dumps(message).encode()
        assert self._adapter.stdin is not None
        self._adapter.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
        return self._sent

    def response(self, number: int) -> dict[str, Any]:
        """Wait for the response to a request; what comes before it is kept."""
        return self._first(lambda message: message.get("request_seq") == number)

    def event(self, name: str) -> dict[str, Any]:
        """Return the first event of this name, kept or awaited."""
        return self._first(lambda message: message.get("event") == name)

    def _first(self, is_wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        found = next(filter(is_wanted, self.kept), None)
        while found is None:
            self.kept.append(self._next())
            found = self.kept[-1] if is_wanted(self.kept[-1]) else None
        self.kept.remove(found)
        return found

    def _next(self) -> dict[str, Any]:
        while b"\r\n\r\n" not in self._unread:
            self._read()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        (size,) = (
            int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
        )
        while len(self._unread) < size:
            self._read()
        content, self._unread = self._unread[:size], self._unread[size:]
        message: dict[str, Any] = json.loads(content)
        return message

    def _read(self) -> None:
        assert self._adapter.stdout is not None
        descriptor = self._adapter.stdout.fileno()
        if not select.select([descriptor], [], [], PATIENCE)[0]:
            raise TimeoutError(f"no message from the adapter; so far: {self.kept}")
        more = os.read(descriptor, 1 << 16)
        if not more:
            raise EOFError(f"the adapter is gone; so far: {self.kept}")
        self._unread += more
