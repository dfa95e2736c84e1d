"""What is around hits is read as a search reads: the process stays as it was."""

from __future__ import annotations

import os
from pathlib import Path

from ptatlas.core.commands.find.surroundings import Surroundings
from ptatlas.core.inferior import Inferior
from ptatlas.core.ranges import Range
from ptatlas.core.sources import BufferArea, buffer_target, process_target
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.shell import Shell
from support.targets import BASE, Reader

PAGE = os.sysconf("SC_PAGESIZE")


def trace(pid: int) -> list[str]:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return [line for line in status if line.startswith(("VmPTE", "VmRSS", "RssFile", "RssShmem"))]


def test_what_lies_around_hits_in_a_file_that_was_not_touched_is_read_in_the_file(build_dir, tmp_path):
    content = bytearray(40 * PAGE)
    for number, place in enumerate((PAGE - 5, 10 * PAGE, 10 * PAGE + 40, 30 * PAGE - 16)):
        content[place : place + 16] = b"<file-needle %d>\0" % number
    file = tmp_path / "mapped"
    file.write_bytes(content)
    with Child(compile_c(PROGRAMS / "pages.c", build_dir)) as child:
        start = child.tell(f"share {file}")["address"]
        shell = Shell(process_target(child.pid))
        before = trace(child.pid)
        hits = shell.json(f"pt-find needle --in {start},+{len(content)}")["hits"]
        assert [hit["what"] for hit in hits] == [f"<file-needle {number}>" for number in range(4)]
        assert trace(child.pid) == before


def reads(thread_safe: bool, *addresses: int) -> list[Range]:
    """What is read for hits at these offsets in an area of a MiB."""
    area = BufferArea(BASE, bytes(range(1, 256)) * 4112, "rw-p")
    inferior = Inferior(buffer_target([area]))
    reader = Reader(inferior.memory._readers[0], thread_safe=thread_safe)
    inferior.memory._readers[0] = reader
    surroundings = Surroundings(inferior)
    for address in addresses:
        head, tail = surroundings.around(BASE + address, 16, 160, area.area)
        content = area.content[max(address - 16, 0) : address + 160]
        assert head + tail == content
    probe = Range(BASE, BASE + 1)  # that the reader is allowed to read
    return [Range(start - BASE, end - BASE) for start, end in reader.asked if (start, end) != probe]


def test_hits_that_come_closer_together_are_read_for_with_fewer_reads():
    near = reads(True, *range(100, 1_000_000, 500))
    assert len(near) < 40
    assert max(part.size for part in near) <= 1 << 18
    far = reads(True, *range(100, 1_000_000, 70_000))
    assert {part.size for part in far} <= {4096, 8192}


def test_behind_a_debuggers_own_reader_only_what_is_needed_is_read():
    assert reads(False, 100, 5000) == [Range(84, 260), Range(4984, 5160)]
    assert reads(False, 4100) == [Range(4084, 4096), Range(4096, 4260)]


def test_a_hit_at_the_first_address_has_nothing_before_it():
    inferior = Inferior(buffer_target([BufferArea(0, b"needle in hay\0".ljust(4096), "r--p")]))
    area = inferior.areas.find(0)
    assert Surroundings(inferior).around(0, 16, 13, area) == (b"", b"needle in hay")
    assert Surroundings(inferior).around(3, 16, 3, area) == (b"nee", b"dle")


def test_a_hit_at_the_last_address_has_nothing_behind_it():
    top = 1 << 64
    inferior = Inferior(buffer_target([BufferArea(top - 4096, b"needle".rjust(4096, b"\0"), "r--p")]))
    area = inferior.areas.find(top - 1)
    assert Surroundings(inferior).around(top - 6, 16, 160, area) == (bytes(16), b"needle")
