"""The architecture of a process, as LLDB has it."""

from __future__ import annotations

import lldb
from ptatlas.core.arch import Arch
from ptatlas.core.byte_order import BIG, LITTLE


def architecture(process: lldb.SBProcess) -> Arch:
    """Return the process's word size and byte order, as LLDB has them."""
    endian = BIG if process.GetByteOrder() == lldb.eByteOrderBig else LITTLE
    return Arch(process.GetAddressByteSize(), endian)
