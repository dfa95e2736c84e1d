"""Reads `info proc mappings`, by the meaning of its columns and not by their positions.

The headings, by version (gdb/linux-tdep.c, gdb/fbsd-tdep.c, gdb/corelow.c): `Start Addr`, `End Addr`,
`Size`, `Offset`; then `Perms` on Linux (from GDB 12 on), `Flags` on FreeBSD, neither for a core file; then
`objfile` or `File`. Up to GDB 16 a name ends with its line; tables of GDB 17 put one blank after it, as
they do after the last heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection

_HEADINGS = re.compile(r"\s*Start Addr\s+End Addr\s+(\S.*)", re.IGNORECASE)
# Nothing that may stand between columns, or a row that isn't one is tried in all ways.
_WORD = r"\S+"
_HEXADECIMAL = r"(?:0x)?[0-9a-fA-F]+"
# What stands under each heading; FreeBSD's flags are two words.
_COLUMNS = {
    "start": _HEXADECIMAL,
    "end": _HEXADECIMAL,
    "size": _HEXADECIMAL,
    "offset": _HEXADECIMAL,
    "perms": r"[-r][-w][-x][-sp]",
    "flags": r"[-r][-w][-x] [-CNSUD]{4}",
}
_NAMES = ("objfile", "file")
# How the kernel writes a newline in a name (proc_pid_maps(5)).
_NEWLINE = "\\012"


class _Columns(NamedTuple):
    """How rows look: the expression for one, and how many blanks the table puts after each."""

    row: re.Pattern[str]
    padding: int


def parse_mappings(text: str, source: str) -> list[Area]:
    """Return the areas in the text, in order; lines that aren't rows are skipped.

    Facts that a version of GDB doesn't print are None, or unknown in the protection. An empty name on Linux
    means that there is no name; on FreeBSD the kernel may just not know it any more, so it is None.
    """
    return sorted(_areas(text, source), key=lambda area: (area.start, area.end))


def _areas(text: str, source: str) -> Iterator[Area]:
    columns: _Columns | None = None
    for line in text.split("\n"):
        columns = _columns(line) or columns
        row = columns.row.fullmatch(line) if columns else None
        if columns and row:
            yield _area(row.groupdict(), columns.padding, source)


def _columns(line: str) -> _Columns | None:
    """Return the columns that a line of headings has, or None if it is no such line."""
    headings = _HEADINGS.fullmatch(line)
    names = ["start", "end", *headings[1].lower().split()] if headings else []
    # Columns are told apart by their names, which are words.
    if headings is None or len(set(names)) < len(names) or not all(map(str.isidentifier, names)):
        return None
    fixed = [name for name in names if name not in _NAMES]
    row = r"\s+".join(f"(?P<{name}>{_COLUMNS.get(name, _WORD)})" for name in fixed)
    path = r"(?:\s+(?P<path>.*))?" if len(fixed) < len(names) else r"\s*"
    padding = len(headings[1]) - len(headings[1].rstrip(" "))
    return _Columns(re.compile(rf"\s*{row}{path}", re.DOTALL), padding)


def _area(row: dict[str, str | None], padding: int, source: str) -> Area:
    path = row.get("path") or ""
    path = path[: len(path) - padding] if padding and path.endswith(" " * padding) else path
    start, end, offset, perms, flags = (
        row.get(name) for name in ("start", "end", "offset", "perms", "flags")
    )
    return Area(
        int(start or "", 16),
        int(end or "", 16),
        _linux(perms) if perms else _freebsd(flags, path) if flags else None,
        int(offset, 16) if offset else None,
        _name(path, from_freebsd=flags is not None),
        "stack" if flags and flags.endswith("D") else None,
        source,
    )


def _name(path: str, *, from_freebsd: bool) -> str | None:
    if from_freebsd:
        return path or None
    return path.replace(_NEWLINE, "\n")


def _linux(perms: str) -> Protection:
    """Read `rw-p` or `rw-s`, as proc_pid_maps(5) has them."""
    return Protection.parse(perms[:3] + perms[3].replace("-", "?"))


def _freebsd(flags: str, path: str) -> Protection:
    """Read `rw- CN--`: C is copy on write, which is private; a file that isn't copied is shared."""
    sharing = "p" if "C" in flags else "s" if path else "?"
    return Protection.parse(flags[:3] + sharing)
