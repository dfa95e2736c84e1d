"""The objects that GDB has loaded."""

from __future__ import annotations

from collections.abc import Sequence

import gdb
from ptatlas.core.ports.program import Module


class GdbModules:
    """The objects that GDB has loaded for an inferior."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def modules(self) -> Sequence[Module]:
        """Return the loaded objects with their build-ids; separate debug files are left out."""
        files = [one for one in self._inferior.progspace.objfiles() if one.owner is None and one.filename]
        return [Module(one.filename, bytes.fromhex(one.build_id) if one.build_id else None) for one in files]
