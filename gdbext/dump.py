"""The dump that GDB has open in a process's place."""

from __future__ import annotations

import re

import gdb
from ptatlas.core.range_set import RangeSet
from ptatlas.core.sources.dumps import is_dump

from .sections import parse_held
from .selection import selected, told


def shows_dump(inferior: gdb.Inferior) -> bool:
    """Return whether the inferior is a dump, in which nothing runs or can be changed."""
    connection = inferior.connection
    return connection is not None and connection.type == "core"


def memory_held(inferior: gdb.Inferior) -> RangeSet:
    """Return the addresses whose content is in the core file itself, not in a file that it names."""
    with selected(inferior):
        return parse_held(told("maintenance info sections"))


def dump_path(inferior: gdb.Inferior) -> str | None:
    """Return the path of the dump, from GDB's API (GDB 17) or `info files`; None if the file isn't there."""
    if not shows_dump(inferior):
        return None
    corefile = getattr(inferior, "corefile", None)
    if corefile is not None:
        return str(corefile.filename)
    text = gdb.execute("info files", to_string=True)
    quoted = re.findall("^\t[`\u2018'\"](.+)['\u2019\"],", text, re.MULTILINE)
    return next((path for path in quoted if is_dump(path)), None)
