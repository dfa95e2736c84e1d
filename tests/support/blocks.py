"""The program that says which blocks it has, and what is found of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from ptatlas.core.blocks.allocators import blocks_of
from ptatlas.core.blocks.table import Blocks
from ptatlas.core.inferior import Inferior
from ptatlas.core.opening import open_process

from .children import Child
from .compile import PROGRAMS, compile_c


def blocks_program(build_dir: Path, *flags: str) -> Path:
    """Return the program, compiled."""
    return compile_c(PROGRAMS / "blocks.c", build_dir, *flags, "-pthread")


class Made(NamedTuple):
    """A program that waits, and what it says of its blocks: sizes by address, and where free ones were."""

    inferior: Inferior
    used: dict[int, int]
    free: set[int]
    facts: dict[str, Any]

    @classmethod
    def of(cls, child: Child) -> Made:
        known = {address: (size, is_used) for address, size, is_used in child.facts["blocks"]}
        used = {address: size for address, (size, is_used) in known.items() if is_used}
        return cls(open_process(child.pid), used, known.keys() - used.keys(), child.facts)


def found_in(inferior: Inferior) -> Blocks:
    (blocks,) = blocks_of(inferior)
    return blocks


def assert_all_found(made: Made, blocks: Blocks) -> None:
    found = {block.start: block for block in blocks}
    assert {at: found[at].size for at in made.used if at in found and found[at].is_used} == made.used
    assert not {at for at in made.free if at in found and found[at].is_used}
    starts = [block.start for block in blocks]
    assert starts == sorted(starts)
