"""The input of finders: bytes, and which of them matches may touch."""

from __future__ import annotations

import mmap
from typing import NamedTuple


class Haystack(NamedTuple):
    """Bytes to search: the data, where it lies in this process, and the address of its first byte."""

    data: mmap.mmap | bytes
    place: int
    origin: int


class MatchSpan(NamedTuple):
    """Offsets in a haystack: matches begin in low..high, and lie within the readable start..end."""

    low: int
    high: int
    start: int
    end: int
