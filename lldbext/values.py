"""LLDB's values as integers: what a script passes as an address."""

from __future__ import annotations

import lldb
from ptatlas.core.arch import Arch
from ptatlas.core.errors import InvalidArgument

from .arch import architecture
from .expressions.operands import Place


def address_of(value: lldb.SBValue) -> int:
    """Return the address that a script's value means; a negative one counts from the top, as pointers do.

    Raise InvalidArgument for what is no integer, pointer, array or function, and what LLDB can't read.
    """
    number = integer_of(value)
    return number if number >= 0 else number % (1 << 8 * value.GetTarget().GetAddressByteSize())


def integer_of(value: lldb.SBValue) -> int:
    """Return the integer that a script's value is; raise InvalidArgument as `address_of`."""
    if not value.IsValid() or value.GetType().IsFunctionType():
        return _load_address(value)
    process = value.GetProcess()
    arch = architecture(process) if process.IsValid() else Arch(value.GetTarget().GetAddressByteSize())
    return Place(arch, value.GetName() or "the value", value).number().value


def _load_address(value: lldb.SBValue) -> int:
    address: int = value.GetLoadAddress()
    if address == lldb.LLDB_INVALID_ADDRESS:
        raise InvalidArgument(
            f"the value has no address: {value.GetError().GetCString() or 'LLDB gives none'}"
        )
    return address
