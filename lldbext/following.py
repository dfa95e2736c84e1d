"""`pt-maps --follow on`: at every stop, what changed in the map since the last one, by a stop hook."""

from __future__ import annotations

from typing import Any

import lldb

from .names import NAMESPACE

STOP_HOOK = f"{NAMESPACE}.StopHook"


class StopHook:
    """LLDB's stop hook: it shows what changed, and lets the process stay stopped."""

    def __init__(
        self, _target: lldb.SBTarget, _extra: lldb.SBStructuredData, _internal_dict: dict[str, Any]
    ) -> None:
        """Take LLDB's arguments; LLDB makes one hook for each target."""

    def handle_stop(self, context: lldb.SBExecutionContext, stream: lldb.SBStream) -> bool:
        """Write what changed, if anything did."""
        from ptatlas.core.commands.maps.follow import tell_news
        from ptatlas.core.commands.shell.dispatch import CommandFailed

        from .debugger import DEBUGGER

        inferior = DEBUGGER.of(context.GetProcess())
        try:
            if inferior is not None:
                tell_news(DEBUGGER.session.history, inferior, StreamTerminal(stream))
        except CommandFailed as error:
            stream.Print(f"{error}\n")
        return True


class StreamTerminal:
    """The stream of a stop hook."""

    width = None
    color = False
    is_paged = False
    status = None

    def __init__(self, stream: lldb.SBStream) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Add the text to the stream."""
        self._stream.Print(text)


def add_stop_hook(context: lldb.SBExecutionContext, name: str) -> str:
    """Add the stop hook, a class under this name, to the context's target; return LLDB's error, if any."""
    result = lldb.SBCommandReturnObject()
    interpreter = context.GetTarget().GetDebugger().GetCommandInterpreter()
    interpreter.HandleCommand(f"target stop-hook add -P {name}", context, result)
    return "" if result.Succeeded() else (result.GetError() or "LLDB gave no reason").strip()
