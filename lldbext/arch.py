"""The architecture of a process, as LLDB has it."""

from __future__ import annotations

import lldb
from ptatlas.core.arch import AARCH64_IGNORED, Arch, Machine
from ptatlas.core.byte_order import BIG, LITTLE
from ptatlas.core.elf.machines import machine_named


def architecture(process: lldb.SBProcess) -> Arch:
    """Return the process's word size and byte order, as LLDB has them, and which bits of addresses count."""
    endian = BIG if process.GetByteOrder() == lldb.eByteOrderBig else LITTLE
    arch = Arch(process.GetAddressByteSize(), endian)
    return arch if arch.word_size == 4 else arch._replace(ignored_bits=_ignored_bits(process))


def _ignored_bits(process: lldb.SBProcess) -> int:
    """Return the bits of addresses that LLDB takes out before it reads, as it shows with each of them.

    Before LLDB 19, which can say so, those of the top byte where the architecture ignores them.
    """
    if not hasattr(process, "FixAddress"):
        triple = process.GetTarget().GetTriple() or ""
        return AARCH64_IGNORED if triple.startswith(("aarch64", "arm64")) else 0
    return sum(1 << bit for bit in range(32, 64) if not process.FixAddress(1 << bit) >> bit & 1)


def machine(target: lldb.SBTarget) -> Machine | None:
    """Return the processor of a target, by LLDB's triple."""
    return machine_named(target.GetTriple() or "")
