"""The architecture of an inferior, as GDB has it."""

from __future__ import annotations

import gdb
from ptatlas.core.arch import Arch, Machine
from ptatlas.core.byte_order import BIG, LITTLE
from ptatlas.core.elf.auxv import AT_PAGESZ
from ptatlas.core.elf.machines import machine_named

from .auxv import auxiliary_vector
from .selection import selected


def architecture(inferior: gdb.Inferior) -> Arch:
    """Return the inferior's word size and byte order as GDB has them, and its page size if it is known."""
    arch = inferior.architecture()
    word = arch.integer_type(8).pointer().sizeof
    one = gdb.Value(b"\x01\x00", arch.integer_type(16))
    with selected(inferior):
        page = auxiliary_vector().get(AT_PAGESZ, 0)
    return Arch(word, LITTLE if int(one) == 1 else BIG, page or Arch().page_size)


def machine(inferior: gdb.Inferior) -> Machine | None:
    """Return the inferior's processor, by GDB's name for its architecture."""
    return machine_named(inferior.architecture().name())
