"""The rows of a list of images."""

from __future__ import annotations

from typing import NamedTuple

MEMORY = "memory"


class Listed(NamedTuple):
    """An image: its name, how much it holds, and where it is kept: `memory`, or a store's file."""

    name: str
    sections: int
    bytes: int
    store: str
