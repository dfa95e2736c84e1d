"""Processes that are there, and that /proc doesn't show: they are not called gone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.namespaces import unshared

# A child, which is hidden; the number 0, and one that no process has. The namespace's end is the child's.
SCRIPT = """
import os, signal, subprocess, sys
from ptatlas.core.errors import SourceError
from ptatlas.core.sources import process_target

way, folder = sys.argv[1:]
child = os.fork()
if child == 0:
    signal.pause()
if way == "hidepid":
    subprocess.run(["mount", "-t", "proc", "-o", "hidepid=2", "proc", "/proc"], check=True)
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
else:
    subprocess.run(["mount", "--bind", folder, "/proc/%d" % child], check=True)
for pid in (child, 0, 1 << 40):
    try:
        process_target(pid)
    except SourceError as error:
        print(type(error).__name__, str(error).replace(str(pid), "PID", 1))
"""
GONE = "SourceError process PID: the process is gone\n"


@pytest.mark.parametrize("way", ["hidepid", "mount"])
def test_a_hidden_process_is_denied_and_none_is_gone(way, tmp_path):
    if way == "hidepid" and os.geteuid() != 0:
        pytest.skip("only root may become somebody else, from whom root's processes are hidden")
    command = [*unshared("mount", "pid"), "--mount-proc", sys.executable, "-c", SCRIPT, way, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    denied = "SourceDenied process PID is there, and /proc doesn't show it\n"
    assert (done.stdout, done.stderr) == (denied + GONE + GONE, "")
