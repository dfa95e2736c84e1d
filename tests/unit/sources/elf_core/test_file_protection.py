"""Protections that a core doesn't tell, from the program headers of the mapped file."""

from __future__ import annotations

import pytest
from ptatlas.core.elf.headers import EM_X86_64, PT_GNU_RELRO, PT_LOAD, ElfHeader, ProgramHeader
from ptatlas.core.elf.segments import Elf
from ptatlas.core.maps.protection import Protection
from ptatlas.core.sources import core_target
from ptatlas.core.sources.elf_core.file_protection import with_file_protection
from support.core_builder import PAGE
from support.targets import area

R, W, X = 4, 2, 1
BASE, PATH = 0x7F0000000000, "/lib/lib.so"


def elf(*rows):
    """An ELF file of segments (flags, offset, address, bytes), and perhaps of a last one that is RELRO."""
    segments = [
        ProgramHeader(kind, flags, offset, address, size, size) for kind, flags, offset, address, size in rows
    ]
    return Elf(ElfHeader(8, "little", 3, EM_X86_64), tuple(segments))


# As GNU ld lays a library out: the last page of the read-only data is also the first of the data.
LIBRARY = elf(
    (PT_LOAD, R, 0, 0, 0x800),
    (PT_LOAD, R | X, 0x1000, 0x1000, 0x1234),
    (PT_LOAD, R, 0x3000, 0x3000, 0x100),
    (PT_LOAD, R | W, 0x3D00, 0x4D00, 0x500),
    (PT_GNU_RELRO, R, 0x3D00, 0x4D00, 0x300),
)
UNKNOWN = ("????",) * 5


def mapped(perms, path=PATH, base=BASE):
    """The library's areas, as Linux maps them, of these protections."""
    places = [(0, 1, 0), (1, 2, 1), (3, 1, 3), (4, 1, 3), (5, 1, 4)]
    return [
        area(base + PAGE * at, base + PAGE * (at + pages), path, PAGE * offset, text)
        for (at, pages, offset), text in zip(places, perms)
    ]


def told(areas, file=LIBRARY, path=PATH):
    return [each.perms for each in with_file_protection(areas, {path: file}, PAGE)]


def test_what_is_not_known_is_what_the_segment_asks_for():
    assert told(mapped(UNKNOWN)) == ["r--?", "r-x?", "r--?", "r?-?", "rw-?"]


def test_what_is_known_stays():
    assert told(mapped(["?--?", "????", "?--p", "?--?", "?w-?"])) == ["r--?", "r-x?", "r--p", "r--?", "rw-?"]


@pytest.mark.parametrize(
    "perms",
    [
        pytest.param("?-x?", id="data that is code now"),
        pytest.param("?--?", id="data that may not be written any more"),
    ],
)
def test_what_contradicts_the_file_was_changed_since_so_nothing_more_is_known_of_it(perms):
    assert told(mapped([*UNKNOWN[:4], perms]))[4] == perms


def test_two_copies_are_told_apart_by_where_they_lie():
    second = mapped(UNKNOWN, base=BASE + 0x100000)
    assert told([*mapped(UNKNOWN), *second])[5:] == ["r--?", "r-x?", "r--?", "r?-?", "rw-?"]


@pytest.mark.parametrize(
    "areas",
    [
        pytest.param(mapped(UNKNOWN)[:1], id="its first page alone"),
        pytest.param([area(BASE, BASE + 5 * PAGE, PATH, 0, "????")], id="all of it in one piece"),
        pytest.param(mapped(UNKNOWN, path="/lib/other.so"), id="another file"),
    ],
)
def test_a_file_that_is_looked_at_as_data_tells_nothing(areas):
    assert told(areas) == ["????"] * len(areas)


def test_in_a_real_core_all_that_is_told_of_files_is_as_it_was(dumped):
    live = {each.start: each for each in dumped.areas}
    found = [a for a in core_target(dumped.core).listers[0].areas() if a.path and a.path[0] == "/"]
    same = [a for a in found if a.start in live and a.end == live[a.start].end]
    for flag in (Protection.READ, Protection.WRITE, Protection.EXEC):
        wrong = [a for a in same if a.allows(flag) not in (None, live[a.start].allows(flag))]
        assert not wrong, flag
    code = [a for a in same if live[a.start].allows(Protection.EXEC) and ".so" in a.path]
    assert {a.perms for a in code} == {"r-x?"}
