"""The dynamic symbols of ELF files, held against pyelftools."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from ptatlas.core.byte_order import LITTLE
from ptatlas.core.elf.dynamic import DT_GNU_HASH, DT_HASH, Dynamic, DynamicSymbols
from ptatlas.core.elf.headers import ElfHeader, ProgramHeader
from ptatlas.core.elf.segments import Elf
from ptatlas.core.files.pinned import RegularFile
from ptatlas.core.images.mapped.backing import file_reader
from support.compile import compile_c

LIBRARY = """
extern char **environ;
int one, two, three;
__attribute__((weak)) int perhaps(void);
int serve(void) { return environ != 0 && perhaps(); }
static int (*choose(void))(void) { return serve; }
int chosen(void) __attribute__((ifunc("choose")));
__asm__(".globl constant\\nconstant = 77\\n");
"""


def symbols_of(path: Path) -> DynamicSymbols:
    read = file_reader(RegularFile.at(path))
    elf = Elf.parse(read)
    assert elf is not None
    return DynamicSymbols(Dynamic(elf, read))


@pytest.fixture(params=["gnu", "sysv", "both"])
def library(build_dir: Path, request: pytest.FixtureRequest) -> Path:
    return compile_c(LIBRARY, build_dir, "-shared", "-fPIC", f"-Wl,--hash-style={request.param}")


def test_all_symbols_are_there(library: Path) -> None:
    with library.open("rb") as stream:
        wanted = [
            (symbol.name.encode(), symbol["st_value"], symbol["st_size"])
            for symbol in ELFFile(stream).get_section_by_name(".dynsym").iter_symbols()
        ]
    symbols = symbols_of(library)
    told = [symbols.symbol(number) for number in range(len(symbols))]
    assert [symbol[:3] for symbol in told if symbol is not None] == wanted
    assert symbols.symbol(len(symbols)) is None


@pytest.mark.parametrize(("style", "lacks"), [("gnu", DT_HASH), ("sysv", DT_GNU_HASH)])
def test_either_hash_table_is_enough(build_dir: Path, style: str, lacks: int) -> None:
    """As the linker makes only one of them here, the tests with one style have only that to go by."""
    read = file_reader(
        RegularFile.at(compile_c(LIBRARY, build_dir, "-shared", "-fPIC", f"-Wl,--hash-style={style}"))
    )
    elf = Elf.parse(read)
    assert elf is not None
    dynamic = Dynamic(elf, read)
    assert lacks not in dynamic.tags
    assert len(DynamicSymbols(dynamic)) > 5


def test_a_symbol_is_found_by_its_name_where_it_has_an_address(library: Path) -> None:
    symbols = symbols_of(library)
    (serve,) = symbols.named(b"serve")
    assert serve.value
    assert not any((serve.is_weak, serve.is_local, serve.is_ifunc, serve.is_absolute))
    (chosen,) = symbols.named(b"chosen")
    assert chosen.is_ifunc
    (constant,) = symbols.named(b"constant")
    assert (constant.value, constant.is_absolute) == (77, True)
    assert list(symbols.named(b"environ")) == list(symbols.named(b"none")) == []
    numbers = range(len(symbols))
    (perhaps,) = [one for one in map(symbols.symbol, numbers) if one is not None and one.name == b"perhaps"]
    assert perhaps.is_weak


@pytest.mark.parametrize("length", [1, 4095, 4096, 4097, 10_000])
@pytest.mark.parametrize("ends", [True, False], ids=["chain that ends", "chain without end"])
def test_a_chain_is_read_once_to_its_end_or_the_file_s(length: int, ends: bool) -> None:
    table = 0x100
    chain = struct.pack(f"<{length}I", *[2] * (length - 1), 3 if ends else 2)
    rest = bytes([0xFE]) * 8 if ends else b""
    header = struct.pack("<4IQ2I", 1, 1, 1, 0, 0, 1, 0)[:-4]  # one bucket, which begins with symbol 1
    entries = struct.pack("<8Q", DT_GNU_HASH, table, 6, table, 5, 0, 10, 0)
    image = entries.ljust(table, b"\0") + header + chain + rest
    asked = []

    def read(offset: int, size: int) -> bytes:
        asked.append(size)
        return image[offset : offset + size]

    segments = (ProgramHeader(1, 4, 0, 0, len(image), len(image)), ProgramHeader(2, 6, 0, 0, 64, 64))
    symbols = DynamicSymbols(Dynamic(Elf(ElfHeader(8, LITTLE, 3, 62), segments), read))
    assert len(symbols) == min(1 + length, (len(image) - table) // 24)
    assert sum(asked) < 2 * len(image) + (1 << 16) + 24 * length


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param((), id="nothing"),
        pytest.param((4, 0x800, 6, 0x900, 5, 0xA00, 10, 16), id="a-table-that-is-too-long"),
        pytest.param((4, 0x10, 6, 0x900, 5, 1 << 60, 10, 16), id="names-nowhere"),
        pytest.param((DT_GNU_HASH, 0xFF0, 6, 0, 5, 0, 10, 16), id="a-hash-table-that-is-cut-off"),
    ],
)
def test_damage_gives_fewer_symbols_and_no_error(entries: tuple[int, ...]) -> None:
    image = struct.pack(f"<{len(entries)}Q", *entries).ljust(0x1000, b"\xff")
    segments = (
        ProgramHeader(1, 4, 0, 0, 0x1000, 0x1000),
        ProgramHeader(2, 6, 0, 0, 8 * len(entries), 8 * len(entries)),
    )
    elf = Elf(ElfHeader(8, LITTLE, 3, 62), segments)
    symbols = DynamicSymbols(Dynamic(elf, lambda offset, size: image[offset : offset + size]))
    for number in range(len(symbols)):
        symbol = symbols.symbol(number)
        assert symbol is not None
        assert symbol.name == b""


def test_names_that_overlap_without_end_cost_no_more_than_their_table() -> None:
    """Each symbol's name begins a byte behind the one before it: all would have 5 GB."""
    count, size = 100_000, 1 << 20
    rows = b"".join(struct.pack("<IBBHQQ", n, 0x11, 0, 5, 8 * n, 8) for n in range(count))
    hashes, names = struct.pack("<III4x", 1, count, 0), b"a" * (size - 1) + b"\0"
    places = [0x200, 0x200 + len(rows), 0x200 + len(rows) + len(hashes)]
    entries = [6, places[0], 4, places[1], 5, places[2], 10, size, 0, 0]
    dynamic = struct.pack("<10Q", *entries)
    image = dynamic.ljust(0x200, b"\0") + rows + hashes + names
    segments = (ProgramHeader(1, 4, 0, 0, len(image), len(image)), ProgramHeader(2, 6, 0, 0, 80, 80))
    elf = Elf(ElfHeader(8, LITTLE, 3, 62), segments)
    symbols = DynamicSymbols(Dynamic(elf, lambda at, wanted: image[at : at + wanted]))
    assert len(symbols) == count
    assert [symbol.value for symbol in symbols.named(b"a" * (size - 1))] == [0]
    # The rest of a table that is damaged so is left out; by its number each is there.
    assert list(symbols.named(b"a" * (size - count))) == []
    last = symbols.symbol(count - 1)
    assert last is not None
    assert len(last.name) == size - count
