"""A /proc that shows other processes under the numbers of ours is not looked at."""

from __future__ import annotations

import subprocess
import sys

from ptatlas.core.sources.procfs.namespace import is_proc_ours
from support.namespaces import unshared

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
    command = [*unshared("pid"), sys.executable, "-c", IN_A_NAMESPACE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = "/proc isn't mounted, or shows the processes of another namespace"
    assert done.stdout == f"False False {said}\n", done.stderr
