"""What a filter by protection left out only because a protection isn't known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from ...maps.area import Area
from ...render.document import Document
from ...render.fields import counted, size_in_words
from ...render.text import warning
from .scope import Scope


class Undecided(NamedTuple):
    """How many areas of a scope, and how many bytes in it, may or may not be what `--perms` asks for."""

    areas: int
    bytes: int

    @classmethod
    def of(cls, scope: Scope, areas: Iterable[Area]) -> Undecided:
        """Count them; the areas are those that the scope chooses from."""
        found = scope.undecided(areas)
        return cls(len({piece.area for piece in found}), sum(piece.range.size for piece in found))

    def told_in(self, document: Document) -> Document:
        """Return the document with a key `unknown_protection` and a line about them, if there are any."""
        if not self.areas:
            return document
        count = counted(self.areas, "area")
        line = warning(
            f"left out: {count} ({size_in_words(self.bytes)}), of which the protection is not known"
        )
        return replace(
            document,
            tail=lambda: {**document.tail(), "unknown_protection": self._asdict()},
            notes=lambda: [*document.notes(), line],
        )
