"""The guided session of `make demo`, run by the debugger's own Python: GDB's `-x`, LLDB's script import.

`demo.py` beside this starts it. The first command that fails ends the debugger with status 1.
"""

import os
import sys
import traceback
from collections.abc import Callable
from typing import NamedTuple

CHECKOUT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
HEADING = "\n## "


class Step(NamedTuple):
    """One command under its heading, and words that its output must have."""

    heading: str
    command: str
    expected: tuple[str, ...] = ()


def _opening(debugger: str) -> tuple[Step, ...]:
    plugin = os.path.join(CHECKOUT, f"{debugger}ext", "plugin.py")
    load, stop = {
        "gdb": (f"source {plugin}", "break ready"),
        "lldb": (f'command script import "{plugin}"', "breakpoint set --name ready"),
    }[debugger]
    return (
        Step(f"Load ptatlas into {debugger.upper()}", load),
        Step("Stop the program when it is ready", stop),
        Step("Run it", "run", ("ready",)),
    )


TOUR = (
    Step("Which areas does the process have, and what is each?", "pt-maps", ("[heap]", "[stack]", "libc")),
    Step("Which one is an address in?", "pt-maps $sp", ("[stack]",)),
    Step("Where is this text, and what is around it?", "pt-find treasure -C 16", ("[heap]",)),
    Step("Who points to the function that handlers[1] points to?", "pt-find -P handlers[1]", ("handlers",)),
    Step("What should be in memory: the files that were loaded", "pt-image load", ("demo",)),
    Step("And is it? The program has patched a byte of seats()", "pt-image check", ("seats", "unknown")),
)


def steps(debugger: str) -> tuple[Step, ...]:
    """Return the whole session for `gdb` or `lldb`."""
    return _opening(debugger) + TOUR


def play(debugger: str, execute: Callable[[str], None]) -> None:
    """Show and do each step; `execute` runs a command, lets its output out and raises if it fails."""
    for step in steps(debugger):
        print(f"{HEADING}{step.heading}\n({debugger}) {step.command}", flush=True)
        execute(step.command)


def _play_in_gdb() -> None:
    import gdb

    def execute(command: str) -> None:
        gdb.execute(command, from_tty=False)
        gdb.flush()

    for setting in ("debuginfod enabled off", "disable-randomization off", "width 120", "confirm off"):
        gdb.execute(f"set {setting}")
    try:
        play("gdb", execute)
    except Exception:  # noqa: BLE001 - whatever it is, it must reach the exit status
        _report()
        gdb.execute("quit 1")


def _report() -> None:
    sys.stdout.flush()
    traceback.print_exc(limit=0)
    sys.stderr.flush()


def __lldb_init_module(debugger, _internal_dict) -> None:
    import lldb

    def execute(command: str) -> None:
        # A command inside a command sees the state from before the outer one, unless it is given another.
        target = debugger.GetSelectedTarget()
        frame = target.GetProcess().GetSelectedThread().GetSelectedFrame()
        context = lldb.SBExecutionContext(frame if frame.IsValid() else target)
        result = lldb.SBCommandReturnObject()
        debugger.GetCommandInterpreter().HandleCommand(command, context, result)
        print(result.GetOutput() or "", end="", flush=True)
        if not result.Succeeded():
            raise RuntimeError(result.GetError())

    debugger.SetAsync(False)
    for setting in ("target.disable-aslr false", "term-width 120"):
        debugger.HandleCommand(f"settings set {setting}")
    try:
        play("lldb", execute)
    except Exception:  # noqa: BLE001 - whatever it is, it must reach the exit status
        _report()
        debugger.HandleCommand("quit 1")


if __name__ == "__main__" and "gdb" in sys.modules:
    _play_in_gdb()
