"""pt-find --leaks: blocks in use that no chain of pointers from a root reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...blocks.block import BlockTotal
from ...blocks.table import Blocks
from ...inferior import Inferior
from ...range_set import RangeSet
from ...references.leak_groups import LeakGroup, leak_groups
from ...references.leaks import Leaks, find_leaks
from ...render.document import Document, Rows
from ...render.fields import (
    ADDRESS,
    BLANK,
    COUNT,
    LONG_TEXT,
    SIZE,
    TEXT,
    Column,
    column,
    counted,
    hexadecimal,
    size_in_words,
)
from ...render.text import Line, note, warning
from ...walk.pace import given_up
from ..shell.blocks import NONE_FOUND
from ..shell.context import Context
from ..shell.coverage import coverage_json, unread_lines
from ..shell.history import LeaksThen
from .where_blocks import blocks_in

SCHEMA = "ptatlas.leaks/1"
_GIVEN_UP = "interrupted: before all memory is looked at, nobody knows what leaked"
_BELOW = "it lies below a stack pointer"

_FIELDS = (
    column("size", COUNT),
    Column("class", TEXT, lambda group: group.class_name),
    column("first_word", ADDRESS),
    column("blocks", COUNT),
    column("leaders", COUNT),
    column("bytes", COUNT),
    column("first", ADDRESS),
)


def _class_shown(group: LeakGroup) -> Any:
    if group.class_name is not None:
        return group.class_name
    return BLANK if group.first_word is None else hexadecimal(group.first_word)


_COLUMNS = (
    column("size", COUNT),
    column("leaders", COUNT),
    column("blocks", COUNT),
    column("bytes", SIZE),
    Column("first leader", ADDRESS, lambda group: group.first),
    Column("class or first word", LONG_TEXT, _class_shown),
)


def leaks(context: Context, inferior: Inferior, limit: int | None) -> Document:
    """Answer pt-find --leaks of an inferior, or of an image in its place; tables have `limit` groups."""
    with given_up(_GIVEN_UP):
        blocks = blocks_in(context, inferior)
        _, found, groups = _found(context, inferior, blocks)
    shown = groups if limit is None else groups[:limit]
    rows = Rows("leaks", groups, _FIELDS, _COLUMNS, shown=shown, empty="")
    head = {"allocators": [one.allocator for one in blocks], "source": inferior.memory.source}
    notes = list(_notes(found, blocks, len(groups) - len(shown)))
    return Document.known(SCHEMA, head, rows, notes, tail=_tail(found, blocks), found=bool(groups))


def _found(context: Context, inferior: Inferior, blocks: Sequence[Blocks]) -> LeaksThen:
    """Return the leaks; those of the process are kept while its clock stands still."""
    is_kept, now = inferior is context.inferior, inferior.target.clock.now()
    remembered = context.session.history.of(inferior).leaks if is_kept else None
    if remembered is not None and remembered.clock == now:
        return remembered
    found = find_leaks(inferior, blocks, context.watch)
    then = LeaksThen(now, found, leak_groups(inferior, found.leaders, context.watch))
    if is_kept:
        context.session.history.of(inferior).leaks = then
    return then


def _tail(found: Leaks, blocks: Sequence[Blocks]) -> Mapping[str, Any]:
    coverage = found.coverage
    return {
        "total": _total_json(found.total),
        "only_from_other_memory": _total_json(found.by_other),
        "in_use": _total_json(found.in_use),
        "roots": {"registers": found.has_registers, **_sizes(found)},
        "problems": [
            {"address": hexadecimal(problem.address), "text": problem.text}
            for one in blocks
            for problem in one.problems
        ],
        "coverage": coverage_json(*coverage, _BELOW),
    }


def _total_json(total: BlockTotal) -> dict[str, int]:
    return {"blocks": total.blocks, "bytes": total.bytes}


def _sizes(found: Leaks) -> dict[str, int]:
    """Return how many bytes each kind of root has."""
    roots = found.roots
    kinds = {"stacks": roots.stacks, "globals": roots.globals, "tls": roots.tls, "other": roots.other}
    return {name: _size(ranges) for name, ranges in kinds.items()}


def _size(ranges: RangeSet) -> int:
    return sum(part.size for part in ranges)


def _notes(found: Leaks, blocks: Sequence[Blocks], more: int) -> Iterator[Line]:
    if more:
        yield note(f"{counted(more, 'more group')}; -l 0 lists each")
    if not blocks:
        yield warning(NONE_FOUND)
        return
    total, in_use = found.total, found.in_use
    yield note(
        f"{counted(total.blocks, 'block')} leaked ({size_in_words(total.bytes)}), "
        f"{counted(len(found.leaders), 'leader')}; of {counted(in_use.blocks, 'block')} in use "
        f"({size_in_words(in_use.bytes)})"
    )
    if found.by_other.blocks:
        size = size_in_words(found.by_other.bytes)
        yield note(
            f"{counted(found.by_other.blocks, 'more block')} ({size}) only from memory that is neither"
            " a stack, a global variable nor thread-local"
        )
    yield note(_roots_in_words(found))
    if not found.has_registers:
        yield warning("registers aren't known here: what only they hold counts as leaked")
    if any(one.problems for one in blocks):
        yield warning("the heap is damaged, so this may be wrong: pt-maps --blocks tells where")
    yield from unread_lines("looked at", found.coverage.unreadable)


def _roots_in_words(found: Leaks) -> str:
    sizes = {name: size_in_words(size) for name, size in _sizes(found).items()}
    registers = "registers, " if found.has_registers else ""
    return (
        f"from {registers}stacks ({sizes['stacks']}), globals ({sizes['globals']}), thread-local storage"
        f" ({sizes['tls']}), other memory ({sizes['other']}); pointers into the middle of a block count"
    )
