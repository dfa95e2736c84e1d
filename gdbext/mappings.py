"""Reads `info proc mappings`, by what its columns mean and not by where they stand."""

from __future__ import annotations

import re
from typing import Optional

from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection

# GDB's headings in any version: with and without `Perms` (from GDB 12 on), `objfile` or `File`,
# `Start Addr  End Addr  Size  Offset` (Linux) or `Start  End  Perms  ...` (FreeBSD).
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+|[0-9a-fA-F]+")
_PERMS = re.compile(r"[-rwxsp?]{3,5}")


def parse_mappings(text: str, source: str) -> list[Area]:
    """Return the areas that the text tells, in order; lines that aren't rows are passed over."""
    columns: Optional[list[str]] = None
    areas: list[Area] = []
    for line in text.splitlines():
        if columns is None:
            columns = _headings(line)
            continue
        area = _row(line, columns, source)
        if area is not None:
            areas.append(area)
    return sorted(areas, key=lambda area: (area.start, area.end))


def _headings(line: str) -> Optional[list[str]]:
    words = re.sub(r"\b(Start|End)\s+Addr\b", r"\1", line).split()
    names = [word.lower() for word in words]
    return names if names[:2] == ["start", "end"] else None


def _row(line: str, columns: list[str], source: str) -> Optional[Area]:
    fixed = [name for name in columns if name not in ("objfile", "file")]
    words = line.split(None, len(fixed))
    if len(words) < 2 or not all(_ADDRESS.fullmatch(word) for word in words[:2]):
        return None
    values = dict(zip(fixed, words))
    path = words[len(fixed)].rstrip() if len(words) > len(fixed) else ""
    perms = values.get("perms")
    offset = values.get("offset")
    return Area(
        int(values["start"], 16),
        int(values["end"], 16),
        None if perms is None or not _PERMS.fullmatch(perms) else _protection(perms),
        None if offset is None else int(offset, 16),
        path,
        source=source,
    )


def _protection(perms: str) -> Protection:
    """`rw-p` as Linux writes it, or `rw-` as FreeBSD does, which tells nothing of sharing there."""
    return Protection.parse(perms[:4] if len(perms) >= 4 and perms[3] in "sp?" else perms[:3] + "?")
