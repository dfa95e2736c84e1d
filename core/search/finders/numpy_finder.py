"""Finds words in ranges with numpy, where it is installed: at one speed, whatever memory holds."""

from __future__ import annotations

import importlib
import sys
from array import array
from math import gcd
from typing import Any

from ...arch import ORDER_CODES
from ...signals import blocked_signals
from ..hits.hits import Batch
from ..patterns.word_set import WordSet
from .haystack import Haystack

# Importing numpy takes about as long as searching this much without it.
_WORTH_IMPORTING = 64 << 20

# More ranges than this are first narrowed down to what lies between the lowest and the highest.
_FEW_RANGES = 4


def load_numpy(size: int) -> Any | None:
    """Return numpy if there is one and it pays to use it on `size` bytes, else None.

    It may start threads of its own as it is imported, so those get no signals.
    """
    if "numpy" not in sys.modules and size < _WORTH_IMPORTING:
        return None
    with blocked_signals():
        try:
            return importlib.import_module("numpy")
        except ImportError:
            return None


class NumpyFinder:
    """Finds the words of a set at offsets `low`..`last` of a haystack, many at a time."""

    def __init__(self, words: WordSet, align: int, numpy: Any) -> None:
        self._numpy, self._words, self._align = numpy, words, align
        self._type = numpy.dtype(f"{ORDER_CODES[words.endian]}u{words.size}")
        whole = (words.ranges[0][0], words.ranges[-1][1])
        self._is_exact = len(words.ranges) <= _FEW_RANGES
        self._ranges = [
            (self._type.type(low), self._type.type(high - low))
            for low, high in (words.ranges if self._is_exact else (whole,))
        ]
        self._lows = numpy.array([low for low, _ in words.ranges], f"u{words.size}")
        self._highs = numpy.array([high for _, high in words.ranges], f"u{words.size}")

    def find(self, haystack: Haystack, low: int, last: int) -> Batch:
        """Return the matches in order."""
        numpy, size, parts = self._numpy, self._words.size, []
        # Addresses that are multiples of `align` leave only these remainders when divided by the size.
        for phase in range(0, size, gcd(self._align, size)):
            first = low + (phase - low - haystack.origin) % size
            if first <= last:
                found = self._find_phase(haystack, first, (last - first) // size + 1)
                parts.append(found * size + first)
        if not parts:
            return Batch((), size)
        offsets = numpy.concatenate(parts)
        addresses = offsets.astype(numpy.uint64) + numpy.uint64(haystack.origin)
        if size % self._align:
            addresses = addresses[addresses % numpy.uint64(self._align) == 0]
        addresses.sort()
        return Batch(array("Q", addresses.tobytes()), size)

    def _find_phase(self, haystack: Haystack, first: int, count: int) -> Any:
        """Return which of the `count` words from offset `first` on, one after the other, are in the set."""
        numpy = self._numpy
        words = numpy.frombuffer(haystack.data, self._type, count, first)
        # Unsigned, what lies below `low` wraps around to above any width.
        is_in = (words - self._ranges[0][0]) <= self._ranges[0][1]
        for low, width in self._ranges[1:]:
            is_in |= (words - low) <= width
        found = numpy.flatnonzero(is_in)
        if self._is_exact or not len(found):
            return found
        values = words[found]
        nearest = numpy.searchsorted(self._lows, values, "right") - 1
        return found[values <= self._highs[nearest]]
