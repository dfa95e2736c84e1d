"""An image answers as a table does that has, for each address, the bytes placed there and by whom."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.errors import MemoryFault
from ptatlas.core.images.model.asid import ANY, Asid
from ptatlas.core.images.model.image import Image

SPAN = 64
FILE = bytes(range(SPAN))
ASIDS = [ANY, Asid(cr3=1), Asid(cr3=2), Asid(vmcs=1), Asid(vmcs=2), Asid(1, 1), Asid(1, 2), Asid(2, 1)]


class Table:
    """The oracle: per address, (asid, byte, came from the file), the newest last."""

    def __init__(self) -> None:
        self.cells: dict[int, list[tuple[Asid, int, bool]]] = defaultdict(list)

    def add(self, data: bytes, address: int, asid: Asid, of_file: bool) -> None:
        for place, byte in enumerate(data, address):
            kept = [cell for cell in self.cells[place] if not cell[0].matches(asid)]
            self.cells[place] = [*kept, (asid, byte, of_file)]

    def remove(self, asid: Asid, only_files: bool) -> None:
        for place, cells in self.cells.items():
            self.cells[place] = [c for c in cells if not (c[0].matches(asid) and (c[2] or not only_files))]

    def copy_from(self, other: Table) -> None:
        for place, cells in other.cells.items():
            for asid, byte, of_file in cells:
                self.add(bytes([byte]), place, asid, of_file)

    def answers(self, address: int, asid: Asid) -> set[int | None]:
        """What may be read there: one byte, or several if the asid leaves open which space it means."""
        return {byte for owner, byte, _ in self.cells[address] if owner.matches(asid)} or {None}


offsets = st.integers(0, SPAN - 1)
sizes = st.integers(1, SPAN // 2)
asids = st.sampled_from(ASIDS)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("file"), offsets, sizes, offsets, asids),
        st.tuples(st.just("bytes"), st.binary(min_size=1, max_size=SPAN // 2), offsets, asids),
        st.tuples(st.just("copy")),
        st.tuples(st.just("swap")),
        st.tuples(st.just("remove file"), asids),
        st.tuples(st.just("remove asid"), asids),
    ),
    max_size=24,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "file"
    path.write_bytes(FILE)
    return path


@given(operations=operations, base=st.sampled_from([0, 0x400000, (1 << 64) - 2 * SPAN]))
def test_an_image_answers_as_the_table_does(path: Path, operations: list[tuple], base: int) -> None:
    (image, table), (other, other_table) = (Image(), Table()), (Image(), Table())
    for name, *words in operations:
        if name == "file":
            offset, size, place, asid = words
            image.add_file(path, offset, size, base + place, asid)
            table.add(FILE[offset : offset + size], base + place, asid, of_file=True)
        elif name == "bytes":
            data, place, asid = words
            image.add_bytes(data, base + place, asid)
            table.add(data, base + place, asid, of_file=False)
        elif name == "copy":
            assert image.copy_from(other) == 0
            table.copy_from(other_table)
        elif name == "swap":
            image, table, other, other_table = other, other_table, image, table
        elif name == "remove file":
            image.remove_by_filename(path, *words)
            table.remove(*words, only_files=True)
        else:
            image.remove_by_asid(*words)
            table.remove(*words, only_files=False)
    for asid in ASIDS:
        for address in range(base, base + 2 * SPAN):
            expected = table.answers(address, asid)
            assert byte_of(image, address, asid) in expected
            assert len(expected) == 1 or not asid.is_specific
    check_invariants(image)
    check_runs(image, base)


def byte_of(image: Image, address: int, asid: Asid) -> int | None:
    try:
        return image.read(address, 1, asid)[0]
    except MemoryFault:
        return None


def check_invariants(image: Image) -> None:
    """Sections are in order, and those whose asids match never overlap."""
    sections = image.sections
    assert list(sections) == sorted(sections, key=lambda each: (each.start, each.end))
    for number, left in enumerate(sections):
        for right in sections[number + 1 :]:
            assert left.end <= right.start or not left.asid.matches(right.asid)


def check_runs(image: Image, base: int) -> None:
    """What is visible, short reads and single bytes tell the same."""
    for asid in ASIDS:
        for run, section in image.visible(base, base + 2 * SPAN, asid):
            data = image.read_upto(run.start, run.size, asid)
            assert len(data) == run.size
            assert data == bytes(image.read(address, 1, asid)[0] for address in range(*run))
            assert run.start in section
            buffer = bytearray(2 * SPAN)
            count = image.read_into(run.start, memoryview(buffer), asid)
            assert buffer[:count] == image.read(run.start, count, asid)
            end = run.start + count
            assert end in (1 << 64, run.start + 2 * SPAN) or byte_of(image, end, asid) is None
            assert section.asid.matches(asid)
