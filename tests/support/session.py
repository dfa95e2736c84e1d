"""A real debugger on a pseudo-terminal: start it, type to it, wait on its prompt."""

from __future__ import annotations

import os
import re
import signal
import tempfile
import termios
import time
import uuid
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, NamedTuple

import pexpect

from .debuggers import Debugger

# High, because LLDB asks "More?" in the middle of a list of completions that is longer than the terminal.
DEFAULT_SIZE = (200, 160)
PATIENCE = 60.0
# What would make one machine's sessions differ from another's.
UNWANTED_VARIABLES = (
    "LINES",
    "COLUMNS",
    "NO_COLOR",
    "DEBUGINFOD_URLS",
    "PYTHONPATH",
    "PYTHONHOME",
    "LANG",
    "INPUTRC",
    "PYTEST_CURRENT_TEST",
)
# Typed after TAB, it ends what the completion shows. Neither debugger ever completes to it.
AFTER_TAB = "^^"


class SessionError(Exception):
    """The debugger did not answer as this harness expects; the message has what it wrote."""


class Completion(NamedTuple):
    """What TAB did: the input line as it is then, and the candidates listed (none, if none were)."""

    line: str
    candidates: list[str]


class Session(ABC):
    """An interactive debugger session; a context manager that ends the debugger and what it started.

    `run` is the usual call. The rest is for what is not one command and one answer: a program that goes on
    running (`send_line`, `expect`, `interrupt`), single keys (`send_raw`), completion (`complete`).
    Output has "\\n" for line ends and is otherwise as the debugger wrote it, escape sequences included.
    Whatever does not come within `PATIENCE` seconds is a `pexpect.TIMEOUT`.
    """

    name: ClassVar[str]
    python: ClassVar[str]
    """The command that runs one Python statement."""

    def __init__(self, target: list[str], env: dict[str, str], colours: bool, size: tuple[int, int]) -> None:
        self.debugger = self.find()
        self._colours = colours
        # Unique, so that no output can be taken for it.
        self._prompt = f"<{self.name} {uuid.uuid4().hex[:12]}> "
        self._at_prompt = False
        self._folder = tempfile.TemporaryDirectory(prefix="ptatlas-session-")
        self._child = pexpect.spawn(
            self.debugger.path,
            [*self._own_options(), *target],
            env={**_clean_environment(colours), **self._own_environment(), **env},
            dimensions=size,
            timeout=PATIENCE,
            encoding="utf-8",
            codec_errors="backslashreplace",
            maxread=1 << 16,
            preexec_fn=_keep_output,
        )
        self._child.delaybeforesend = None  # the prompt is an event: no need to wait before answering it

    @classmethod
    def start(
        cls,
        program: Path | None = None,
        *arguments: object,
        core: Path | None = None,
        options: tuple[str, ...] = (),
        env: dict[str, str] | None = None,
        colours: bool = False,
        size: tuple[int, int] = DEFAULT_SIZE,
    ) -> Session:
        """Start the debugger on a program (not run yet) or a core file, and wait for its prompt.

        `options` are the debugger's own; `env` is added to a cleaned environment. With `colours` the
        debugger's colours are on and TERM is xterm-256color, else off and dumb. `size` is the terminal's
        (rows, columns). Raises `DebuggerMissing`.
        """
        session = cls([*options, *cls._target(program, arguments, core)], env or {}, colours, size)
        try:
            session._first_prompt()
        except BaseException:
            session.close()
            raise
        return session

    @classmethod
    @abstractmethod
    def find(cls) -> Debugger:
        """The debugger that sessions of this class start."""

    @abstractmethod
    def _own_options(self) -> list[str]:
        """Options that make the session predictable and set the prompt."""

    @staticmethod
    @abstractmethod
    def _target(program: Path | None, arguments: tuple[object, ...], core: Path | None) -> list[str]:
        """The command line's end: what to debug."""

    def _own_environment(self) -> dict[str, str]:
        return {}

    def _first_prompt(self) -> None:
        self.wait_for_prompt()

    @abstractmethod
    def load_ptatlas(self) -> str:
        """Load the plugin from the checkout; return what that printed."""

    @abstractmethod
    def attach(self, pid: int) -> str:
        """Attach to a process, which stops it; return what that printed."""

    @abstractmethod
    def kill(self) -> str:
        """End the process; return what that printed."""

    @abstractmethod
    def detach(self) -> str:
        """Let go of the process, which goes on; return what that printed."""

    @staticmethod
    @abstractmethod
    def _candidates(above: list[str]) -> list[str]:
        """What the last TAB listed, from the output before the input line, which was split at the prompts."""

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, command: str, timeout: float = PATIENCE) -> str:
        """Type one command line; return its output, without the echo, the prompt and the last newlines."""
        self.send_line(command)
        output = self.wait_for_prompt(timeout)
        while self._is_notice(output):
            output = self.wait_for_prompt(timeout)
        return without_echo(output, command)

    @staticmethod
    def _is_notice(_output: str) -> bool:
        """Return whether the debugger wrote this by itself, before or while something was typed."""
        return False

    def run_python(self, statement: str) -> str:
        """Run one Python statement in the debugger; return what it prints."""
        return self.run(f"{self.python} {statement}")

    def send_line(self, command: str) -> None:
        """Type a line and do not wait for what comes of it."""
        if not command.strip():
            raise ValueError("an empty line would repeat the command before")
        self.send_raw(command + "\n")

    def send_raw(self, text: str) -> None:
        """Type exactly this."""
        self._at_prompt = False
        self._child.send(text)

    def expect(self, text: str, timeout: float = PATIENCE) -> str:
        """Wait for `text` in the output; return what came before it. What follows it stays to be read."""
        self._child.expect_exact(text, timeout=timeout)
        return _with_plain_line_ends(self._child.before)

    def wait_for_prompt(self, timeout: float = PATIENCE) -> str:
        """Wait for the prompt; return all output before it, without the last newlines."""
        output = self.expect(self._prompt, timeout)
        self._until_it_reads_keys()
        self._at_prompt = True
        return output.rstrip("\n")

    def _until_it_reads_keys(self) -> None:
        """Wait until the debugger, not the terminal, echoes what is typed.

        LLDB shows its prompt a moment before that; a line typed in between would be shown twice. Nothing
        tells of the change, so the terminal is asked until it has happened.
        """
        deadline = time.monotonic() + PATIENCE
        while self._child.getecho():
            if time.monotonic() > deadline:
                raise SessionError("there is a prompt, but the debugger does not read the terminal's keys")
            os.sched_yield()

    def interrupt(self, timeout: float = PATIENCE) -> str:
        """Type Ctrl-C; return what is printed from there to the prompt, the terminal's "^C" included."""
        self.send_raw("\x03")
        return self.wait_for_prompt(timeout)

    def complete(self, text: str, tabs: int = 1) -> Completion:
        """Type `text` and press TAB; return what that did. The line is then thrown away.

        Where several candidates share more than was typed, LLDB's first TAB only adds that; a second one
        lists them. Needs a session without colours, whose terminal cannot move the cursor to save output.
        """
        if self._colours:
            raise SessionError("completion can be read only without colours")
        first, second = uuid.uuid4().hex[:8], uuid.uuid4().hex[:8]
        self.send_raw(text + "\t" * tabs + AFTER_TAB)
        shown = self.expect(AFTER_TAB).replace("\x07", "")
        # Ctrl-U drops the line. Its redrawing shows the prompt an unknown number of times, so a statement
        # whose output is not in its echo tells when all of it is over.
        self.send_raw(f"\x15{self.python} print('{first}' '{second}')\n")
        self.expect(first + second)
        self.wait_for_prompt()
        *above, line = shown.split(self._prompt)
        return Completion(line, self._candidates(above))

    def close(self) -> None:
        """End the debugger: politely from its prompt, else by force. May be called again."""
        if not self._child.closed:
            self._end(self._child)
        self._folder.cleanup()

    def _end(self, child: pexpect.spawn) -> None:
        if self._at_prompt and child.isalive():
            self.send_line("quit")
            child.expect([pexpect.EOF, pexpect.TIMEOUT])
        # The kernel, or LLDB's server, ends a program with the debugger that started it.
        child.kill(signal.SIGKILL)
        child.wait()
        child.ptyproc.delayafterclose = 0  # that is for a debugger still alive
        child.close()


