"""What ptatlas makes of each place of tests/programs/sorts.c, in the words of docs/producers.md.

Runs inside debuggers too, so it imports nothing but ptatlas and the standard library.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ptatlas.core.inferior import Inferior

# The pages of these are the file's.
_OF_FILE = ("readonly_file", "shared_file")


def cells(inferior: Inferior, facts: dict[str, Any]) -> dict[str, str]:
    """Return, for each place, its protection without sharing, and what its last page begins with."""
    page = facts["page_size"]
    return {
        name: _cell(inferior, place["address"] + place["size"] - page, "file" if name in _OF_FILE else name)
        for name, place in facts["places"].items()
    }


def _cell(inferior: Inferior, address: int, text: str) -> str:
    area = inferior.areas.find(address)
    return "no area" if area is None else f"{area.perms[:3]} {_content(inferior, address, text.encode())}"


def _content(inferior: Inferior, address: int, text: bytes) -> str:
    from ptatlas.core.errors import MemoryFault

    try:
        found = inferior.memory.read(address, len(text) + 1)
    except MemoryFault as fault:
        return fault.reason
    if found == text + b"\0":
        return "read"
    return "other bytes" if any(found) else "zeros"


def show(style: str, facts_file: str) -> None:
    """In LLDB: print the style, and the cells of the selected target."""
    from ptatlas.lldbext import inferior

    print(style, json.dumps(cells(inferior(), json.loads(Path(facts_file).read_text()))))  # noqa: T201
