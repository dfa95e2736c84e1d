"""The hits of a search, kept in little memory: 17 bytes each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, Union, overload

from .hits import Hit


class HitList(Sequence[Hit]):
    """Hits in the order in which they were found; grows by `append`, and is otherwise a sequence."""

    def __init__(self) -> None:
        self._addresses = array("Q")
        self._sizes = array("Q")
        self._patterns = array("B")

    def append(self, hit: Hit) -> None:
        """Add a hit: all of it or, interrupted, nothing."""
        count = len(self._addresses)
        self._sizes[count:] = array("Q", (hit.size,))
        self._patterns[count:] = array("B", (hit.pattern,))
        self._addresses.append(hit.address)

    def cut(self, count: int) -> None:
        """Keep the first `count` hits."""
        del self._addresses[count:]

    def __len__(self) -> int:
        return len(self._addresses)

    @overload
    def __getitem__(self, index: int) -> Hit: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Hit]: ...
    def __getitem__(self, index: Union[int, slice]) -> Any:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return Hit(self._addresses[index], self._sizes[index], self._patterns[index])

    def __repr__(self) -> str:
        return f"HitList({len(self)} hits)"
