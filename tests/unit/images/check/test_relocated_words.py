"""RelocatedWords: what a dynamic linker wrote is proven by its value, and a hijacked word is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from ptatlas.core.elf.relocations import (
    COPY,
    DEBUG,
    DESCRIPTOR,
    IFUNC,
    LINK_MAP,
    MODULE,
    RELATIVE,
    RESOLVER,
    SLOT,
    SYMBOL,
    TLS,
    Slot,
)
from ptatlas.core.images.check.relocated_words import RelocatedWords
from ptatlas.core.images.mapped.mapped_files import LoadedObject, MappedFiles
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports.memory import MemoryReader
from ptatlas.core.sources.procfs.process import process_target
from support.children import Child
from support.compile import compile_c

LIBRARY = """
const int table[4] = {1, 2, 3, 4};
__thread int mine = 5;
int serve(void) { return table[0] + mine; }
int also_serve(void) { return 2; }
"""
PROGRAM = r"""
#include <stdio.h>
extern const int table[4];
extern __thread int mine;
extern char **environ;
int serve(void), also_serve(void);
__attribute__((weak)) int nobody(void);
static int one(void) { return 1; }
static int (*choose(void))(void) { return one; }
static int chosen(void) __attribute__((ifunc("choose")));
static int here;
int *const relative = &here;
int (*const symbol)(void) = serve;
int (*const weak)(void) = nobody;
char ***const data = &environ;
int evil(void) { return 0; }
int main(void) {
    char line[16];
    printf("{\"evil\": %lu, \"table\": %lu, \"sum\": %d, \"libc\": %lu}\n", (unsigned long)evil,
           (unsigned long)table, table[3] + mine + serve() + chosen() + (weak ? weak() : 0),
           (unsigned long)puts);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) return 0;
    return also_serve();
}
"""
# How the program is linked: each has words of kinds that the others haven't.
LINKS = {
    "lazy": ("-fPIE", "-pie", "-Wl,-z,lazy"),
    "now": ("-fPIE", "-pie", "-Wl,-z,now"),
    "fixed": ("-fno-pie", "-no-pie", "-Wl,-z,lazy"),
}


class Live(NamedTuple):
    """A process that nobody has changed."""

    facts: dict[str, int]
    program: LoadedObject
    files: MappedFiles
    words: RelocatedWords
    reader: MemoryReader

    def slots(self, found: LoadedObject) -> list[Slot]:
        return list(found.relocations.within(0, 1 << 64))

    def now(self, found: LoadedObject, slot: Slot) -> bytes:
        buffer = bytearray(found.relocations.size_of(slot))
        assert self.reader.read_into(slot.address + found.bias, memoryview(buffer)) == len(buffer)
        return bytes(buffer)

    def fits(self, found: LoadedObject, slot: Slot, now: bytes) -> bool:
        before = found.relocations.in_file(slot).ljust(len(now), b"\0")
        return self.words.may_hold(found, slot, before, now)

    def of_kind(self, kind: int) -> list[Slot]:
        return [slot for slot in self.slots(self.program) if slot.kind == kind]


@pytest.fixture(params=LINKS)
def live(build_dir: Path, request: pytest.FixtureRequest) -> Iterator[Live]:
    library = compile_c(LIBRARY, build_dir, "-shared", "-fPIC")
    program = compile_c(PROGRAM, build_dir, str(library), *LINKS[request.param])
    with Child(program) as child:
        target = process_target(child.pid)
        (lister, *_), (reader, *_) = target.listers, target.readers
        areas = AreaMap(lister.areas())
        files = MappedFiles(areas, reader)
        (mine,) = [found for found in files.objects() if found.path == str(program)]
        assert child.facts["sum"] == 4 + 5 + 6 + 1
        yield Live(child.facts, mine, files, RelocatedWords(files, reader), reader)


def test_every_word_that_was_protected_after_relocation_fits(live: Live) -> None:
    told = 0
    for found in live.files.objects():
        for slot in live.slots(found):
            area = live.files.file_area(slot.address + found.bias)
            now = live.now(found, slot)
            is_written = now != found.relocations.in_file(slot)
            if area is not None and area.allows(Protection.WRITE) is False and is_written:
                assert live.fits(found, slot, now), (found.path, slot)
                told += 1
    assert told > 100


@pytest.mark.parametrize("kind", [RELATIVE, SYMBOL, SLOT, COPY, DEBUG, LINK_MAP, RESOLVER])
def test_a_word_that_points_to_other_code_does_not_fit(live: Live, kind: int) -> None:
    evil = live.facts["evil"].to_bytes(8, "little")
    for slot in live.of_kind(kind):
        size = live.program.relocations.size_of(slot)
        assert not live.fits(live.program, slot, evil.ljust(size, b"\0")), slot
        also = live.facts["libc"].to_bytes(8, "little")
        name = live.program.relocations.symbol(slot)
        if name is not None and name.name != b"puts":
            assert not live.fits(live.program, slot, also.ljust(size, b"\0")), slot


def test_each_kind_of_word_is_in_one_of_the_programs(build_dir: Path) -> None:
    """So that the test above has something to look at."""
    library = compile_c(LIBRARY, build_dir, "-shared", "-fPIC")
    kinds: set[int] = set()
    for flags in LINKS.values():
        program = compile_c(PROGRAM, build_dir, str(library), *flags)
        kinds |= {slot.kind for slot in tables_of(program)}
    assert kinds >= {RELATIVE, SYMBOL, SLOT, IFUNC, TLS, COPY, DEBUG, LINK_MAP, RESOLVER}


def tables_of(program: Path) -> list[Slot]:
    from ptatlas.core.elf.relocations import Relocations
    from ptatlas.core.elf.segments import Elf
    from ptatlas.core.files.pinned import RegularFile
    from ptatlas.core.images.mapped.backing import file_reader

    read = file_reader(RegularFile.at(program))
    elf = Elf.parse(read)
    assert elf is not None
    return list(Relocations(elf, read).within(0, 1 << 64))


def test_what_a_function_of_the_file_told_is_code_of_that_file(live: Live) -> None:
    (slot, *_) = live.of_kind(IFUNC)
    assert live.fits(live.program, slot, live.now(live.program, slot))
    (linker,) = [found for found in live.files.objects() if live.files.is_interpreter(found.path)]
    code = next(address for address in range(linker.bias, 1 << 64, 4096) if live.files.is_code(address))
    assert not live.fits(live.program, slot, code.to_bytes(8, "little"))
    here = live.program.relocations.dynamic.address + live.program.bias
    assert not live.fits(live.program, slot, here.to_bytes(8, "little"))


@pytest.mark.parametrize("live", ["lazy", "fixed"], indirect=True)
def test_a_lazy_word_fits_before_it_is_bound_and_after(live: Live) -> None:
    named = {live.program.relocations.symbol(slot).name: slot for slot in live.of_kind(SLOT)}
    unbound, bound = named[b"also_serve"], named[b"serve"]
    mask = live.program.relocations.mask
    before = live.program.relocations.word(live.program.relocations.in_file(unbound))
    now = live.program.relocations.word(live.now(live.program, unbound))
    assert now == (before + live.program.bias) & mask
    assert live.fits(live.program, unbound, live.now(live.program, unbound))
    assert live.fits(live.program, bound, live.now(live.program, bound))
    # The other's function is right for the other only.
    assert not live.fits(live.program, unbound, live.now(live.program, bound))


@pytest.mark.parametrize("live", ["fixed"], indirect=True)
def test_a_copy_fits_if_it_is_one(live: Live) -> None:
    (slot,) = [slot for slot in live.of_kind(COPY) if live.program.relocations.symbol(slot).name == b"table"]
    now = live.now(live.program, slot)
    assert now == b"".join(number.to_bytes(4, "little") for number in (1, 2, 3, 4))
    assert slot.address + live.program.bias == live.facts["table"]
    assert live.fits(live.program, slot, now)
    assert not live.fits(live.program, slot, now[:-1] + b"\1")


@pytest.mark.parametrize(
    ("kind", "now", "fits"),
    [
        pytest.param(MODULE, 1, True, id="a-module"),
        pytest.param(MODULE, 0, False, id="no-module"),
        pytest.param(MODULE, 1 << 16, False, id="too-many-modules"),
        pytest.param(TLS, (1 << 64) - 8, True, id="thread-local-below"),
        pytest.param(TLS, 16, True, id="thread-local-above"),
        pytest.param(TLS, 1 << 40, False, id="thread-local-nowhere"),
        pytest.param(DESCRIPTOR, 1 << 40, False, id="no-function"),
    ],
)
def test_numbers_are_told_by_their_size(live: Live, kind: int, now: int, fits: bool) -> None:
    assert live.fits(live.program, Slot(0, kind, 0), now.to_bytes(8, "little")) is fits


def test_a_weak_symbol_that_nobody_has_is_nothing(live: Live) -> None:
    numbers = range(len(live.program.relocations.symbols))
    symbols = {live.program.relocations.symbols.symbol(number).name: number for number in numbers}
    weak, strong = symbols[b"__gmon_start__"], symbols[b"serve"]
    assert live.fits(live.program, Slot(0, SYMBOL, 8, weak), (8).to_bytes(8, "little"))
    assert not live.fits(live.program, Slot(0, SYMBOL, 8, strong), (8).to_bytes(8, "little"))
    assert not live.fits(live.program, Slot(0, SYMBOL, 0, 1 << 20), bytes(8))
