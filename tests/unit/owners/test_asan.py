"""AddressSanitizer's memory, in maps of programs that GCC 12 and clang made."""

from __future__ import annotations

import pytest
from ptatlas.core.elf.headers import EM_386, EM_AARCH64, EM_X86_64
from support.mapped import mapped, said

SHADOW = """
    7fff7000-8fff7000 rw-p 00000000 00:00 0
    8fff7000-2008fff7000 ---p 00000000 00:00 0
    2008fff7000-10007fff8000 rw-p 00000000 00:00 0
"""
HEAP = """
    600000000000-603000000000 ---p 00000000 00:00 0
    603000000000-603000010000 rw-p 00000000 00:00 0
    603000010000-640000000000 ---p 00000000 00:00 0
    640000000000-640000002000 rw-p 00000000 00:00 0
    7f2c96400000-7f2c96500000 rw-p 00000000 00:00 0
"""
SAID = {
    "7fff7000": "ASan low shadow",
    "8fff7000": "ASan shadow gap",
    "2008fff7000": "ASan high shadow",
}
RESERVED = "reserved for ASan's heap"


def test_the_shadow_and_the_allocator_of_a_program():
    assert said(mapped(SHADOW + HEAP)) == {
        **SAID,
        "600000000000": RESERVED,
        "603000000000": "ASan heap",
        "603000010000": RESERVED,
        "640000000000": "ASan heap's regions",
    }


@pytest.mark.parametrize(
    ("text", "machine", "word_size", "expected"),
    [
        pytest.param(SHADOW, EM_X86_64, 8, list(SAID.values()), id="x86-64"),
        pytest.param(
            "7fff7000-8fff7000 rw-p 0 00:00 0\n2008fff7000-10007fff8000 rw-p 0 00:00 0",
            EM_X86_64,
            8,
            ["ASan low shadow", "ASan high shadow"],
            id="x86-64, in a core without what is forbidden",
        ),
        pytest.param(
            "400000000000-480000000000 rw-p 0 00:00 0\n480000000000-4a0000000000 ---p 0 00:00 0\n"
            "4a0000000000-500000000000 rw-p 0 00:00 0",
            EM_X86_64,
            8,
            list(SAID.values()),
            id="x86-64, FreeBSD",
        ),
        pytest.param(
            "1000000000-1200000000 rw-p 0 00:00 0\n1200000000-41200000000 ---p 0 00:00 0\n"
            "41200000000-201000000000 rw-p 0 00:00 0",
            EM_AARCH64,
            8,
            list(SAID.values()),
            id="AArch64 of 48 bits",
        ),
        pytest.param(
            "1000000000-1200000000 rw-p 0 00:00 0\n1200000000-1400000000 ---p 0 00:00 0\n"
            "1400000000-2000000000 rw-p 0 00:00 0",
            EM_AARCH64,
            8,
            list(SAID.values()),
            id="AArch64 of 39 bits",
        ),
        pytest.param(
            "20000000-24000000 rw-p 0 00:00 0\n24000000-28000000 ---p 0 00:00 0\n"
            "28000000-40000000 rw-p 0 00:00 0",
            EM_386,
            4,
            list(SAID.values()),
            id="i386",
        ),
        pytest.param(SHADOW, EM_AARCH64, 8, [], id="another machine's layout"),
        pytest.param(SHADOW.replace("8fff7000", "8fff8000"), EM_X86_64, 8, [], id="another border"),
        pytest.param(SHADOW.replace("10007fff8000", "10007fff9000"), EM_X86_64, 8, [], id="another end"),
        pytest.param(SHADOW.replace("7fff7000-8", "7fff6000-8"), EM_X86_64, 8, [], id="another beginning"),
        pytest.param(
            SHADOW.replace("00:00 0", "00:00 0 /tmp/x"), EM_X86_64, 8, [], id="files that lie there"
        ),
        pytest.param(SHADOW.replace("rw-p", "---p"), EM_X86_64, 8, [], id="nothing that can be accessed"),
        pytest.param(HEAP, EM_X86_64, 8, [], id="an allocator's place without a shadow"),
    ],
)
def test_a_shadow_is_told_by_its_layout(text, machine, word_size, expected):
    assert list(said(mapped(text, machine=machine, word_size=word_size)).values()) == expected


def test_what_is_not_all_the_allocator_s_is_not_said_to_be():
    hole = HEAP.replace("603000010000-640000000000", "603000010000-630000000000")
    assert said(mapped(SHADOW + hole)) == SAID
