"""Words at many places of a haystack."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ...arch import words_layout
from ...byte_order import Endian
from ..hits.hits import Batch
from ..patterns.word_set import WordFormat
from .haystack import Haystack

# Reads unsigned words at these addresses of a haystack.
ReadWords = Callable[[Haystack, Iterable[int]], list[int]]


def word_reader(size: int, endian: Endian) -> ReadWords:
    """Return a function that reads words of this size, in bytes, and byte order."""
    unpack = words_layout(size, endian).unpack_from

    def read(haystack: Haystack, addresses: Iterable[int]) -> list[int]:
        data, origin = haystack.data, haystack.origin
        return [unpack(data, address - origin)[0] for address in addresses]

    return read


def with_values(batch: Batch, word: WordFormat, haystack: Haystack) -> Batch:
    """Return the batch with the words that were found, unless it knows them."""
    if batch.values is not None:
        return batch
    return batch._replace(values=word_reader(*word)(haystack, batch.addresses))
