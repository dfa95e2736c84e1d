"""Keep in tests/fuzz/corpus what `make fuzz` has learnt: short inputs that lead to new parts of parsers.

  scripts/fuzz_corpus.py [TARGET...]

Of each target those are kept that run lines of ptatlas which neither its seeds nor shorter ones run, up to
2 KiB. Only of targets whose inputs are texts or records of our own: no files that other programs read
(docs/decisions/0245-fuzz-targets.md). What was kept before is taken into account, and replaced.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
LEARNT = CHECKOUT / "build" / "fuzz"
sys.path.insert(0, str(CHECKOUT / "tests"))

from fuzz.kept import keep, kept  # noqa: E402
from fuzz.target import Target  # noqa: E402
from fuzz.targets import targets_of  # noqa: E402

ROOMS = ("procfs", "stores", "patterns", "commands", "debuggers")
# Of a target, and what one input may have: bytes, and seconds without the tracing.
MOST, LARGEST, SECONDS = 2048, 512, 0.01
_OURS = tuple(str(CHECKOUT / folder) for folder in ("core", "gdbext", "lldbext"))

Lines = set[tuple[str, int]]


def main() -> None:
    """Keep inputs of the targets that are named, or of all that may have some."""
    for room in ROOMS:
        for name, target in targets_of(room).items():
            if name in sys.argv[1:] or not sys.argv[1:]:
                few = list(chosen(target, known(name)))
                keep(name, few)
                print(f"{name:16} {len(few):3} inputs, {sum(map(len, few))} bytes", flush=True)


def known(name: str) -> list[bytes]:
    """Return the inputs of a target, the shortest first."""
    learnt = (path.read_bytes() for path in (LEARNT / name / "corpus").glob("*"))
    return sorted({*learnt, *kept(name)}, key=lambda data: (len(data), data))


def chosen(target: Target, inputs: Iterable[bytes]) -> Iterable[bytes]:
    """Yield the inputs that run lines which none before ran."""
    seen: Lines = set()
    for seed in target.seeds:
        seen |= lines_of(target, seed)
    room = MOST
    for data in inputs:
        if len(data) > min(room, LARGEST) or is_slow(target, data):
            continue
        lines = lines_of(target, data)
        if not lines <= seen:
            seen |= lines
            room -= len(data)
            yield data


def is_slow(target: Target, data: bytes) -> bool:
    """Return whether the short run of the tests would notice it."""
    start = time.process_time()
    target(data)
    return time.process_time() - start > SECONDS


def lines_of(target: Target, data: bytes) -> Lines:
    """Return the lines of ptatlas that an input runs."""
    lines: Lines = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_OURS):
            return None
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        target(data)
    finally:
        sys.settrace(None)
    return lines


if __name__ == "__main__":
    main()
