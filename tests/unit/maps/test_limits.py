"""Where the addresses end that a process can use, by what its map shows."""

from __future__ import annotations

import pytest
from ptatlas.core.elf.headers import EM_386, EM_AARCH64, EM_ARM, EM_LOONGARCH, EM_MIPS, EM_RISCV, EM_X86_64
from ptatlas.core.maps.limits import user_end
from ptatlas.core.ranges import TOP
from support.targets import area

LOW = area(0x400000, 0x401000)
VSYSCALL = area(0xFFFF_FFFF_FF60_0000, 0xFFFF_FFFF_FF60_1000, "[vsyscall]", kind="vsyscall")
GIB = 1 << 30


def stack(end):
    return area(end - 0x21000, end, "[stack]", kind="stack")


@pytest.mark.parametrize(
    ("machine", "word_size", "areas", "expected"),
    [
        pytest.param(
            EM_X86_64, 8, [LOW, stack(0x7FFE_3E2A_F000), VSYSCALL], 0x7FFF_FFFF_F000, id="x86-64: 47 bits"
        ),
        pytest.param(EM_X86_64, 8, [LOW, stack(1 << 47)], 1 << 47, id="x86-64: FreeBSD's last page"),
        pytest.param(
            EM_X86_64, 8, [LOW, area(1 << 50, (1 << 50) + 1)], (1 << 56) - 4096, id="x86-64: five levels"
        ),
        pytest.param(EM_X86_64, 8, [LOW], 0x7FFF_FFFF_F000, id="x86-64: no stack is known"),
        pytest.param(EM_X86_64, 8, [], 0x7FFF_FFFF_F000, id="x86-64: nothing is known"),
        pytest.param(EM_X86_64, 8, [area(1, TOP)], 0x7FFF_FFFF_F000, id="a map that goes on into the kernel"),
        pytest.param(EM_X86_64, 4, [LOW, stack(0xFFFF_D000)], 0xFFFF_E000, id="x32"),
        pytest.param(EM_386, 4, [LOW, stack(0xFFFB_D000)], 0xFFFF_E000, id="i386, a kernel of 64 bits"),
        pytest.param(EM_386, 4, [LOW, stack(0xBF9D_E000)], 3 * GIB, id="i386, a kernel of 32 bits"),
        pytest.param(EM_386, 4, [LOW, stack(0xFFFF_F000)], 4 * GIB, id="i386, FreeBSD of 64 bits"),
        pytest.param(EM_386, 4, [LOW], 0xFFFF_E000, id="i386, no stack is known"),
        pytest.param(
            EM_ARM,
            4,
            [LOW, stack(0xBEFF_0000), area(0xFFFF_0000, 0xFFFF_1000, "[vectors]", kind="vsyscall")],
            3 * GIB - (16 << 20),
            id="ARM, a kernel of 32 bits",
        ),
        pytest.param(EM_ARM, 4, [LOW, stack(0xFFFE_F000)], 4 * GIB, id="ARM, a kernel of 64 bits"),
        pytest.param(EM_AARCH64, 8, [LOW, stack(0x7FF9_E4E0_00)], 1 << 39, id="AArch64: 39 bits"),
        pytest.param(EM_AARCH64, 8, [LOW, stack(0xFFFF_D4E0_0000)], 1 << 48, id="AArch64: 48 bits"),
        pytest.param(
            EM_AARCH64, 8, [LOW, stack(0xF_FFFF_D4E0_0000)], 1 << 52, id="AArch64: 52 bits, and used"
        ),
        pytest.param(EM_AARCH64, 8, [LOW, area(0xFFFF_8000_0000, 0xFFFF_9000_0000)], 1 << 48, id="libraries"),
        pytest.param(EM_AARCH64, 8, [LOW], 1 << 48, id="AArch64: no stack is known"),
        pytest.param(EM_RISCV, 8, [LOW, stack(0x3F_FFD2_0000)], 1 << 38, id="RISC-V: Sv39"),
        pytest.param(EM_LOONGARCH, 8, [LOW, stack(0x7FFF_FB00_0000)], 1 << 47, id="LoongArch"),
        pytest.param(EM_MIPS, 4, [LOW], 4 * GIB, id="another machine of 32 bits"),
        pytest.param(EM_MIPS, 8, [LOW], None, id="another machine of 64 bits"),
        pytest.param(None, 8, [LOW], None, id="no machine is known"),
    ],
)
def test_the_end_of_what_a_process_can_use(machine, word_size, areas, expected):
    assert user_end(areas, machine, word_size) == expected


def test_a_map_that_is_not_whole_shows_no_end():
    areas = [LOW, stack(0x7FF9_E4E0_00)]
    assert user_end(areas, EM_AARCH64, 8, is_whole=False) == 1 << 48
    assert user_end([*areas, area(1 << 50, (1 << 50) + 1)], EM_AARCH64, 8, is_whole=False) == 1 << 52
