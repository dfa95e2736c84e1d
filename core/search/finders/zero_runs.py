"""Runs of zeros in memory that was read: matches there are known without a search."""

from __future__ import annotations

import mmap
from collections.abc import Iterator

from ...ranges import Range, coalesce, split

_BLOCK = 4096
_ZEROS = bytes(_BLOCK)


def zero_runs(data: mmap.mmap | bytes, start: int, end: int) -> Iterator[Range]:
    """Yield the runs of whole blocks of zeros between two offsets."""
    blocks = (Range(at, at + _BLOCK) for at in range(start, end - _BLOCK + 1, _BLOCK))
    return coalesce(block for block in blocks if data[block.start : block.end] == _ZEROS)


def split_at_zeros(span: Range, runs: Iterator[Range], lead: int, size: int) -> Iterator[tuple[Range, bool]]:
    """Yield the span in parts, and whether a match that begins there sees nothing but zeros.

    A match sees `lead` bytes before where it begins and `size` bytes from there.
    """
    return split(span, (Range(run.start + lead, run.end - size + 1) for run in runs))
