"""Symbols at addresses, by LLDB's symbol tables."""

from __future__ import annotations

import lldb
from ptatlas.core.ports.program import Symbol


class LldbSymbols:
    """Names addresses by LLDB's symbol tables."""

    def __init__(self, target: lldb.SBTarget) -> None:
        self._target = target

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol that contains the address, or None; names that LLDB invented don't count."""
        symbol = self._target.ResolveLoadAddress(address).GetSymbol()
        if not symbol.IsValid() or symbol.IsSynthetic() or not symbol.GetName():
            return None
        start = symbol.GetStartAddress().GetLoadAddress(self._target)
        return None if start == lldb.LLDB_INVALID_ADDRESS else Symbol(symbol.GetName(), address - start)
