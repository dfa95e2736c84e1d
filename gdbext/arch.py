"""The architecture of an inferior, as GDB has it."""

from __future__ import annotations

import gdb
from ptatlas.core.arch import AARCH64_IGNORED, Arch, Machine
from ptatlas.core.byte_order import BIG, LITTLE
from ptatlas.core.elf.auxv import AT_PAGESZ
from ptatlas.core.elf.machines import machine_named

from .auxv import auxiliary_vector
from .selection import selected, told


def architecture(inferior: gdb.Inferior) -> Arch:
    """Return the inferior's word size and byte order as GDB has them, and its page size if it is known."""
    arch = inferior.architecture()
    word = arch.integer_type(8).pointer().sizeof
    one = gdb.Value(b"\x01\x00", arch.integer_type(16))
    with selected(inferior):
        page = auxiliary_vector().get(AT_PAGESZ, 0)
        ignored = _ignored_bits(arch) if word == 8 else 0
    return Arch(word, LITTLE if int(one) == 1 else BIG, page or Arch().page_size, ignored)


def _ignored_bits(arch: gdb.Architecture) -> int:
    """Return the bits of addresses that the selected inferior's architecture ignores, as GDB takes it.

    GDB reads through the top byte on AArch64 under an operating system (aarch64-linux-tdep.c), and calls what
    pointer authentication uses `pauth_dmask` and `pauth_cmask`, registers that not every target has.
    """
    if not arch.name().startswith("aarch64") or '"none"' in told("show osabi"):
        return 0
    ignored = AARCH64_IGNORED
    for mask in map(gdb.parse_and_eval, ("$pauth_dmask", "$pauth_cmask")):
        if mask.type.code != gdb.TYPE_CODE_VOID:
            ignored |= int(mask)
    return ignored


def machine(inferior: gdb.Inferior) -> Machine | None:
    """Return the inferior's processor, by GDB's name for its architecture."""
    return machine_named(inferior.architecture().name())
