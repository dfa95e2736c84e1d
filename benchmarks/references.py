"""Who points where: references, blocks and leaks of a heap of many small blocks.

Times are against a search for one literal over the same memory, memory is in bytes a block. The core alone is
measured: a debugger adds the same to each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ptatlas.core.blocks.allocators import blocks_of
from ptatlas.core.opening import open_process
from ptatlas.core.ranges import Range
from ptatlas.core.references.leaks import find_leaks
from ptatlas.core.search.patterns.pattern import Pattern
from sessions import Figure, child
from support.shell import Shell

BLOCKS = 6_000_000
ROUNDS = 3


def figures() -> Iterator[Figure]:
    """Six million blocks of 24 to 88 bytes, with nine million pointers."""
    with child("many_blocks.c", BLOCKS) as program:
        command = [sys.executable, __file__, str(program.pid), str(program.address)]
        # In a process of its own: the peak of its memory is theirs.
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    literal = told["literal"]
    yield Figure("--refs of one block", told["refs"], literal, "one literal", 2)
    yield Figure("walking the blocks", told["walk"], literal, "one literal", 10)
    yield Figure("--leaks, with numpy", told["leaks"], literal, "one literal", 60)
    yield Figure("--leaks, the second time", told["again"], told["leaks"], "the first", 0.1)
    yield Figure("--leaks: memory a block", told["memory"] / BLOCKS, 60, "60 bytes", 1, unit="B")


def measured(pid: int, block: int) -> dict[str, float]:
    """The figures of a process: seconds, and bytes."""
    inferior = open_process(pid)
    literal, _ = best(lambda: inferior.find(Pattern.text("nowhere to be found")).count())
    walk, blocks = timed(lambda: blocks_of(inferior))
    pointers = Pattern.pointer(ranges=[Range(block, block + 24)], arch=inferior.arch)
    refs, _ = best(lambda: inferior.find(pointers).count())
    before = memory_peak(is_reset=True)
    leaks, found = timed(lambda: find_leaks(inferior, blocks))
    memory = memory_peak() - before
    assert found.total.blocks >= BLOCKS // 100
    return {
        "literal": literal,
        "walk": walk,
        "refs": refs,
        "leaks": leaks,
        "again": again(inferior.target),
        "memory": memory,
    }


def again(target: Any) -> float:
    """The time of the command when it is given a second time, in seconds."""
    shell = Shell(target)
    shell.run("pt-find --leaks")
    return timed(lambda: shell.run("pt-find --leaks"))[0]


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    """The shortest of a few times, in seconds, and what came of it."""
    return min((timed(work) for _ in range(ROUNDS)), key=lambda one: one[0])


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """How many seconds something took, and what came of it."""
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done


def memory_peak(*, is_reset: bool = False) -> int:
    """The most memory that this process had, in bytes; `is_reset`: from now on (clear_refs of proc(5))."""
    if is_reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024


if __name__ == "__main__":
    print(json.dumps(measured(*map(int, sys.argv[1:]))))
