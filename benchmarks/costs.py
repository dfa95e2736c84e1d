"""Costs that grow with the work and no faster: many images, threads, areas; a map that changes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ptatlas.core import open_process
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.stored.session_images import Images
from sessions import Child, Figure, Times, child, measure_in_gdb, measure_in_lldb
from support.shell import Shell

IMAGES = 4_000
THREADS, AREAS, ROUNDS = 2_000, 60_000, 3
EACH_AREA = 0.03e-3
REGISTERS = "script from ptatlas.lldbext import inferior; len(list(inferior().target.registers.registers()))"
TIMED = ("find", "snapshot", "diff")
COMMANDS = {
    "find": "pt-find -t u32 0x12345678 --count",
    "snapshot": "pt-image snapshot s",
    "diff": "pt-image diff s live",
    "drop": "pt-image drop s",
}


def figures() -> Iterator[Figure]:
    """Without a debugger, in LLDB, and in GDB."""
    with tempfile.TemporaryDirectory() as folder:
        yield _saving(Path(folder) / "store")
    with child("many_areas.c", AREAS) as process:
        yield from _areas(process)
    with child("many_threads.c", THREADS) as process:
        yield _search(process)
        yield _registers(process)
    yield from _changing()
    yield from _running()


def _saving(path: Path) -> Figure:
    """Half of many images, and the other half; CPU time, as the disk's own differs from save to save.

    With a cost that grows with the store, the second half would take three times as long as the first one.
    """
    images = Images()
    images.attach(path)
    first, second = (_save(images, path, count) for count in (IMAGES // 2, IMAGES))
    work = f"{IMAGES // 2:,} images saved among {IMAGES:,}"
    return Figure(work, second, first, f"the first {IMAGES // 2:,}", 1.5)


def _save(images: Images, path: Path, count: int) -> float:
    """Save images one by one until there are so many; return the seconds."""
    taken = 0.0
    for number in range(len(images), count):
        image = Image()
        image.add_bytes(number.to_bytes(8, "little") * 512, 0x1000)
        images[f"image {number}"] = image
        began = time.process_time()
        images.save(f"image {number}", path)
        taken += time.process_time() - began
    return taken


def _areas(process: Child) -> Iterator[Figure]:
    times = _cpu_seconds(process.pid)
    for name in ("snapshot", "diff"):
        yield Figure(f"{name} of {AREAS:,} areas", times[name], AREAS * EACH_AREA, "0.03 ms an area", 1.0)


def _search(process: Child) -> Figure:
    taken = _cpu_seconds(process.pid)["find"]
    return Figure(f"find, {THREADS:,} threads, no debugger", taken, 0.5, "0.5 s", 1.0)


def _cpu_seconds(pid: int) -> Times:
    """Return the CPU seconds of the commands without a debugger, the best of all rounds each."""
    shell = Shell()
    shell.inferior = open_process(pid)
    rounds = [{name: _one(shell, line) for name, line in COMMANDS.items()} for _ in range(ROUNDS)]
    return {name: min(times[name] for times in rounds) for name in COMMANDS}


def _one(shell: Shell, line: str) -> float:
    began = time.process_time()
    shell.run(line)
    return time.process_time() - began


def _registers(process: Child) -> Figure:
    taken = measure_in_lldb(["-p", str(process.pid)], ROUNDS, {"ours": REGISTERS})["ours"]
    return Figure(f"registers of {THREADS:,} threads in LLDB", taken, 2.0, "2 s", 1.0)


def _changing() -> Iterator[Figure]:
    """A map that changes while LLDB holds the process, beside one that doesn't."""
    times: list[Times] = []
    for changes in (0, 1):
        with child("changing_map.c", changes) as process:
            times.append(measure_in_lldb(["-p", str(process.pid)], ROUNDS, COMMANDS))
    for name in TIMED:
        work = f"{name} in LLDB, the map changes"
        yield Figure(work, times[1][name], times[0][name], "it doesn't", 2.0)


def _running() -> Iterator[Figure]:
    """One thread runs and one doesn't, in GDB's non-stop mode, beside all stopped."""
    with child("many_threads.c", 2) as process:
        attach = ["-iex", "set non-stop on", "-p", str(process.pid)]
        run_one = ["-ex", "thread 2", "-ex", "continue &", "-ex", "thread 1"]
        stopped = measure_in_gdb(attach, ROUNDS, COMMANDS)
        running = measure_in_gdb([*attach, *run_one], ROUNDS, COMMANDS)
    for name in TIMED:
        yield Figure(f"{name} in GDB, a thread runs", running[name], stopped[name], "all stopped", 2.0)
