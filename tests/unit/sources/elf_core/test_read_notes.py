"""The notes of a core file, each byte of which is read once."""

from __future__ import annotations

import pytest
from ptatlas.core.elf.headers import PT_NOTE, ElfHeader, ProgramHeader
from ptatlas.core.files.pinned import OpenFile
from ptatlas.core.sources.elf_core.read_notes import read_notes
from support.core_builder import EM_X86_64, CoreBuilder


@pytest.mark.parametrize(
    ("places", "left_out"),
    [
        pytest.param([(0, 1)], 0, id="one"),
        pytest.param([(0, 1), (0, 0)], 0, id="and an empty one"),
        pytest.param([(0, 1)] * 3, 2, id="the same three times"),
        pytest.param([(0, 0.5), (0.25, 1)], 1, id="two across each other"),
    ],
)
def test_segments_of_notes_that_share_bytes_are_told(tmp_path, places, left_out):
    notes = CoreBuilder().process(7, b"prog").thread(7, bytes(216)).notes
    (tmp_path / "core").write_bytes(notes)
    size = len(notes)
    segments = [
        ProgramHeader(PT_NOTE, 4, int(start * size), 0, int(end * size) - int(start * size), 0, 4)
        for start, end in places
    ]
    problems: list[str] = []
    facts = read_notes(
        ElfHeader(8, "little", 4, EM_X86_64), segments, OpenFile.open(tmp_path / "core"), problems
    )
    told = [problem.partition(": ")[2] for problem in problems if "share bytes" in problem]
    wanted = f"{left_out} segments of notes share bytes with others, and aren't read"
    assert told == ([wanted] if left_out else [])
    assert facts.name == "prog"
