"""Dumps of tests/programs/sorts.c, written by whoever writes dumps."""

from __future__ import annotations

import json
import mmap
import platform
import resource
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from .children import Child
from .debuggers import Debugger

CELLS = Path(__file__).resolve().parents[1] / "producers"
STYLES = ("stack", "modified-memory", "full")
EMULATOR = f"qemu-{platform.machine()}"


_MADV_GUARD_INSTALL = 102  # include/uapi/asm-generic/mman-common.h


class Dump(NamedTuple):
    """A dump, and what the program said of itself before."""

    path: Path
    facts: dict[str, Any]


def why_no_kernel_core() -> str | None:
    """Return why the kernel writes no core file into a process's working folder, or None if it does."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    if pattern.startswith(("|", "/")) or "%" in pattern:
        return f"the kernel doesn't write core files into the working folder: core_pattern is {pattern!r}"
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    return None if hard == resource.RLIM_INFINITY else "core files are limited here"


def major(debugger: Debugger) -> int:
    """Return the first number of a debugger's version, which is the last word that it says of itself."""
    return int(debugger.version.split()[-1].partition(".")[0])


def guards_pages() -> bool:
    """Return whether the kernel knows guard pages within areas (MADV_GUARD_INSTALL, Linux 6.13)."""
    with mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as area:
        try:
            area.madvise(_MADV_GUARD_INSTALL)
        except OSError:
            return False
        return True


def dumped_at_its_end(program: Path, folder: Path, written: str, *wrapper: str) -> Dump:
    """Let the program abort in the folder, by itself or under an emulator, which writes a core file there."""
    command = [*wrapper, str(program), str(folder / "file"), "abort"]
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=_unlimited_cores,
        check=False,
    )
    (core,) = folder.glob(written)
    return Dump(core, json.loads(done.stdout))


def _unlimited_cores() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def dumped_by_gdb(gdb: Debugger, program: Path, folder: Path) -> Dump:
    """Let GDB write a core file of the running program (generate-core-file)."""
    with Child(program, folder / "file") as child:
        options = ["-q", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p", str(child.pid)]
        command = [gdb.path, *options, "-ex", f"generate-core-file {folder}/core"]
        subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        return Dump(folder / "core", child.facts)


def cells_in_lldb(lldb: Debugger, program: Path, folder: Path) -> dict[str, dict[str, str]]:
    """Let LLDB save a minidump of each style, and look at each with ptatlas in it: `cells`, by style.

    All in one session of LLDB.
    """
    facts = folder / "facts"
    with Child(program, folder / "file") as child:
        facts.write_text(json.dumps(child.facts))
        words = [f"process attach -p {child.pid}"]
        words += [
            f"process save-core --plugin-name=minidump --style={style} {folder}/{style}" for style in STYLES
        ]
        words += ["detach", f"command script import {CELLS.parents[1]}/lldbext/plugin.py"]
        words += [f"script import sys; sys.path.append({str(CELLS)!r}); import cells"]
        for style in STYLES:
            words += [f"target create --core {folder}/{style}"]
            words += [f"script cells.show({style!r}, {str(facts)!r})"]
        command = [lldb.path, "--no-lldbinit", "-b", *(part for word in words for part in ("-o", word))]
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    shown = [line.partition(" ") for line in done.stdout.splitlines() if line.startswith(STYLES)]
    assert len(shown) == len(STYLES), done.stdout + done.stderr
    return {style: json.loads(told) for style, _, told in shown}
