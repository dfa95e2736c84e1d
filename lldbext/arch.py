"""The architecture of a process, as LLDB has it."""

from __future__ import annotations

import lldb
from ptatlas.core.arch import Arch, Machine
from ptatlas.core.byte_order import BIG, LITTLE
from ptatlas.core.elf.machines import machine_named


def architecture(process: lldb.SBProcess) -> Arch:
    """Return the process's word size and byte order, as LLDB has them."""
    endian = BIG if process.GetByteOrder() == lldb.eByteOrderBig else LITTLE
    return Arch(process.GetAddressByteSize(), endian)


def machine(target: lldb.SBTarget) -> Machine | None:
    """Return the processor of a target, by LLDB's triple."""
    return machine_named(target.GetTriple() or "")
