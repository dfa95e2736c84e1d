"""A sparse mapped file: its holes are searched, kept and compared without a read, in both debuggers."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from support.asking import run_json
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.sparse import HOLE, PAGE, cached_pages, telling_folder, write_sparse

# A page of data in 64 GiB, all of which to read takes minutes.
SIZE = 64 << 30
DATA, LOOKED_AT = 5, 8


class Mapped(NamedTuple):
    child: Child
    path: Path
    start: int


@pytest.fixture
def mapped(build_dir, tmp_path):
    """A process that maps such a file, of which the page cache has nothing, if that can be had."""
    program = compile_c(PROGRAMS / "pages.c", build_dir)
    with telling_folder(tmp_path) as folder, Child(program) as child:
        path = folder / "sparse"
        write_sparse(path, HOLE * DATA + "a" + HOLE * (LOOKED_AT - DATA - 1), size=SIZE)
        yield Mapped(child, path, child.tell(f"share {path}")["address"])


def trace(pid):
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return [line for line in status if line.startswith(("VmPTE", "VmRSS", "RssFile", "RssShmem"))]


def test_the_holes_of_a_mapped_file_cost_nothing_and_are_all_covered(mapped, start_loaded):
    session, cached = start_loaded(), cached_pages(mapped.path, LOOKED_AT)
    session.attach(mapped.child.pid)
    before, inside = trace(mapped.child.pid), f"--in {mapped.start:#x},+{SIZE:#x}"

    at_edges = (("00 61", DATA * PAGE - 1), ("61 00 00", (DATA + 1) * PAGE - 1))
    for pattern, place in at_edges:
        found = run_json(session, f"pt-find -x '{pattern}' {inside}")
        assert [hit["address"] for hit in found["hits"]] == [hex(mapped.start + place)]
        assert found["coverage"]["searched"] == SIZE
    # A word that begins 7 bytes or less before the data, or before the end, is none of zeros.
    assert run_json(session, f"pt-find -t u64 0 --count {inside}")["count"] == SIZE - PAGE - 2 * 7
    assert run_json(session, f"pt-image snapshot s {inside}")["coverage"]["searched"] == SIZE
    assert run_json(session, "pt-image diff s live")["ranges"] == []
    assert cached_pages(mapped.path, LOOKED_AT) == sorted({*cached, DATA})
    checked = run_json(session, f"pt-image check {inside}")
    assert (checked["ranges"], checked["coverage"]["searched"]) == ([], SIZE)

    # A check reads a file's header, and the kernel 16 KiB with it.
    assert {*cached_pages(mapped.path, LOOKED_AT)} - {0, 1, 2, 3} == {*cached, DATA}
    assert trace(mapped.child.pid) == before
