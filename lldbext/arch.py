"""The architecture of a process, as LLDB takes it to be."""

from __future__ import annotations

import lldb
from ptatlas.core.arch import BIG, LITTLE, Arch


def architecture(process: lldb.SBProcess) -> Arch:
    """Return the process's word size and byte order, as LLDB takes them to be."""
    endian = BIG if process.GetByteOrder() == lldb.eByteOrderBig else LITTLE
    return Arch(process.GetAddressByteSize(), endian)
