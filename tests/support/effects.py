"""What looking at a process could change in it: what the kernel tells of it, before and after."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from .children import Child
from .compile import PROGRAMS, compile_c
from .resting import wait_until_resting

# Fields of proc_pid_smaps(5) that are the process's own doing: Pss and what is shared or clean go with what
# others map, and a dirty page of a file is cleaned by the kernel when it pleases.
_OF_AREAS = ("Rss", "Anonymous", "Referenced", "AnonHugePages", "ShmemPmdMapped", "Swap", "VmFlags")
# Fields of proc_pid_status(5), by how they begin; SigQ counts the signals of all processes of the user.
_OF_STATUS = (
    "Vm",
    "Rss",
    "Threads",
    "SigPnd",
    "ShdPnd",
    "SigBlk",
    "SigIgn",
    "SigCgt",
    "Seccomp",
    "TracerPid",
)
_FAULTS = (7, 9)  # minflt and majflt in proc_pid_stat(5), from the state on


# Shared memory without a name is read at rest by what map_files names, which only the privileged may open.
CAN_OPEN_NAMELESS = os.geteuid() == 0


def start_untold(build_dir: Path, folder: Path, *, only_named: bool = False) -> Child:
    """Return the child of tests/programs/untold.c, at rest, with a file of its own in this folder."""
    file = folder / "sparse"
    with file.open("wb") as stream:
        stream.truncate(16 << 20)
        stream.seek(os.sysconf("SC_PAGESIZE"))
        stream.write(b"untold-needle")
    program = compile_c(PROGRAMS / "untold.c", build_dir, "-pthread")
    child = Child(program, file, *(["named"] if only_named else []))
    wait_until_resting(child.pid)
    return child


def memory_state(pid: int) -> dict[str, Any]:
    """Return what the kernel tells of the process's memory, page tables and faults."""
    status = Path(f"/proc/{pid}/status").read_text()
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    known = {
        name: value for name, value in re.findall(r"(\w+):\s+(.*)", status) if name.startswith(_OF_STATUS)
    }
    return {**known, **_areas(pid), "faults": [stat[number] for number in _FAULTS]}


def state(pid: int) -> dict[str, Any]:
    """Return that, and the process's threads, with their signals, and descriptors, with their positions."""
    found = memory_state(pid)
    for thread in sorted(os.listdir(f"/proc/{pid}/task")):
        status = Path(f"/proc/{pid}/task/{thread}/status").read_text()
        found[f"thread {thread}"] = re.findall(r"(?:State|Sig(?!Q)\w+|ShdPnd):.*", status)
    for name in sorted(os.listdir(f"/proc/{pid}/fd")):
        info = Path(f"/proc/{pid}/fdinfo/{name}").read_text()
        found[f"descriptor {name}"] = os.readlink(f"/proc/{pid}/fd/{name}"), info
    return found


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what is different, by name."""
    names = [*before, *(name for name in after if name not in before)]
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return {name: (left, right) for name, left, right in pairs if left != right}


def _areas(pid: int) -> dict[str, str]:
    found, area = {}, ""
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, colon, value = line.partition(":")
        if not colon or not name.isalpha():
            area = line if "-" in name else area
        if name in _OF_AREAS:
            found[f"{area}: {name}"] = value
    return found
