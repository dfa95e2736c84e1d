"""The find methods of any memory, defined over the one search that the memory itself provides."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Union

from ..errors import InvalidArgument
from ..integers import IntegerLike, as_address, as_address_if_given
from ..search.engine.search import Search
from ..search.patterns.pattern import Pattern
from .accessors import Accessors

Findable = Union[bytes, bytearray, memoryview, Pattern]


class SearchedMemory(Accessors):
    """Memory that can be searched, in order of address. What can't be read is skipped.

    Bytes are searched for exactly; a pattern at every address, whatever its own alignment. Anything else, or
    an empty pattern, raises InvalidArgument (PatternError).
    """

    @abstractmethod
    def _search(self, pattern: Pattern, align: int, start: int | None, threads: int) -> Search:
        """Search for a pattern at multiples of `align` from `start` on; `threads` as for a Scanner."""

    def find(self, pattern: Findable, start: IntegerLike | None = None) -> int | None:
        """Return the first address, from `start` on, at which the bytes or the pattern match, or None."""
        return self._first(pattern, 1, start)

    def find_aligned(self, pattern: Findable, start: IntegerLike | None = None) -> int | None:
        """Like `find`, at multiples of the word size alone."""
        return self._first(pattern, self.word_size, start)

    def find_pointer(self, address: IntegerLike, start: IntegerLike | None = None) -> int | None:
        """Return the first aligned address, from `start` on, of a word that points to the address."""
        return self._first(self._pointer(as_address(address)), self.word_size, start)

    def find_all(self, pattern: Findable, start: IntegerLike | None = None) -> Iterator[int]:
        """Yield all addresses at which the bytes or the pattern match, overlapping ones too.

        Holes are skipped, and matches lie across mappings that touch.
        """
        return self._all(pattern, 1, start)

    def find_all_aligned(self, pattern: Findable, start: IntegerLike | None = None) -> Iterator[int]:
        """Like `find_all`, at multiples of the word size alone."""
        return self._all(pattern, self.word_size, start)

    def find_all_pointers(self, address: IntegerLike, start: IntegerLike | None = None) -> Iterator[int]:
        """Yield the aligned addresses of all words that point to the address."""
        return self._all(self._pointer(as_address(address)), self.word_size, start)

    def _pointer(self, address: int) -> Findable:
        if not 0 <= address < 1 << (8 * self.word_size):
            raise InvalidArgument(f"no pointer of {self.word_size} bytes holds {address:#x}")
        return address.to_bytes(self.word_size, self.endian)

    def _first(self, what: Findable, align: int, start: IntegerLike | None) -> int | None:
        # One thread: what others would read ahead of the first match would be wasted.
        with self._search(_pattern(what), align, as_address_if_given(start), threads=1) as search:
            return next((hit.address for hit in search), None)

    def _all(self, what: Findable, align: int, start: IntegerLike | None) -> Iterator[int]:
        search = self._search(_pattern(what), align, as_address_if_given(start), threads=0)
        return self._addresses(search)

    def _addresses(self, search: Search) -> Iterator[int]:
        """Yield the addresses of the hits, and end the search with the iteration."""
        with search:
            for hit in search:
                yield hit.address


def _pattern(what: Findable) -> Pattern:
    if isinstance(what, Pattern):
        return what
    if not isinstance(what, (bytes, bytearray, memoryview)):
        raise InvalidArgument(f"{what!r} is neither bytes nor a pattern", hint="Pattern.text(...) for text")
    return Pattern.raw(what)
