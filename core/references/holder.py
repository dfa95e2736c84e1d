"""What holds a word: a register, a stack, a global variable, thread-local storage, a block, other memory."""

from __future__ import annotations

from typing import NamedTuple

from ..blocks.block import STATE_NAMES, HeapBlock
from ..owners.owner import KnownThread
from ..ports.program import Symbol

REGISTER, STACK, GLOBAL, TLS, BLOCK, OTHER = "register", "stack", "global", "tls", "block", "other"
# The kinds of holders, roots first.
HOLDER_KINDS = (REGISTER, STACK, GLOBAL, TLS, BLOCK, OTHER)


class Holder(NamedTuple):
    """What holds a word; what doesn't apply to its kind is None.

    `offset` is how far in it the word lies, in bytes: in its block; from its symbol on, or else from the
    beginning of its module; from the stack pointer of its thread, or its thread pointer; in its area. `area`
    is the area's name. `function` is the one that the frame is of, and how far in it that has come.
    """

    kind: str
    offset: int | None = None
    thread: KnownThread | None = None
    register: str | None = None
    frame: int | None = None
    function: Symbol | None = None
    symbol: str | None = None
    block: HeapBlock | None = None
    area: str | None = None

    @property
    def is_free(self) -> bool:
        """Whether it is a free block: what lies there is left over, or the allocator's."""
        return self.block is not None and not self.block.is_used

    def __str__(self) -> str:
        return _WORDS[self.kind](self)


def thread_in_short(thread: KnownThread | None) -> str:
    """Return a thread by its number, or else by its identifier."""
    if thread is None:
        return "a thread"
    return f"LWP {thread.tid}" if thread.number is None else f"thread {thread.number}"


def block_in_words(block: HeapBlock) -> str:
    """Return a block as people speak of it; one that isn't simply in use with its state."""
    state = "" if block.state == 0 else f", {STATE_NAMES[block.state]}"
    return f"block of {block.size} bytes at {block.start:#x}{state}"


def _register(holder: Holder) -> str:
    return f"{thread_in_short(holder.thread)}, {holder.register}"


def _stack(holder: Holder) -> str:
    thread, offset = thread_in_short(holder.thread), holder.offset
    if holder.frame is not None:
        function = f" {holder.function}" if holder.function else ""
        return f"{thread} stack, frame {holder.frame}{function}"
    if offset is None:
        return f"{thread} stack" if holder.thread else "stack"
    return f"{thread} stack, sp+{offset:#x}" if offset >= 0 else f"{thread} stack, below sp: sp-{-offset:#x}"


def _global(holder: Holder) -> str:
    module, at = (holder.area or "").rpartition("/")[2], holder.offset
    place = str(Symbol(holder.symbol, at or 0)) if holder.symbol else ""
    if not place:
        return module if at is None else f"{module}+{at:#x}"
    return f"{module} {place}"


def _tls(holder: Holder) -> str:
    at = holder.offset or 0
    return f"{thread_in_short(holder.thread)} thread-local storage, {'-' if at < 0 else '+'}{abs(at):#x}"


def _block(holder: Holder) -> str:
    return "" if holder.block is None else f"{block_in_words(holder.block)}, +{holder.offset or 0:#x}"


def _other(holder: Holder) -> str:
    name = holder.area or "memory"
    return name if holder.offset is None else f"{name}+{holder.offset:#x}"


_WORDS = {REGISTER: _register, STACK: _stack, GLOBAL: _global, TLS: _tls, BLOCK: _block, OTHER: _other}
