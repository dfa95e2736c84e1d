"""LLDB's disassembler over given bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

import lldb
from ptatlas.core.ports.program import Instruction

# Where a branch goes, as the last operand: `0x1139`, `x0, 0x1139`; not `*0x1139`, which lies in memory.
_DESTINATION = re.compile(r"(?:^|(?<=, ))0x([0-9a-f]+)$")
_FLAVOR = "target.x86-disassembly-flavor"
_TOP = 1 << 64


class LldbDisassembler:
    """Disassembles bytes in the syntax that LLDB shows."""

    def __init__(self, target: lldb.SBTarget) -> None:
        self._target = target

    def instructions(self, address: int, content: bytes) -> Sequence[Instruction]:
        """Return the instructions that the bytes encode at this address, without a partial one at the end."""
        if not content:
            return []
        place = lldb.SBAddress(address, self._target)
        # LLDB computes branch targets from the place's file address, so they are moved by the difference.
        bias = address - place.GetFileAddress()
        listed = self._target.GetInstructionsWithFlavor(place, self._flavor(), content)
        return [self._instruction(one, bias) for one in listed]

    def _instruction(self, one: lldb.SBInstruction, bias: int) -> Instruction:
        operands = one.GetOperands(self._target) or ""
        if one.DoesBranch():
            operands = _DESTINATION.sub(lambda found: f"{(int(found[1], 16) + bias) % _TOP:#x}", operands)
        # Of `main + 6 at t.c:81:10` only the symbol is kept, to make the line short.
        comment = (one.GetComment(self._target) or "").split(" at ", 1)[0]
        text = f"{one.GetMnemonic(self._target):6} {operands}{f'  ; {comment}' if comment else ''}"
        return Instruction(one.GetAddress().GetFileAddress() + bias, one.GetByteSize(), text.rstrip())

    def _flavor(self) -> str | None:
        debugger = self._target.GetDebugger()
        values = debugger.GetInternalVariableValue(_FLAVOR, debugger.GetInstanceName())
        return values.GetStringAtIndex(0) if values.GetSize() else None
