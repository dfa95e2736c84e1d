"""Hits are written while the search goes on, and an interrupt keeps them: whatever their number."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from ptatlas.core.commands.context import Context
from ptatlas.core.commands.dispatch import execute
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.inferior import Inferior
from ptatlas.core.sources import Piece, buffer_target
from support.shell import Shell

BASE, SIZE, EVERY = 0x10000, 4 << 20, 64
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

    width, color, status = None, False, None

    def __init__(self, reader) -> None:
        self.reader, self.size, self.first = reader, 0, None

    def write(self, text: str) -> None:
        self.size += len(text)
        if "0x" in text and self.first is None:
            self.first = self.reader.reached


def watched(**options):
    """An inferior with 65,536 hits, and its reader."""
    inferior = Inferior(buffer_target([Piece(BASE, b"needle".ljust(EVERY, b".") * (SIZE // EVERY))]))
    reader = Watched(inferior.memory._readers[0], **options)
    inferior.memory._readers[0] = reader
    return inferior, reader


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
    assert terminal.first < BASE + SIZE // 16
    assert terminal.size > SIZE // EVERY * 20
    # What is kept of a hit is a fraction of its row; the rest is the same for any number of hits.
    assert peak < 1_000_000 + SIZE // EVERY * 12


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
