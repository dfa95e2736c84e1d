"""Words that both debuggers have for one thing, and answers read."""

from __future__ import annotations

import json
from typing import Any

from .session import Session

BREAK = {"gdb": "break {}", "lldb": "breakpoint set --name {}"}
CONTINUE = {"gdb": "continue", "lldb": "process continue"}


def run_json(session: Session, command: str) -> Any:
    """Run a command with --json; return the document."""
    answer = session.run(f"{command} --json")
    try:
        return json.loads(answer)
    except ValueError:
        raise AssertionError(f"{command} --json gave no document: {answer}") from None
