"""GDB's output for a given inferior: most of GDB's commands work only on the selected one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gdb
from ptatlas.core.errors import SourceError


@contextmanager
def selected(inferior: gdb.Inferior) -> Iterator[None]:
    """Select an inferior in the block; afterwards restore the selection, thread and frame too.

    GDB up to 13 even reads memory from the selected inferior instead of the one asked. Raise SourceError for
    one that GDB has removed.
    """
    if not inferior.is_valid():
        raise SourceError("the inferior was removed")
    before = gdb.selected_inferior()
    if before.num == inferior.num:
        yield
        return
    with kept_selection():
        _select(inferior)
        yield


@contextmanager
def kept_selection() -> Iterator[None]:
    """Restore the selected inferior, thread and frame after the block."""
    inferior, thread, frame = gdb.selected_inferior(), gdb.selected_thread(), _selected_frame()
    try:
        yield
    finally:
        if thread is not None and thread.is_valid():
            thread.switch()
        elif inferior.is_valid() and gdb.selected_inferior().num != inferior.num:
            _select(inferior)
        if frame is not None and frame.is_valid():
            frame.select()


def _select(inferior: gdb.Inferior) -> None:
    """Select the inferior by a thread of it: GDB's command notifies the user even with captured output."""
    threads = sorted(inferior.threads(), key=lambda thread: thread.num)
    if threads:
        threads[0].switch()
    else:
        gdb.execute(f"inferior {inferior.num}", to_string=True)


def told(command: str) -> str:
    """Return what a command prints; names in it that aren't UTF-8 come as surrogates (os.fsdecode)."""
    try:
        return str(gdb.execute(command, to_string=True))
    except UnicodeDecodeError as error:
        # GDB decodes strictly, by its own idea of this machine's character set.
        return bytes(error.object).decode("utf-8", "surrogateescape")


def _selected_frame() -> gdb.Frame | None:
    try:
        return gdb.selected_frame()
    except gdb.error:
        return None
