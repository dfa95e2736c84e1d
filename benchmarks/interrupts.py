"""Ctrl-C at random moments of every kind of command, in both debuggers: how long until the prompt is back.

    python benchmarks/interrupts.py [COUNT] [gdb|lldb] [WORD]

shows the longest time of each command that has WORD in it; `make bench` shows the longest of all.
A press is lost if the prompt isn't back a second later.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pexpect
from hostile_cores import hostile_cores
from sessions import Figure, child
from support.session import Session
from support.sessions import GdbSession, LldbSession

MEBIBYTES, COUNT, PROMISE, LOST = 512, 500, 0.1, 1.0
# Seconds: of a command that takes longer, no later moment is tried; and how long a debugger has in the end.
LONGEST, PATIENCE = 2.0, 600.0
SESSIONS: dict[str, type[Session]] = {"GDB": GdbSession, "LLDB": LldbSession}
BACKTRACKING = r"'([\x00-\xff]+)+\x00\x01\x02\x03zzzz'"
COMMANDS = (
    "pt-maps",
    "pt-maps --all",
    "pt-maps --summary",
    "pt-maps --rss --sort rss",
    "pt-maps --marks --gaps",
    "pt-maps --sections",
    "pt-maps --json -o FOLDER/maps.json",
    "pt-maps --format csv -o FOLDER/maps.csv",
    "pt-maps --html FOLDER/maps.html",
    "pt-find nowhere-at-all --count",
    "pt-find -t u8 7 -l 0 --count",
    "pt-find -t u8 7 -l 0 --format jsonl -o FOLDER/hits.jsonl",
    "pt-find -t u16 5 -l 0",
    "pt-find -r '[a-z]+[0-9]q' -l 0 --count",
    f"pt-find -r {BACKTRACKING} -l 0",
    "pt-find -r '.*a.*b.*c.*d.*e' -l 0 --count",
    "pt-find -P @libc --count",
    "pt-find -t u32 1000..200000 -C 16",
    "pt-find --next --unchanged --count",
    "pt-image check",
    "pt-image check -p w",
    "pt-image load other",
    "pt-image snapshot other",
    "pt-image diff base live",
    "pt-image diff base base",
    "pt-image show base --json -o FOLDER/base.json",
    "pt-image copy other base",
    "pt-image export base --core FOLDER/base.core",
    "pt-image snapshot other --store FOLDER/other.store",
    "pt-image save base FOLDER/base.store",
    "pt-image store check FOLDER/kept.store",
    "pt-image add-core dumped FOLDER/kept.core",
)


class Press(NamedTuple):
    """What was interrupted, how long it took until the prompt, and what is wrong with what was printed."""

    command: str
    seconds: float
    trouble: str


def figures() -> Iterator[Figure]:
    """The longest time of 500 presses in each debugger, and how many were lost."""
    for debugger in SESSIONS:
        presses = list(press_many(debugger, COUNT))
        longest = max(presses, key=lambda press: press.seconds)
        work = f"Ctrl-C to prompt, {len(presses)} moments, {debugger}"
        yield Figure(work, longest.seconds, PROMISE, f"0.1 s; the longest: {longest.command}", 1.0)
        lost = sum(press.seconds > LOST or bool(press.trouble) for press in presses)
        yield Figure(f"Ctrl-C lost or with a traceback, {debugger}", lost, 1, "one", 0.0, "")


def press_many(debugger: str, count: int, word: str = "") -> Iterator[Press]:
    """Press Ctrl-C about `count` times, as often in each command that has the word in it."""
    rnd = random.Random(debugger)
    with child("areas_and_noise.c", MEBIBYTES) as target, tempfile.TemporaryDirectory() as folder:
        cores = [core for core in hostile_cores(Path(folder)) if word in f"open {core.name}"]
        commands = [command for command in COMMANDS if word in command]
        times = max(1, -(-count // (len(cores) + len(commands))))
        with _session(debugger) as session:
            for core in cores:
                yield from _press_opening(session, core, times, rnd)
        if commands:
            with _session(debugger) as session:
                session.attach(target.pid)
                if any(word in command for command in commands for word in ("base", "kept")):
                    _prepare(session, folder)
                for command in commands:
                    yield from _press_in(session, command, folder, times, rnd)


@contextmanager
def _session(debugger: str) -> Iterator[Session]:
    with SESSIONS[debugger].start() as session:
        session.load_ptatlas()
        yield session


def _prepare(session: Session, folder: str) -> None:
    for command in (
        "pt-image snapshot base",
        f"pt-image export base --core {folder}/kept.core -k heap,stack,vdso",
        f"pt-image attach {folder}/kept.store",
        f"pt-image snapshot kept --store {folder}/kept.store --max-size 1M",
        f"pt-image detach {folder}/kept.store",
    ):
        session.run(command, PATIENCE)


def _press_in(session: Session, command: str, folder: str, times: int, rnd: random.Random) -> Iterator[Press]:
    line = command.replace("FOLDER", folder)
    whole = LONGEST
    for _ in range(times):
        if command.startswith("pt-find --next"):
            session.run("pt-find -t u16 5 --in heap,stack", PATIENCE)
        if " other" in command:
            session.run("pt-image drop other", PATIENCE)
        press, whole = _press(session, line, command, whole, rnd)
        yield from press


def _press_opening(session: Session, core: Path, times: int, rnd: random.Random) -> Iterator[Press]:
    whole = LONGEST
    for _ in range(times):
        if session.name == "gdb":
            session.run(f"core-file {core}", PATIENCE)
        else:
            session.run("target delete --all")
            session.run(f"target create --core {core}", PATIENCE)
        press, whole = _press(session, "pt-maps --summary", f"open {core.name}", whole, rnd)
        yield from press


def _press(
    session: Session, line: str, name: str, whole: float, rnd: random.Random
) -> tuple[list[Press], float]:
    """Press Ctrl-C once within `whole` seconds; return it, and how long the command takes as far as known.

    No press is returned of a command that was faster, nor of one that ended by itself at that moment.
    """
    began = time.perf_counter()
    session.send_line(line)
    try:
        session.wait_for_prompt(rnd.uniform(0, whole))
        return [], time.perf_counter() - began
    except pexpect.TIMEOUT:
        pass
    pressed = time.perf_counter()
    try:
        output = session.interrupt(PATIENCE)
    finally:
        seconds = time.perf_counter() - pressed
    _settle(session)
    trouble = next((word for word in ("Traceback", "ignored", "Python Exception") if word in output), "")
    return [Press(name, seconds, trouble and output)], whole


def _settle(session: Session) -> None:
    """Wait until nothing that was printed, nor a second prompt, is still on its way."""
    first, second = uuid.uuid4().hex[:8], uuid.uuid4().hex[:8]
    session.send_line(f"{session.python} print('{first}' '{second}')")  # its echo may stand behind a "^C"
    session.expect(first + second, PATIENCE)
    session.wait_for_prompt(PATIENCE)


def main(count: str = "100", debugger: str = "", word: str = "") -> None:
    for name in SESSIONS:
        if debugger.upper() in name:
            presses = press_many(name, int(count), word)
            for command, these in groupby(presses, key=lambda press: press.command):
                _tell(name, command, list(these))


def _tell(debugger: str, command: str, presses: list[Press]) -> None:
    seconds = sorted(press.seconds for press in presses)
    verdict = "" if seconds[-1] <= PROMISE else "  LATE" if seconds[-1] <= LOST else "  LOST"
    middle = seconds[len(seconds) // 2]
    print(
        f"{debugger:4} {command:64.64} {len(seconds):3} {middle:.3f} {seconds[-1]:.3f}{verdict}", flush=True
    )
    for press in presses:
        if press.trouble:
            print(press.trouble)


if __name__ == "__main__":
    main(*sys.argv[1:])
