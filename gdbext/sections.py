"""Reads GDB's texts for targets without mappings: memory regions, sections, the auxiliary vector.

Texts of `info mem` (gdb/memattr.c), `maintenance info sections` (gdb/maint.c) and `info auxv` (gdb/auxv.c);
the parts that are read here are never translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports.program import LoadedRange
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import Range

_REGION = re.compile(r"\d+\s+([yn])\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+(rw|ro|wo|flash)\b.*")
_MODES = {"rw": "rw??", "ro": "r-??", "wo": "-w??", "flash": "r???"}
_OBJECT = re.compile(r"(?:Exec|Object|Core) file: [`'\u2018](.+)['\u2019], file type .*")
_SECTION = re.compile(r" *\[\d+\]\s+(0x[0-9a-f]+)->(0x[0-9a-f]+) at (0x[0-9a-f]+): (\S+)((?: [A-Z_]+)*)")
_AUXILIARY = re.compile(r"(\d+)\s+\S+\s.*?\s(0x[0-9a-f]+|\d+)(?: \".*\")?")


def parse_regions(text: str, source: str) -> list[Area]:
    """Return the enabled memory regions, in order, with the protections that their modes give."""
    rows = (_REGION.fullmatch(line.strip()) for line in text.splitlines())
    return sorted(
        Area(int(row[2], 16), int(row[3], 16), Protection.parse(_MODES[row[4]]), source=source)
        for row in rows
        if row and row[1] == "y"
    )


def parse_sections(text: str) -> list[LoadedRange]:
    """Return the sections that are in memory; those with content in their file come first.

    Thread-local ones are left out, for each thread has its own elsewhere.
    """
    found = list(_sections(text))
    return [one for one in found if one.offset is not None] + [one for one in found if one.offset is None]


def parse_held(text: str) -> RangeSet:
    """Return the addresses whose content is in the core file itself: its sections that are loaded from it."""
    is_core = False
    held: list[Range] = []
    for line in text.splitlines():
        row = _SECTION.fullmatch(line.rstrip())
        if _OBJECT.fullmatch(line):
            is_core = line.startswith("Core file")
        elif row and is_core and {"ALLOC", "LOAD"} <= set(row[5].split()):
            held.append(Range(int(row[1], 16), int(row[2], 16)))
    return RangeSet(held)


def _sections(text: str) -> Iterator[LoadedRange]:
    path: str | None = None
    for line in text.splitlines():
        heading = _OBJECT.fullmatch(line)
        row = _SECTION.fullmatch(line.rstrip())
        if heading:
            path = heading[1] if heading[1].startswith("/") else None
        elif row and "ALLOC" in row[5].split() and not row[4].startswith((".tbss", ".tdata")):
            start, end, offset = (int(row[number], 16) for number in (1, 2, 3))
            if start < end:
                has_content = "LOAD" in row[5].split()
                yield LoadedRange(start, end, path, offset if has_content and path else None)


def parse_auxv(text: str) -> dict[int, int]:
    """Return the numbers of the auxiliary vector by type (getauxval(3), AT_*)."""
    rows = (_AUXILIARY.fullmatch(line.strip()) for line in text.splitlines())
    return {int(row[1]): int(row[2], 16 if row[2].startswith("0x") else 10) for row in rows if row}
