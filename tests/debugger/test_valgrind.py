"""Valgrind's stub in LLDB, which has no pipes: over a port that leads to vgdb."""

from __future__ import annotations

import shutil

import pytest
from support.asking import run_json
from support.compile import compile_c
from support.servers import valgrind_port

SOURCE = """
const char mark[] = "MARK IN A FILE";
char written[] = "MARK IN DATA";
void _start(void) { for (;;) ; }
"""
FLAGS = ("-static", "-nostdlib", "-no-pie", "-fno-pie")


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="Valgrind isn't installed")
def test_behind_valgrind_lldb_has_the_map_of_the_process_and_what_the_stub_reads(
    start_lldb, build_dir, tmp_path
):
    program = compile_c(SOURCE, build_dir, *FLAGS)
    with valgrind_port(program, tmp_path) as port:
        session = start_lldb(program)
        session.load_ptatlas()
        session.run_python("lldb.debugger.SetAsync(False)")
        session.run(f"process connect --plugin gdb-remote connect://127.0.0.1:{port}")
        listed = run_json(session, "pt-maps")
        found = run_json(session, "pt-find MARK")
        checked = run_json(session, "pt-image check")
        session.run("process kill")
    assert listed["source"] == "procfs"
    assert listed["problems"] == found["problems"]
    assert {area["path"] for area in listed["areas"] if area["kind"] == "module"} == {str(program)}
    assert [hit["symbol"] for hit in found["hits"]] == ["mark", "written"]
    assert found["coverage"]["unreadable"] == []
    assert (checked["ranges"], checked["coverage"]["searched"] > 0) == ([], True)
