"""Ctrl-C in LLDB: one is enough, what was found is kept, and LLDB goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.children import Child
from support.compile import compile_c
from support.servers import lldb_server
from support.session import Session

# As many areas as most systems allow, so that a table of them takes its time on a terminal.
MANY = 30_000
MANY_AREAS = f"""
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
int main(void) {{
    char *place = mmap(0, {MANY} * 4096L, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (long page = 0; page < {MANY}; page += 2)
        if (mprotect(place + page * 4096, 4096, PROT_READ | PROT_WRITE) != 0)
            return 1;
    printf("{{}}\\n");
    fflush(stdout);
    pause();
}}
"""


@pytest.fixture
def many_areas(build_dir: Path) -> Iterator[Child]:
    with Child(compile_c(MANY_AREAS, build_dir)) as child:
        yield child


@pytest.fixture
def session(start_lldb: Callable[..., Session]) -> Session:
    running = start_lldb()
    running.load_ptatlas()
    return running


@pytest.fixture
def slow(session: Session, areas_child: Child) -> Iterator[Session]:
    """The areas child behind a server of another's, so that its gigabyte goes through packets."""
    session.run_python("lldb.debugger.SetAsync(False)")  # so that connecting is done when it says so
    with lldb_server(areas_child.pid) as connect:
        session.run(connect)
        yield session
        session.detach()


def test_a_table_ends_at_once_and_lldb_goes_on(session, many_areas):
    session.attach(many_areas.pid)
    session.send_line("pt-maps --color never")
    session.expect("rw-p")
    answer = session.interrupt()
    assert "pt-maps: interrupted" in answer
    assert answer.count("\n") < MANY
    assert session.run("pt-maps --summary").count("\n") > 1


def test_a_search_keeps_its_hits_and_says_how_to_go_on(slow, areas_child):
    slow.send_line("pt-find -t str ptatlas-heap-needle --limit 0 --format jsonl --color never")
    slow.expect(f'"address": "{areas_child.place("heap").address:#x}"')
    answer = slow.interrupt()
    assert '"why": "interrupted"' in answer
    assert re.search(r'"from": "0x[0-9a-f]+"', answer)
    assert "[stack]" in slow.run("pt-maps $sp")


def test_a_search_within_python_is_interrupted_too(slow, areas_child):
    # What is interrupted before a search begins is an error without a document: so this waits for its reads.
    slow.run_python("read = lldb.SBProcess.ReadMemory")
    slow.run_python(
        "lldb.SBProcess.ReadMemory = lambda *given: "
        "(given[2] < 1 << 16 or print('sear' + 'ching', flush=True), read(*given))[1]"
    )
    slow.send_line(
        "script result = lldb.SBCommandReturnObject(); "
        "_ = lldb.debugger.GetCommandInterpreter().HandleCommand('pt-find nowhere-at-all --json', result); "
        "print(result.GetOutput())"
    )
    slow.expect("searching\r\n")
    assert '"why": "interrupted"' in slow.interrupt()


def test_an_interrupt_of_one_command_is_none_of_the_next(slow):
    slow.send_line("pt-find -t str ptatlas-heap-needle --limit 0 --format jsonl")
    slow.expect('"address"')
    slow.interrupt()
    assert '"stopped": null' in slow.run("pt-find ptatlas-heap-needle --in heap --json")
