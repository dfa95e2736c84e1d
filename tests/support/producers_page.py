"""The tables of docs/producers.md: what they say of each producer, and which tests hold it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "producers.md"
TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(\w+)`")


def tables() -> Iterator[list[dict[str, str]]]:
    """Yield each table: its rows, each a cell by the heading of its column."""
    for block in re.findall(r"(?:^\|.*\n)+", PAGE.read_text(), re.MULTILINE):
        head, _, *rows = [_cells(line) for line in block.splitlines()]
        yield [dict(zip(head, row)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def producers() -> list[dict[str, str]]:
    """Return the rows that are about a producer: they say what holds them."""
    return [row for table in tables() if "held by" in table[0] for row in table]


def dumped(producer: str) -> dict[str, str]:
    """Return what the page says of each place of tests/programs/sorts.c in this producer's dump."""
    for table in tables():
        if "place" in table[0] and producer in table[0]:
            return {row["place"]: row[producer] for row in table}
    raise LookupError(f"{PAGE.name} has no column {producer}")
