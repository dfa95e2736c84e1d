"""A /proc that shows other processes under the numbers of ours is not looked at."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from ptatlas.core.sources.procfs.namespace import is_proc_ours

# Its first child is number 2 here, and that number is another process's under /proc.
IN_A_NAMESPACE = """
import os, signal
from ptatlas.core.errors import SourceError
from ptatlas.core.sources import process_target
from ptatlas.core.sources.procfs.namespace import is_proc_ours
from ptatlas.core.sources.procfs.tracer import is_traced_by_us

child = os.fork()
if child == 0:
    signal.pause()
try:
    process_target(child)
except SourceError as error:
    print(is_proc_ours(), is_traced_by_us(child), error)
finally:
    os.kill(child, signal.SIGKILL)
"""


def test_proc_is_ours_where_it_is_mounted_for_us():
    assert is_proc_ours()


def test_in_a_namespace_without_its_own_proc_nothing_is_read():
    if os.geteuid() != 0:
        pytest.skip("only root may make a pid namespace")
    command = ["unshare", "--pid", "--fork", sys.executable, "-c", IN_A_NAMESPACE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "False False /proc shows the processes of another namespace\n", done.stderr
