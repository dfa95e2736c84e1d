"""A guided session with ptatlas, first in GDB, then in LLDB, on examples/demo.c compiled on the spot.

A debugger that isn't there is left out, and that is said.
Exit status 0 if every command worked and showed what it should, else 1.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SESSION = Path(__file__).with_name("demo_session.py")
sys.path.insert(0, str(CHECKOUT / "tests"))

from demo_session import HEADING, Step, steps  # noqa: E402 - the path comes first
from support.compile import CompileError, compile_c  # noqa: E402
from support.debuggers import Debugger, DebuggerMissing, find_gdb, find_lldb  # noqa: E402

START = {
    "gdb": ["-q", "-nx", "-batch", "-x", str(SESSION)],
    "lldb": [
        "--no-lldbinit",
        "--batch",
        "--source-quietly",
        "--one-line",
        f'command script import "{SESSION}"',
    ],
}


def tour(debugger: Debugger, program: Path) -> list[str]:
    """Run the session, showing its output as it comes; return what went wrong in it, a line each."""
    print(f"{'=' * 100}\n{debugger.version}", flush=True)
    command = [debugger.path, *START[debugger.name], str(program)]
    seen = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            seen.append(line)
    if process.returncode:
        return [f"{debugger.name} ended with status {process.returncode}"]
    return unmet(debugger.name, "".join(seen))


def unmet(debugger: str, output: str) -> list[str]:
    """Say of each step what it should have shown and did not."""
    return [
        f"{debugger}: the output of `{step.command}` lacks {word!r}"
        for step in steps(debugger)
        for word in step.expected
        if word not in output_of(step, output)
    ]


def output_of(step: Step, output: str) -> str:
    """Return what the step printed after its command."""
    own = output.partition(HEADING + step.heading + "\n")[2].partition(HEADING)[0]
    return own.partition("\n")[2]


def debuggers_there() -> list[Debugger]:
    """Return GDB and LLDB, or the one that there is, and say of the other that it is left out."""
    found, missing = [], []
    for find in (find_gdb, find_lldb):
        try:
            found.append(find())
        except DebuggerMissing as problem:
            missing.append(problem)
    if not found:
        raise missing[0]
    for problem in missing:
        print(f"demo: left out: {problem}", file=sys.stderr)
    return found


def main() -> int:
    """Run the session in each debugger."""
    try:
        debuggers = debuggers_there()
        with tempfile.TemporaryDirectory(prefix="ptatlas-demo-") as folder:
            program = compile_c(CHECKOUT / "examples" / "demo.c", Path(folder))
            wrong = [line for debugger in debuggers for line in tour(debugger, program)]
    except (CompileError, DebuggerMissing) as problem:
        wrong = [str(problem)]
    for line in wrong:
        print(f"demo: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
