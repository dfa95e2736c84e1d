"""Runs commands; imported at the first use, so that loading the plugin stays cheap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import lldb
from ptatlas.core.collector import no_full_collection
from ptatlas.core.commands.completions import names
from ptatlas.core.commands.shell.complete import complete
from ptatlas.core.commands.shell.context import Context
from ptatlas.core.commands.shell.dispatch import CommandFailed, execute, message
from ptatlas.core.commands.shell.spec import Command
from ptatlas.core.errors import AtlasError
from ptatlas.core.ticks import ticking
from ptatlas.core.watch import Watch

from .debugger import DEBUGGER
from .following import STOP_HOOK, add_stop_hook
from .interrupts import Interrupts
from .options import offered
from .terminal import terminal_of


def run(
    command: Command,
    given: str | Sequence[str],
    debugger: lldb.SBDebugger,
    context: lldb.SBExecutionContext,
    result: lldb.SBCommandReturnObject,
    is_direct: bool,
) -> None:
    """Run the command on the context's process; set failures as the result's error, so that scripts stop."""
    interrupts = Interrupts(debugger)
    terminal = terminal_of(debugger, result, interrupts, is_direct)
    try:
        with ticking(interrupts.end_deaf_command), no_full_collection():
            inferior = DEBUGGER.of(context.GetProcess())
            execute(command, given, Context(DEBUGGER.session, inferior, Watch(interrupts)), terminal)
            if inferior is not None and DEBUGGER.session.history.of(inferior).followed is not None:
                _follow_stops(context)
    except CommandFailed as error:
        result.SetError(str(error))
    except AtlasError as error:
        result.SetError(message(command.name, error))
    except KeyboardInterrupt:
        result.SetError(f"{command.name}: interrupted")


def _follow_stops(context: lldb.SBExecutionContext) -> None:
    """Add a stop hook to the target of a followed inferior, which shows what changed at each stop."""
    if not DEBUGGER.is_hooked(context.GetTarget()):
        # Marked before LLDB is asked: if it refuses, the user sees that once and not at each command.
        DEBUGGER.remember_hook(context.GetTarget())
        problem = add_stop_hook(context, STOP_HOOK)
        if problem:
            raise CommandFailed(f"pt-maps: {problem}")


def completions(command: Command, words: Sequence[str], last: str, debugger: lldb.SBDebugger) -> Any:
    """Return the completions of the last word, in the form that LLDB 20 and later expect."""
    try:
        inferior = DEBUGGER.selected(debugger)
    except AtlasError:  # TAB never reports errors
        inferior = None
    found = complete(command, words, last, names(DEBUGGER.session, inferior))
    return offered(found, {"--" + option.name: option.help for option in command.options_of()})
