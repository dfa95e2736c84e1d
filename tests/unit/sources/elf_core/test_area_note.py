"""ptatlas's own note in core files: the area map as it was."""

from __future__ import annotations

import json

import pytest
from ptatlas.core.elf.headers import ElfHeader
from ptatlas.core.elf.notes import Note
from ptatlas.core.errors import SourceError
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.sources.elf_core.area_note import NT_AREAS, OWNER, encode_areas, read_own_note
from ptatlas.core.sources.elf_core.facts import CoreFacts

HEADER = ElfHeader(8, "little", 4, 62, 0, 64, 56, 1, 0)
AREAS = [
    Area(
        0x1000,
        0x2000,
        Protection.parse("r-xs"),
        0x3000,
        "/odd\udcff\n name",
        "module",
        None,
        "08:01",
        7,
        True,
    ),
    Area(0x2000, 0x3000, Protection.parse("rw-p"), 0, "[heap]", "heap"),
    Area(0x4000, 0x5000),
    Area((1 << 64) - 0x1000, 1 << 64, Protection.parse("--x?"), None, ""),
]


def read(content: bytes) -> list[Area]:
    facts = CoreFacts()
    read_own_note(HEADER, Note(OWNER, NT_AREAS), content, facts)
    return facts.areas


def test_areas_come_back_as_they_were():
    assert read(encode_areas(AREAS)) == AREAS


GOOD = json.loads(encode_areas(AREAS[:1]))[0]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"[[1, 2", id="cut off"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"7", id="no list"),
        pytest.param(b"[" * 100_000, id="very deep"),
        pytest.param(b"[[1, 2]]", id="too few fields"),
        pytest.param(json.dumps([["1", *GOOD[1:]]]).encode(), id="a text for a number"),
        pytest.param(json.dumps([[True, *GOOD[1:]]]).encode(), id="a truth for a number"),
        pytest.param(json.dumps([[2, 2, *GOOD[2:]]]).encode(), id="an empty area"),
        pytest.param(json.dumps([[2, 1 << 65, *GOOD[2:]]]).encode(), id="beyond the top"),
        pytest.param(json.dumps([[*GOOD[:2], "rwx", *GOOD[3:]]]).encode(), id="no protection"),
        pytest.param(json.dumps([[*GOOD[:-1], 5]]).encode(), id="a number for a truth"),
    ],
)
def test_a_damaged_note_is_an_error_and_adds_nothing(content: bytes):
    facts = CoreFacts()
    with pytest.raises(SourceError, match="damaged"):
        read_own_note(HEADER, Note(OWNER, NT_AREAS), content, facts)
    assert facts.areas == []
