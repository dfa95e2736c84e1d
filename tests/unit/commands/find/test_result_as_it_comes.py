"""Hits are written while the search goes on, and an interrupt keeps them: whatever their number."""

from __future__ import annotations

import json
import signal
import tracemalloc

import pytest
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.context import Context
from ptatlas.core.commands.shell.dispatch import CommandFailed, execute
from ptatlas.core.inferior import Inferior
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell
from support.targets import over

BASE, SIZE, EVERY = 0x10000, 1 << 20, 64
FIND = next(command for command in COMMANDS if command.name == "pt-find")


class Watched:
    """A reader that knows how far it has read."""

    source, thread_safe = "watched", False

    def __init__(self, reader, at=None, action=None) -> None:
        self.reader, self.reached, self._at, self._action = reader, 0, at, action

    def read_into(self, address, buffer):
        if self._at is not None and address + len(buffer) > self._at:
            self._action()
        self.reached = max(self.reached, address + len(buffer))
        return self.reader.read_into(address, buffer)


class Terminal:
    """Takes what is written, and notes how far the reader was then."""

    width, color, is_paged, status = None, False, False, None

    def __init__(self, reader) -> None:
        self.reader, self.size, self.first = reader, 0, None

    def write(self, text: str) -> None:
        self.size += len(text)
        if "0x" in text and self.first is None:
            self.first = self.reader.reached


def watched(**options):
    """An inferior with 16,384 hits, and its reader."""
    inferior = Inferior(buffer_target([BufferArea(BASE, b"needle".ljust(EVERY, b".") * (SIZE // EVERY))]))
    reader = Watched(inferior.memory._readers[0], **options)
    inferior.memory._readers[0] = reader
    return inferior, reader


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_hits_are_written_while_the_search_goes_on(form):
    inferior, reader = watched()
    execute(FIND, f"needle -l 1 --format {form}", Context(Shell().session, inferior), Shell())  # imports
    reader.reached, terminal = 0, Terminal(reader)
    tracemalloc.start()
    execute(FIND, f"needle -l 0 --format {form}", Context(Shell().session, inferior), terminal)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(inferior.last_hits) == SIZE // EVERY
    assert terminal.first < BASE + SIZE // 4
    assert terminal.size > SIZE // EVERY * 20
    # Rows that are kept would take 2 MB more.
    assert peak < 1_400_000


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("search", ["needle -l 0 --json", "needle --count --json"])
def test_an_interrupt_keeps_what_was_found_for_the_next_search(search):
    inferior, _ = watched(at=BASE + SIZE // 2, action=interrupt)
    shell = Shell()
    shell.inferior = inferior
    document = json.loads(shell.run(f"pt-find {search}"))
    assert document["stopped"]["why"] == "interrupted"
    start = int(document["stopped"]["from"], 16)
    assert document["count"] == len(inferior.last_hits) == (start - BASE + EVERY - 1) // EVERY > 1000
    narrowed = shell.json("pt-find --next need --count")
    assert (narrowed["count"], narrowed["stopped"]) == (document["count"], None)
    assert narrowed["earlier"]["stopped"]["from"] == hex(start)


class QuitShell(Shell):
    """A terminal with a pager, at which the user says no at once."""

    is_quit = False

    def write(self, text: str) -> None:
        if not self.is_quit:
            self.is_quit = True
            raise KeyboardInterrupt
        super().write(text)


def test_the_rest_of_a_search_whose_rows_were_quit_can_be_interrupted():
    inferior, _ = watched(at=BASE + SIZE // 2, action=interrupt)
    shell = QuitShell()
    shell.inferior, shell.is_paged = inferior, True
    lines = shell.lines("pt-find needle -l 0")
    start = shell.last_search.stopped.start
    assert len(inferior.last_hits) == (start - BASE + EVERY - 1) // EVERY > 1000
    assert f"interrupted; go on with --from {start:#x}" in lines


def press(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize("line", ["-t u8 1", "-t u8 1 --count", "--next 1", "--next --unchanged --count"])
def test_whenever_ctrl_c_comes_what_was_told_is_kept_and_what_fails_changes_nothing(line):
    handler, outcomes = signal.signal(signal.SIGALRM, press), set()
    try:
        for microseconds in range(100, 8000, 50):
            shell = over(BufferArea(BASE, b"\1" * 1000))
            shell.run("pt-find -t u8 1 --count")
            first = shell.last_search
            try:
                signal.setitimer(signal.ITIMER_REAL, microseconds * 1e-6)
                shell.run(f"pt-find {line} --json")
                signal.setitimer(signal.ITIMER_REAL, 0)
            except (KeyboardInterrupt, CommandFailed):
                signal.setitimer(signal.ITIMER_REAL, 0)
                outcomes.add("too early or too late")
                continue
            document, last = json.loads(shell.text), shell.last_search
            assert last is not first
            assert [hit.address for hit in last.hits] == list(range(BASE, BASE + document["count"]))
            assert {last.hits.value(number) for number in range(len(last.hits))} <= {1}
            outcomes.add(document["stopped"] and document["stopped"]["why"])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
    assert outcomes & {"interrupted", None}
