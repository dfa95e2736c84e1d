"""Namespaces of a process's own (unshare(1)), also for users without rights, where these may make them."""

from __future__ import annotations

import os
import subprocess

import pytest

# Begins a command in namespaces that `unshared` made.
ENTER = ("nsenter", *(() if os.geteuid() == 0 else ("--user", "--preserve-credentials")))


def unshared(*kinds: str) -> tuple[str, ...]:
    """Return what starts a command in new namespaces of these kinds; skip the test where this user can't.

    Who is not root makes a user namespace, in which they are. A new pid namespace ends with its `unshare`.
    """
    rights = () if os.geteuid() == 0 else ("--map-root-user",)
    command = ("unshare", *rights, *(f"--{kind}" for kind in kinds))
    if "pid" in kinds:
        command += ("--fork", "--kill-child")
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip(f"this user may make no namespace of its own for: {', '.join(kinds)}")
    return command
