"""Inferiors without a debugger."""

from __future__ import annotations

from .inferior import Inferior
from .sources import core_target, process_target


def open_process(pid: int) -> Inferior:
    """Return a process of this machine as an inferior; it is neither traced nor stopped.

    Raises SourceError when there is no such process, SourceDenied when it may not be looked at.
    """
    return Inferior(process_target(pid))


def open_core(path: str) -> Inferior:
    """Return a core file as an inferior; SourceError for what is none, SourceDenied where reading is."""
    return Inferior(core_target(path))
