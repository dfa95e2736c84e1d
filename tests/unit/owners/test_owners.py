"""Owners by all that proves them, in processes as compilers and the kernel make them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ptatlas.core.opening import open_process
from ptatlas.core.ports.threads import Thread, ThreadName
from support.children import Child
from support.compile import CompileError, compile_c
from support.mapped import mapped, object_head, said
from support.resting import wait_until_resting

SANITIZED = """
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void)
{
    char *block = malloc(100);
    printf("{\\"places\\": {\\"block\\": {\\"address\\": %lu, \\"size\\": 100}}}\\n", (unsigned long)block);
    fflush(stdout);
    for (;;)
        pause();
}
"""


@pytest.fixture(scope="module")
def sanitized(build_dir: Path) -> Iterator[Child]:
    """A program with AddressSanitizer, which waits."""
    try:
        program = compile_c(SANITIZED, build_dir, "-fsanitize=address", "-Wno-unused-result")
    except CompileError as error:
        pytest.skip(f"no AddressSanitizer here: {error}")
    with Child(program) as child:
        yield child


def test_each_owner_is_found_among_all_areas():
    text = """
        00400000-00401000 r-xp 00000000 fe:00 7 /bin/x
        00401000-00402000 rw-p 00000000 00:00 0
        7f0000000000-7f0000001000 ---p 00000000 00:00 0
        7f0000001000-7f0000801000 rw-p 00000000 00:00 0
        7f0000801000-7f0000802000 rw-p 00000000 00:00 0 [anon:v8]
        7ffd8906a000-7ffd8908b000 rw-p 00000000 00:00 0 [stack]
    """
    head = object_head((0, 0x400000, 0x800, 0x1800))
    threads = [Thread(100, 0x7FFD8908A000), Thread(101, 0x7F0000002000)]
    names = {100: ThreadName(1, "x"), 101: ThreadName(2, "io\x1b[31m")}
    assert said(mapped(text, {0x400000: head}, threads=threads, names=names)) == {
        "401000": ".bss of x",
        "7f0000001000": 'thread 2 "io\x1b[31m", LWP 101',
        "7f0000801000": "V8 heap",
        "7ffd8906a000": 'thread 1 "x", LWP 100',
    }


def test_a_program_of_gcc_s_sanitizer(sanitized):
    inferior = open_process(sanitized.pid)
    found = said(inferior)
    assert {"ASan low shadow", "ASan high shadow", "ASan shadow gap"} <= set(found.values())
    block = inferior.area_at(sanitized.place("block").address)
    assert found[f"{block.start:x}"] == "ASan heap"
    gap = next(start for start, text in found.items() if text == "ASan shadow gap")
    assert inferior.area_at(int(gap, 16)).kind == "reserved"


def test_looking_leaves_a_process_as_it_is(areas_child):
    """No page is made, neither of memory nor of files."""

    def resident():
        status = Path(f"/proc/{areas_child.pid}/smaps_rollup").read_text()
        return [line for line in status.splitlines() if line.startswith(("Rss", "Swap:"))]

    wait_until_resting(areas_child.pid)
    inferior, before = open_process(areas_child.pid), resident()
    assert ".bss of libc.so.6" in said(inferior).values()
    assert resident() == before
