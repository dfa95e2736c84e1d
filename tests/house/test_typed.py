"""A client's type checker sees the types of the installed packages (PEP 561)."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest
from support.wheel import pip

pytestmark = pytest.mark.slow

# What is wrong in it is marked; a mark without a fault is one, too (`--strict` warns of those).
CLIENT = """
from collections.abc import Iterator

import gdb  # type: ignore[import-untyped]
from ptatlas.core import (
    Area,
    AtlasError,
    Hit,
    Image,
    Inferior,
    MemoryFault,
    MemoryMap,
    Pattern,
    Search,
    Snapshot,
    as_address,
    open_core,
    open_process,
)
from ptatlas.gdbext import inferior as gdb_inferior
from ptatlas.lldbext import inferior as lldb_inferior


class Index:
    def __index__(self) -> int:
        return 1


def heap(inferior: Inferior) -> Iterator[Area]:
    return (area for area in inferior.areas if area.kind == "heap" and "r" in area.perms)


def hits(inferior: Inferior) -> list[int]:
    search: Search = inferior.find(Pattern.text("needle"), heap(inferior), limit=10)
    found: list[Hit] = list(search)
    return [hit.address for hit in found]


def text(path: str, address: int) -> bytes | None:
    try:
        return open_core(path).memory.get_string(address, most=64)
    except MemoryFault as fault:
        print(f"{fault.address:#x} {fault.reason} {fault.hint}")
    except AtlasError:
        pass
    return None


taken: Snapshot = open_process(1).snapshot("before")
image: Image = taken
area: Area | None = gdb_inferior().area_at(gdb.parse_and_eval("$sp"))
number: int = as_address(Index()) + lldb_inferior().memory.get_c_long(Index())
memory = MemoryMap(8, "little")
memory.add_bytes(b"x", Index())

memory.read("0x10", 1)  # type: ignore[arg-type]
memory.get_string(1.5)  # type: ignore[arg-type]
open_core(1)  # type: ignore[arg-type]
taken.circumstance  # type: ignore[attr-defined]
"""


def test_a_client_of_the_installed_packages_is_checked(wheel, tmp_path):
    # An environment of its own: what is on a checker's path counts as the client's, with or without a marker.
    venv.create(tmp_path / "venv")
    (site,) = (tmp_path / "venv" / "lib").glob("python3*/site-packages")
    pip("install", "--no-deps", "--no-index", "--target", str(site), str(wheel))
    (tmp_path / "client.py").write_text(CLIENT)
    checker = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10", "--no-incremental"]
    python = ["--python-executable", str(tmp_path / "venv" / "bin" / "python")]
    done = subprocess.run(
        [*checker, *python, "client.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout == "Success: no issues found in 1 source file\n", done.stdout + done.stderr
    assert Path(site, "ptatlas", "core", "py.typed").exists()
