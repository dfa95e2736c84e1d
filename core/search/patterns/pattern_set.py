"""Several patterns that are looked for in one pass over memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...arguments import as_kind, as_list
from ...errors import PatternError
from .pattern import Pattern


class PatternSet:
    """Patterns in the order in which hits count them. PatternError if there are none."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(as_kind(each, Pattern) for each in as_list(patterns))
        if not self.patterns:
            raise PatternError("there is no pattern")

    def __iter__(self) -> Iterator[Pattern]:
        return iter(self.patterns)

    def __len__(self) -> int:
        return len(self.patterns)

    def __repr__(self) -> str:
        return f"PatternSet({list(self.patterns)})"

    @property
    def max_size(self) -> int:
        """The size of the largest match of any of them, in bytes."""
        return max(pattern.max_size for pattern in self.patterns)

    @property
    def lead(self) -> int:
        """How many bytes before a match any of them may look at."""
        return max(pattern.shape.lead for pattern in self.patterns)
