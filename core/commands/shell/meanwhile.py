"""What became of the map while a command ran, which it has read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...render.document import Document, Result
from ...render.text import Block, Line, warning
from .context import Context

CHANGED = "the map changed meanwhile: this is of the areas that there were at first"


def told_meanwhile(result: Result, context: Context) -> Result:
    """Return the answer, which says at its end whether the map has changed since the command has read it."""
    if not isinstance(result, Document):
        return result

    def tail() -> Mapping[str, Any]:
        known = result.tail()
        return {**known, "map_changed": True} if _has_changed(context) else known

    def notes() -> Iterator[Line | Block]:
        yield from result.notes()
        if _has_changed(context):
            yield warning(CHANGED)

    return replace(result, tail=tail, notes=notes)


def _has_changed(context: Context) -> bool:
    return any(inferior.has_moved_on() for inferior in context.looked_at)
