"""The allocators' blocks, as `pt-maps --blocks` sums them up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...blocks.block import BlockTotal
from ...blocks.table import BlockRegion, Blocks
from ...range_set import RangeSet
from ...render.document import Document, Rows
from ...render.fields import COUNT, SIZE, column, counted, hexadecimal, size_in_words
from ...render.text import Line, note, warning
from ..shell.blocks import KINDS, NONE_FOUND, PlacedBlock, blocks_now
from ..shell.context import Context
from ..shell.coverage import SHOWN, coverage_json
from ..shell.scope import Scope

SCHEMA = "ptatlas.blocks/1"
# A table has so many sizes, those with the most bytes; and the largest blocks.
_SIZES, _MOST = 20, 5
_DAMAGED, _NOT_EXPLAINED = "no chunks hold together there", "no allocator that is known explains it"


class SizeRow(NamedTuple):
    """The blocks of one size: how many are in use, how many are free, and the bytes in both."""

    size: int
    used: int
    free: int

    @property
    def bytes(self) -> int:
        """Bytes in all of them."""
        return self.size * (self.used + self.free)


class ArenaTotal(NamedTuple):
    """An arena, as far as it lies in the scope."""

    allocator: str
    address: int
    text: str
    regions: Sequence[BlockRegion]
    used: BlockTotal
    free: BlockTotal

    def json(self) -> dict[str, Any]:
        """Return it as documents have it."""
        return {
            "start": hexadecimal(self.regions[0].start),
            "end": hexadecimal(self.regions[-1].end),
            "allocator": self.allocator,
            "name": self.text,
            "address": hexadecimal(self.address) if self.address else None,
            "ranges": len(self.regions),
            "used": total_json(self.used),
            "free": total_json(self.free),
        }

    def line(self) -> Line:
        """Return it in a sentence."""
        where = f"{self.regions[0].start:#x}..{self.regions[-1].end:#x}"
        where += f" in {len(self.regions)} ranges" if len(self.regions) > 1 else ""
        return f"{self.text}, {where}: {_in_words(self.used, 'used')}, {_in_words(self.free, 'free')}"


def total_json(total: BlockTotal) -> dict[str, int]:
    """Return a total as documents have it."""
    return {"count": total.blocks, "bytes": total.bytes}


def _in_words(total: BlockTotal, what: str) -> str:
    return f"{counted(total.blocks, 'block')} {what} ({size_in_words(total.bytes)})"


_FIELDS = (column("size", COUNT), column("used", COUNT), column("free", COUNT))
_COLUMNS = (column("size", COUNT), column("used", COUNT), column("free", COUNT), column("bytes", SIZE))


class BlockSummary:
    """What the blocks in a scope come to."""

    def __init__(self, context: Context, scope: Scope) -> None:
        areas = context.process.areas
        pieces = scope.pieces(areas)
        if not scope.is_limited:
            pieces = [piece for piece in pieces if piece.area.kind in KINDS]
        self._scope = RangeSet(piece.range for piece in pieces)
        self._found = [(blocks, blocks.within(self._scope)) for blocks in blocks_now(context)]
        self.arenas = [total for blocks, regions in self._found for total in _totals(blocks, regions)]
        self.used = BlockTotal.of(arena.used for arena in self.arenas)
        self.free = BlockTotal.of(arena.free for arena in self.arenas)

    def sizes(self) -> list[SizeRow]:
        """Return a row for each size, the most bytes first."""
        sums: dict[int, tuple[int, int]] = {}
        for blocks, regions in self._found:
            for size, (used, free) in blocks.by_size(regions).items():
                before = sums.get(size, (0, 0))
                sums[size] = before[0] + used, before[1] + free
        rows = [SizeRow(size, *counts) for size, counts in sums.items()]
        return sorted(rows, key=lambda row: (-row.bytes, row.size))

    def document(self, head: Mapping[str, Any], *, shows_all: bool) -> Document:
        """Return the answer."""
        sizes = self.sizes()
        shown = sizes if shows_all else sizes[:_SIZES]
        rows = Rows("sizes", sizes, _FIELDS, _COLUMNS, shown=shown, empty="no blocks")
        head = {**head, "allocators": [blocks.allocator for blocks, _ in self._found]}
        head["arenas"] = [arena.json() for arena in self.arenas]
        tail = {
            "total": {"used": total_json(self.used), "free": total_json(self.free)},
            "largest": [found.json() for found in self._largest()],
            "problems": [
                {"address": hexadecimal(problem.address), "text": problem.text}
                for blocks, _ in self._found
                for problem in blocks.problems
            ],
            "coverage": self._coverage(),
        }
        notes = self._notes(len(sizes) - len(shown))
        return Document.known(SCHEMA, head, rows, list(notes), tail=tail, found=bool(self.arenas))

    def _largest(self) -> list[PlacedBlock]:
        """Return the largest blocks in use, the largest first."""
        found = [
            (blocks, block) for blocks, regions in self._found for block in blocks.largest(regions, _MOST)
        ]
        found.sort(key=lambda pair: -pair[1].size)
        return [PlacedBlock(block, blocks) for blocks, block in found[:_MOST]]

    def _coverage(self) -> dict[str, Any]:
        """Return what of the scope the blocks' regions cover."""
        covered = RangeSet(
            part
            for blocks, _ in self._found
            for region in blocks.regions
            for part in self._scope.within(region.start, region.end)
        )
        holes = [
            part for blocks, _ in self._found for hole in blocks.holes for part in self._scope.within(*hole)
        ]
        size, lost = _size(covered), _size(holes)
        unreadable = [(part.start, part.end, _DAMAGED) for part in holes]
        left_out = _size(self._scope) - size
        return coverage_json(size - lost, 0, unreadable, left_out, _NOT_EXPLAINED)

    def _notes(self, more: int) -> Iterator[Line]:
        if more:
            yield note(f"{counted(more, 'more size')}; --all lists each")
        if not self._found:
            yield warning(NONE_FOUND)
            return
        yield from (arena.line() for arena in self.arenas)
        for found in self._largest():
            yield f"large: {found}"
        yield note(f"{_in_words(self.used, 'used')}, {_in_words(self.free, 'free')}")
        problems = [problem for blocks, _ in self._found for problem in blocks.problems]
        for problem in problems[:SHOWN]:
            yield warning(f"{problem.address:#x}: {problem.text}")
        if len(problems) > SHOWN:
            yield warning(f"{counted(len(problems) - SHOWN, 'more problem')}; --json lists them")


def _size(ranges: Iterable[Any]) -> int:
    return sum(part.end - part.start for part in ranges)


def _totals(blocks: Blocks, regions: Sequence[BlockRegion]) -> Iterator[ArenaTotal]:
    """Yield the sums of each arena that has blocks in these regions."""
    for number, arena in enumerate(blocks.arenas):
        own = [region for region in regions if region.arena == number]
        if own:
            sums = [blocks.tally(region) for region in own]
            used, free = BlockTotal.of(used for used, _ in sums), BlockTotal.of(free for _, free in sums)
            yield ArenaTotal(blocks.allocator, arena.address, arena.text, own, used, free)
