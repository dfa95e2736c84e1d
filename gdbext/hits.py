"""The hits of the last pt-find, as GDB's `find` leaves its own: `$_`, `$numfound`; and `$pt_hit(N)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import gdb

if TYPE_CHECKING:
    from ptatlas.core.search.hits.hit_list import HitList


def publish(hits: HitList) -> None:
    """Set `$numfound`, and `$_` to the last hit if there is one (GDB manual, "Searching Memory")."""
    gdb.set_convenience_variable("numfound", hits.total)
    if hits:
        gdb.set_convenience_variable("_", _pointer(hits[-1].address))


class HitFunction(gdb.Function):
    """$pt_hit (N): the address of the Nth hit of the last pt-find, counted from 1."""

    def __init__(self) -> None:
        super().__init__("pt_hit")

    def invoke(self, number: gdb.Value) -> gdb.Value:
        """Return the address; raise GDB's own error if there is no such hit."""
        from ptatlas.core.errors import AtlasError
        from ptatlas.core.inferiors import required

        from .debugger import DEBUGGER

        try:
            hits = required(DEBUGGER.selected()).last_hits
        except AtlasError as error:
            raise gdb.GdbError(f"$pt_hit: {error}") from None
        if not 1 <= int(number) <= len(hits):
            raise gdb.GdbError(f"$pt_hit: there is no hit {int(number)}, the last pt-find has {len(hits)}")
        return _pointer(hits[int(number) - 1].address)


def _pointer(address: int) -> gdb.Value:
    """Return the address as `void *`, or as a number in a language without it."""
    try:
        return gdb.Value(address).cast(gdb.lookup_type("void").pointer())
    except gdb.error:
        return gdb.Value(address)
