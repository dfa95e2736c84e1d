"""`ptatlas doctor`: which debuggers there are, whether ptatlas loads in each, and how fast it reads there."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from ..errors import InvalidArgument
from ..render.fields import size_in_words
from ..sources.procfs.vm_readv import find_vm_readv
from .found import debuggers_found, load_line
from .start_up import KINDS

# What is read to see how fast that is: so much memory of a process of our own, which stops itself.
_SIZE = 64 << 20
_PROGRAM = f"import os, signal; kept = bytes([1]) * {_SIZE}; os.kill(os.getpid(), signal.SIGSTOP)"
# Asks to be traced by its parent (PTRACE_TRACEME, 0), and ends with 0 or the error.
_TRACED = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
sys.exit(ctypes.get_errno() if libc.ptrace(0, 0, None, None) else 0)
"""
_SEARCH = "pt-find ptatlas-doctor-finds-nothing -k anon -k heap --json"
_PATIENCE = 120
_READ_BY = "memory: read by "
_SCHEMA = '"schema": "ptatlas.find/1"'
_PYTHON = "ptatlas-python"
_MATCHER = "ptatlas-matcher"
_TELL_MATCHER = (
    f"from ptatlas.core.search.matcher.load import load_library; print('{_MATCHER}', load_library().told)"
)
_TELL_PYTHON = f"import sys; print('{_PYTHON}', '.'.join(map(str, sys.version_info[:3])))"


def doctor(words: Sequence[str], write: Callable[[str], object]) -> int:
    """Tell of each debugger on PATH; return 0 if ptatlas works in one of them, else 1.

    Raise InvalidArgument for words, of which it takes none.
    """
    if words:
        raise InvalidArgument(f"doctor takes no {words[0]!r}")
    works = False
    for kind in KINDS:
        paths = debuggers_found(kind)
        if not paths:
            write(f"{kind}: not found\n")
        for path in paths:
            lines = examine(kind, path)
            works = works or lines[-1].startswith(_READ_BY)
            write(f"{path}\n" + "".join(f"  {line}\n" for line in lines))
    for line in obstacles():
        write(line + "\n")
    return 0 if works else 1


def examine(kind: str, path: str) -> list[str]:
    """Return lines on one debugger: its version, its Python, whether ptatlas loads, what looks for patterns.

    The last is how memory is read.
    """
    lines = [f"version: {_first_line([path, '--version'])}"]
    told = _output(_session(kind, path))
    python = next((line.split()[1] for line in told.splitlines() if line.startswith(_PYTHON + " ")), None)
    if python is None:
        return [*lines, "Python: none that works, so ptatlas can't be loaded"]
    lines.append(f"Python: {python}")
    problem = next((line for line in told.splitlines() if line.startswith("ptatlas: ")), None)
    if problem is not None:
        return [*lines, f"ptatlas: {problem.partition(': ')[2]}"]
    lines.append("ptatlas: loads")
    lines += [f"patterns: {_rest(line)}" for line in told.splitlines() if line.startswith(_MATCHER + " ")]
    answer = next((line for line in told.splitlines() if _SCHEMA in line), None)
    return [
        *lines,
        _memory(json.loads(answer)) if answer else f"memory: a process can't be run: {_first_words(told)}",
    ]


def obstacles() -> list[str]:
    """Return a line on each thing of this machine that keeps memory from being read, or read fast."""
    lines = []
    scope = _number("/proc/sys/kernel/yama/ptrace_scope")
    if scope:
        who = {1: "that the debugger didn't start", 2: "without CAP_SYS_PTRACE", 3: "at all"}.get(scope, "")
        lines.append(f"this machine lets nobody but root attach to processes {who} (ptrace_scope is {scope})")
    refused = _why_no_ptrace()
    if refused:
        lines.append(
            f"ptrace(2) is refused ({refused}), as containers without CAP_SYS_PTRACE do: "
            "no debugger can run or attach to a process, core files can be read"
        )
    refused = _why_no_vm_readv()
    if refused:
        lines.append(
            f"process_vm_readv(2) is refused ({refused}), as containers do: /proc/PID/mem is read instead"
        )
    return lines


def _session(kind: str, path: str) -> list[str]:
    program = [sys.executable, "-IS", "-c", _PROGRAM]
    if kind == "gdb":
        lines = [
            "set debuginfod enabled off",
            "set disable-randomization off",  # containers often forbid it
            f"python {_TELL_PYTHON}",
            load_line(kind),
            f"python {_TELL_MATCHER}",
            "run",
            _SEARCH,
            "kill",
        ]
        options = [word for line in lines for word in ("-ex", line)]
        return [path, "-q", "-nx", "-batch", *options, "--args", *program]
    lines = [
        "settings set target.disable-aslr false",
        f"script {_TELL_PYTHON}",
        load_line(kind),
        f"script {_TELL_MATCHER}",
        "process launch",
        _SEARCH,
        "process kill",
    ]
    options = [word for line in lines for word in ("-o", line)]
    return [path, "--no-lldbinit", "--batch", *options, "--", *program]


def _rest(line: str) -> str:
    """Return what comes after the first word."""
    return line.partition(" ")[2]


def _memory(document: dict[str, object]) -> str:
    coverage = document["coverage"]
    assert isinstance(coverage, dict)
    seconds = float(str(document["seconds"]))
    rate = f", {size_in_words(int(coverage['searched'] / seconds))}/s" if seconds else ""
    return f"{_READ_BY}{document['source']}{rate}"


def _why_no_vm_readv() -> str | None:
    """Return why this process may not read itself by process_vm_readv(2); None if it may."""
    call = find_vm_readv()
    if call is None:
        return "the C library hasn't got it"
    source, target = ctypes.create_string_buffer(b"x", 1), ctypes.create_string_buffer(1)
    got = call(os.getpid(), ctypes.addressof(target), ctypes.addressof(source), 1)
    return None if got == 1 else errno.errorcode.get(-got, str(-got))


def _why_no_ptrace() -> str | None:
    """Return why a process of ours may not be traced by ptrace(2); None if it may."""
    done = subprocess.run([sys.executable, "-IS", "-c", _TRACED], check=False)
    return errno.errorcode.get(done.returncode, str(done.returncode)) if done.returncode else None


def _number(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as stream:
            return int(stream.read())
    except (OSError, ValueError):
        return None


def _first_line(command: Sequence[str]) -> str:
    return (_output(command).splitlines() or ["it says nothing"])[0]


def _first_words(told: str) -> str:
    """Return what a debugger said first when it should have run a process: the rest only follows from it."""
    _, _, after = told.partition(_PYTHON + " ")
    others = ("(lldb) ", _MATCHER + " ")
    lines = [line for line in after.splitlines()[1:] if line.strip() and not line.startswith(others)]
    return "; ".join(lines[:2]) or "it says nothing"


def _output(command: Sequence[str]) -> str:
    """Return what the program writes, in whatever time it takes within a limit."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            check=False,
            text=True,
            errors="backslashreplace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return done.stdout
