"""Where GDB has placed the contents of files."""

from __future__ import annotations

from collections.abc import Sequence

import gdb
from ptatlas.core.ports.program import LoadedRange

from .sections import parse_sections
from .selection import selected, told


class GdbPlaces:
    """The sections of GDB's object files that are in memory."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def places(self) -> Sequence[LoadedRange]:
        """Return the ranges of all sections; those with content in their file come first.

        GDB lists the sections of separate debug files like those of objects, which are never mapped.
        """
        with selected(self._inferior):
            sections = parse_sections(told("maintenance info sections -all-objects"))
        files = self._inferior.progspace.objfiles()
        separate = {file.filename for file in files if file.owner is not None}
        return [one for one in sections if one.path not in separate]
