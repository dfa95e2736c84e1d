"""The auxiliary vector, as GDB prints it."""

from __future__ import annotations

import gdb
from ptatlas.core.arch import Arch
from ptatlas.core.elf.auxv import encode_auxv

from .sections import parse_auxv
from .selection import selected, told


class GdbAuxv:
    """The auxiliary vector as GDB prints it."""

    def __init__(self, inferior: gdb.Inferior, arch: Arch) -> None:
        self._inferior, self._arch = inferior, arch

    def auxv(self) -> bytes | None:
        """Return the vector, encoded again from its entries; None if the target has none."""
        with selected(self._inferior):
            entries = auxiliary_vector()
        return encode_auxv(entries, self._arch) if entries else None


def auxiliary_vector() -> dict[int, int]:
    """Return the auxiliary vector of the selected inferior; none where the target has none."""
    try:
        return parse_auxv(told("info auxv"))
    except gdb.error:
        return {}
