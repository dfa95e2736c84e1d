"""What debuggers print and their stubs answer: the texts and values that the adapters read."""

from __future__ import annotations

import json
from unittest.mock import patch

from ptatlas.core.arch import Arch
from ptatlas.gdbext.mappings import parse_mappings
from ptatlas.gdbext.sections import parse_auxv, parse_held, parse_regions, parse_sections

from fuzz.standins import Scope, adapters
from fuzz.target import Choices, Target

from .patterns import text_of

_LINUX = b"""Mapped address spaces:

          Start Addr           End Addr       Size     Offset  Perms  objfile
      0x555555554000     0x555555555000     0x1000        0x0  r--p   /tmp/t/areas
      0x7fffb7d80000     0x7ffff7d80000 0x40000000        0x0  rw-p
"""
_FREEBSD = b"""          Start Addr           End Addr       Size     Offset   Flags   File
            0x200000           0x201000     0x1000        0x0  r-- CN--- /bin/a
      0x7fffdffff000     0x7ffffffff000    0x21000        0x0  rw- ----D
"""
_SECTIONS = b"""Exec file: `/tmp/a', file type elf64-x86-64.
 [10]     0x00401000->0x00401100 at 0x00001000: .text ALLOC LOAD READONLY CODE HAS_CONTENTS
 [24]     0x00404000->0x00404008 at 0x00003000: .bss ALLOC
"""
_MEM = b"""Num Enb Low Addr   High Addr  Attrs
1   y  \t0x00000000 0x00010000 ro nocache
2   n  \t0x20000000 0x20010000 rw nocache
"""
_AUXV = b"""33   AT_SYSINFO_EHDR      System-supplied DSO's ELF header 0x7ffff7fc1000
6    AT_PAGESZ            System page size               4096
31   AT_EXECFN            File name of executable        0x7fffffffefe8 "/tmp/a"
"""


def use_sections(data: bytes) -> None:
    """Read GDB's texts for targets without mappings."""
    text = text_of(data)
    parse_regions(text, "gdb")
    for part in parse_sections(text):
        assert part.start < part.end
    parse_held(text)
    parse_auxv(text)


_ADAPTERS = adapters()


def use_expression(data: bytes) -> None:
    """Evaluate an expression of C, as LLDB's adapter does, in either word size."""
    choices = Choices(data)
    scope = Scope(Arch(choices.one_of(8, 4), choices.one_of("little", "big")))
    value = _ADAPTERS.Expression(text_of(choices.rest), scope).value()
    assert len(value.content()) == value.scalar().size


def use_reply(data: bytes) -> None:
    """Take a stub's answer to a search."""
    search = _ADAPTERS.StubSearch.__new__(_ADAPTERS.StubSearch)
    with patch.object(search, "_reply", lambda *_: data):
        found = search.search(0x1000, 0x100, b"abc")
    assert found is None or 0x1000 <= found <= 0x10FD


def use_document(data: bytes) -> None:
    """Turn a document into values of MI."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    _ADAPTERS.mi_value(value)


_EXPRESSIONS = (
    b"(char)0x1ff + 'a' * -2",
    b"1.5e3f / (2 - 0x1p4)",
    b"~7ul << 3 >= 1 && !0",
    b"sizeof(long) % 017",
    b"(long)1e3",
)

TARGETS = (
    Target(
        "gdb-mappings",
        lambda data: parse_mappings(text_of(data), "gdb"),
        (_LINUX, _FREEBSD),
        (b"Start Addr  End Addr  ", b"Size"),
        1000,
    ),
    Target("gdb-sections", use_sections, (_SECTIONS, _MEM, _AUXV), (b"ALLOC", b" y ", b" rw "), 1000),
    Target(
        "lldb-expressions",
        use_expression,
        tuple(b"\0\0" + text for text in _EXPRESSIONS),
        (b"sizeof", b"(float)", b"0x1p", b"<<"),
        300,
    ),
    Target("gdb-stub-replies", use_reply, (b"0", b"1,1010", b"E01", b""), (b"1,",), 100),
    Target(
        "gdb-mi-values",
        use_document,
        (b'{"a": [1, null, {"b c": true}], "d": "x"}',),
        (b'": ', b"[[", b"null"),
        400,
    ),
)
