"""Waiting until a process rests: having answered, a child still has to reach its next read."""

from __future__ import annotations

import os


def wait_until_resting(pid: int) -> None:
    """Wait until every thread sleeps or has ended."""
    while not all(_is_resting(f"/proc/{pid}/task/{tid}/stat") for tid in os.listdir(f"/proc/{pid}/task")):
        os.sched_yield()


def _is_resting(stat: str) -> bool:
    with open(stat) as file:
        return file.read().rpartition(") ")[2][0] in "SZ"
