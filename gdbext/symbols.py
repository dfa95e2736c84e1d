"""Symbols at addresses, as GDB prints them."""

from __future__ import annotations

import re

import gdb
from ptatlas.core.ports.program import Symbol

from .selection import selected


class GdbSymbols:
    """Names addresses by GDB's symbol tables."""

    # `0x401136 <main+4>`; with `set print symbol-filename on`: `0x401136 <main+4 at t.c:3>`.
    _FORM = re.compile(r"<(.+?)(?:\+(\d+))?(?: at .+)?>$")

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior
        self._pointer = inferior.architecture().integer_type(32).pointer()

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol that GDB prints beside a pointer, or None."""
        with selected(self._inferior):
            text = gdb.Value(address).cast(self._pointer).format_string(symbols=True)
        match = self._FORM.search(text)
        return Symbol(match[1], int(match[2] or 0)) if match else None
