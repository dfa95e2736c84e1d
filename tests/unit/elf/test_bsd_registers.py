"""The general registers of NetBSD and OpenBSD."""

from __future__ import annotations

import pytest
from ptatlas.core.elf.bsd_registers import NETBSD_REGISTERS, OPENBSD_REGISTERS
from ptatlas.core.elf.headers import EM_386, EM_AARCH64, EM_X86_64, ElfHeader


# Where the stack pointer and the program counter are, by the structures of the systems.
@pytest.mark.parametrize(
    ("known", "machine", "size", "order", "places"),
    [
        pytest.param(NETBSD_REGISTERS, EM_X86_64, 8, "little", {"rsp": 24, "rip": 21}, id="NetBSD"),
        pytest.param(OPENBSD_REGISTERS, EM_X86_64, 8, "little", {"rsp": 15, "gs": 23}, id="OpenBSD"),
        pytest.param(NETBSD_REGISTERS, EM_AARCH64, 8, "big", {"sp": 31, "pc": 32}, id="big"),
        pytest.param(OPENBSD_REGISTERS, EM_386, 4, "little", {"esp": 4, "eip": 8, "gs": 15}, id="i386"),
    ],
)
def test_registers_lie_where_the_structure_has_them(known, machine, size, order, places):
    layout = known[machine]
    content = b"".join((0x1000 + n).to_bytes(size, order) for n in range(len(layout.names)))
    found = layout.decode(ElfHeader(size, order, 4, machine), content + b"\1")
    assert {name: found[name] - 0x1000 for name in places} == places
    assert layout.stack_pointer in found
    assert "" not in found
    assert layout.decode(ElfHeader(size, order, 4, machine), content[: size + 1]) == {layout.names[0]: 0x1000}
