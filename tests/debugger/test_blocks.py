"""The allocator's blocks in both debuggers, of a process and of its core file: the same as without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ptatlas.core.opening import open_core
from support.asking import run_json
from support.blocks import Made, assert_all_found, blocks_program, found_in
from support.children import Child
from support.dumps import dumped_by_gdb
from support.session import Session
from support.sessions import GdbSession, LldbSession
from support.shell import Shell


@pytest.fixture(scope="module")
def program(build_dir: Path) -> Path:
    return blocks_program(build_dir)


@pytest.fixture(scope="module")
def made(program: Path) -> Iterator[Made]:
    with Child(program) as child:
        yield Made.of(child)


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def session(request: pytest.FixtureRequest, made: Made) -> Iterator[Session]:
    with request.param.start() as session:
        assert session.load_ptatlas() == ""
        session.attach(made.inferior.pid)
        yield session


def sums(document: Any) -> Any:
    return [document[key] for key in ("allocators", "arenas", "sizes", "total", "problems", "coverage")]


def test_a_process_has_the_blocks_that_it_has_without_a_debugger(session, made):
    document = run_json(session, "pt-maps --blocks")
    assert sums(document) == sums(Shell(made.inferior.target).json("pt-maps --blocks"))


def test_an_address_and_an_expression_are_told_with_their_block(session, made):
    start, size = next((at, size) for at, size in made.used.items() if size > 100)
    told = session.run(f"pt-maps {start + 8:#x}")
    assert f"0x8 into a block of {size} bytes at {start:#x}, used (glibc, " in told
    assert run_json(session, "pt-maps blocks[0].address")["at"]["block"]["allocator"] == "glibc"


def test_a_core_file_has_the_blocks_of_the_process(program, tmp_path):
    dump = dumped_by_gdb(GdbSession.find(), program, tmp_path)
    inferior = open_core(str(dump.path))
    known = {address: (size, is_used) for address, size, is_used in dump.facts["blocks"]}
    used = {address: size for address, (size, is_used) in known.items() if is_used}
    assert_all_found(Made(inferior, used, known.keys() - used.keys(), dump.facts), found_in(inferior))
