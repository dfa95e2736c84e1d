"""Dumps of memory in files: the formats that are known, tried in turn.

A new format is a module beside `elf_core` with the two functions that `Format` needs, and one entry in
`FORMATS`; docs/guides/add-a-target.md shows the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..elf.headers import ReadAt
from ..errors import SourceError
from ..files.pinned import OpenFile
from ..ports.program import Module
from ..ports.target import Target
from .elf_core.core import core_target, why_no_core


class Format(NamedTuple):
    """A format of dumps.

    `name` is what messages call it. `why_not` gets a function that reads the file, reads as little as it
    must, and returns in a few words why the file is not of this format, or None if it is: then no other
    format is tried. `target` makes a target of a file that is, given its path and what the debugger has
    loaded; it raises SourceError for one that is too damaged.
    """

    name: str
    why_not: Callable[[ReadAt], str | None]
    target: Callable[[str, Sequence[Module]], Target]


ELF_CORE = Format("ELF core file", why_no_core, core_target)

# In the order in which they are tried: a special case of another format comes before it.
FORMATS = (ELF_CORE,)


def open_dump(path: str, modules: Sequence[Module] = (), formats: Sequence[Format] = FORMATS) -> Target:
    """Return the dump as a target, by the first format that recognises it.

    `modules` are where to look for mapped files, too. Raise SourceError, which names the formats that were
    tried, for a file of none of them; raise SourceDenied for one that may not be read.
    """
    return format_of(path, formats).target(path, modules)


def is_dump(path: str, formats: Sequence[Format] = FORMATS) -> bool:
    """Return whether the file can be read and is a dump of a known format."""
    try:
        format_of(path, formats)
    except SourceError:
        return False
    return True


def format_of(path: str, formats: Sequence[Format] = FORMATS) -> Format:
    """Return the first format that recognises the file; raise as `open_dump` does."""
    file, refusals = OpenFile.open(path), []
    for each in formats:
        why = each.why_not(file.read)
        if why is None:
            return each
        refusals.append(why)
    tried = ", ".join(each.name for each in formats)
    raise SourceError(f"{path}: {'; '.join(refusals)}", hint=f"formats tried: {tried}")
