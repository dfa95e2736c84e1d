"""Which bits of a process's addresses say nothing of where they are."""

from __future__ import annotations

import re

from ...arch import AARCH64_IGNORED
from ...elf.headers import EM_AARCH64
from ...errors import SourceError
from .handle import ProcessHandle

# What the kernel keeps of an address of this process (Linux 6.4 on x86-64, with LAM: arch_prctl(2),
# ARCH_GET_UNTAG_MASK).
_UNTAG_MASK = re.compile(rb"^untag_mask:\s*0x([0-9a-f]+)$", re.MULTILINE)
_ALL = (1 << 64) - 1


def ignored_bits(process: ProcessHandle, machine: int) -> int:
    """Return the bits of its addresses that the kernel ignores when it reads for a tracer; 0 if none."""
    if machine == EM_AARCH64:
        return AARCH64_IGNORED
    try:
        found = _UNTAG_MASK.search(process.read("status"))
    except SourceError:
        return 0
    return _ALL & ~int(found[1], 16) if found else 0


class ProcfsTags:
    """Tells the tags of a process's addresses as the kernel does; see AddressTags."""

    def __init__(self, process: ProcessHandle, machine: int) -> None:
        self._process, self._machine = process, machine

    def ignored_bits(self) -> int:
        """Return the bits; 0 once the process is gone."""
        return ignored_bits(self._process, self._machine)
