"""Cores that claim far more than they hold are opened for what they hold, and what is left out is told."""

from __future__ import annotations

import pytest
from ptatlas.core.files.pinned import OpenFile
from ptatlas.core.maps.area import Area
from ptatlas.core.sources import core_target
from ptatlas.core.sources.elf_core import area_names, core
from ptatlas.core.sources.elf_core.allowance import HEADS, Allowance
from support.core_builder import PAGE, CoreBuilder, elf_image
from support.crafted_cores import (
    CRAFTED,
    linked,
    shared_dynamic,
    shared_guards,
    shared_head,
    shared_notes,
    shared_table,
)

# Each shows some hundred times more than it holds.
SHARED = {
    "one head": lambda: shared_head(300, 400),
    "one head, files listed": lambda: shared_head(300, 400, files=True),
    "one table": lambda: shared_table(300, 400),
    "one table, files listed": lambda: shared_table(300, 400, files=True),
    "one set of notes": lambda: shared_notes(300, 1 << 15),
    "one set of notes, files listed": lambda: shared_notes(300, 1 << 15, files=True),
    "one dynamic section": lambda: shared_dynamic(300),
    "a long list of the linker": lambda: linked(1000),
}


@pytest.fixture
def reads(monkeypatch) -> list[int]:
    """How many bytes each read of a core file asks for."""
    asked: list[int] = []
    read_at = OpenFile.read_at

    def counted(self: OpenFile, offset: int, buffer: memoryview) -> int:
        asked.append(len(buffer))
        return read_at(self, offset, buffer)

    monkeypatch.setattr(OpenFile, "read_at", counted)
    return asked


def target_of(content: bytes, folder):
    path = folder / "core"
    path.write_bytes(content)
    return core_target(str(path))


@pytest.mark.parametrize("make", SHARED.values(), ids=SHARED)
def test_what_many_places_show_is_read_up_to_the_allowance(make, tmp_path, reads, monkeypatch):
    monkeypatch.setattr(core, "HEADS", 1 << 17)
    content = make()
    target = target_of(content, tmp_path)
    assert sum(reads) < (1 << 17) + (1 << 16) + 3 * len(content)
    (problem,) = [each for each in target.problems if "heads of files" in each]
    assert problem == f"{tmp_path}/core: it shows more heads of files than processes have; not all were read"


def test_a_process_with_many_libraries_is_far_below_it(tmp_path, monkeypatch):
    """As many as a process may have are as much below the allowance as these below a part of it."""
    monkeypatch.setattr(core, "HEADS", HEADS // 50)
    built = CoreBuilder().process(7, b"p")
    for number in range(100):
        built.load(0x10000000 + number * 0x100000, elf_image(number.to_bytes(20, "big"))[:PAGE], "r--")
    target = target_of(built.build(), tmp_path)
    assert target.problems == ()


def test_pages_below_stacks_are_guards_only_as_far_as_they_were_read(tmp_path, reads, monkeypatch):
    monkeypatch.setattr(area_names, "GUARDS", 20 * PAGE)
    target = target_of(shared_guards(100, PAGE), tmp_path)
    areas: list[Area] = list(target.listers[0].areas())
    assert [area.kind for area in areas[::2]] == ["guard"] * 20 + [None] * 80
    assert sum(reads) < 200_000


def test_several_readers_have_one_allowance():
    allowance = Allowance(1000)
    first = allowance.reading(lambda _, size: b"a" * size)
    second = allowance.reading(lambda _, size: b"b" * size)
    assert (first(0, 500), second(0, 400), allowance.is_spent) == (b"a" * 500, b"b" * 400, False)
    assert (first(0, 1), allowance.is_spent) == (b"", True)  # small reads count as 256 bytes
    assert second(0, 1) == b""


def test_an_allowance_that_is_just_enough_is_not_spent():
    allowance = Allowance(1000)
    assert len(allowance.reading(lambda _, size: bytes(size))(0, 1000)) == 1000
    assert not allowance.is_spent


@pytest.mark.parametrize("name", ["20 heads that claim 4 GiB of headers", "16 segments over 64 KiB of notes"])
def test_what_is_measured_is_a_core(name, tmp_path):
    """Those of `make bench` are built by the same functions as those above."""
    assert target_of(CRAFTED[name](), tmp_path).pid == 7