def _keep_output() -> None:
    """Let no Ctrl-C throw away what the terminal hasn't passed on yet (termios(3), NOFLSH)."""
    modes = termios.tcgetattr(0)
    modes[3] |= termios.NOFLSH
    termios.tcsetattr(0, termios.TCSANOW, modes)


def _clean_environment(colours: bool) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED_VARIABLES}
    return {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color" if colours else "dumb"}


def _with_plain_line_ends(output: str) -> str:
    """A program's output passes one terminal under GDB, two under LLDB; each adds a carriage return."""
    return re.sub(r"\r+\n", "\n", output)


def without_echo(output: str, command: str) -> str:
    """Return what follows the echo of a command, or raise `SessionError` where it isn't that command's."""
    echo, _, rest = output.partition("\n")
    if not _is_echo(echo, command):
        raise SessionError(f"typed {command!r}, but the echo is {echo!r}, then {rest!r}")
    # LLDB 23 has been seen to give it twice, on a busy machine.
    again, _, after = rest.partition("\n")
    return after if _is_echo(again, command) else rest


def _is_echo(line: str, command: str) -> bool:
    # A line longer than the terminal is wide is echoed with a space and a backspace at each edge.
    # Where LLDB has just written something of its own, libedit first moves the cursor to its place.
    shown = re.sub(" ?\r| \x08| ?\x1b\\[\\d*G", "", line)
    # Where GDB's width is less than the line's, readline on a dumb terminal scrolls it, and marks that.
    scrolled = shown.rpartition("<")[2]
    return shown == command or (len(scrolled) > 40 and command.endswith(scrolled))
