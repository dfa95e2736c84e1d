"""Small rebuilt dumps by producers that are no part of the set-up, laid out as real ones were."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from producers.cells import cells
from ptatlas.core import Inferior, MemoryFault, SourceError, open_core
from support.compile import PROGRAMS, compile_c
from support.core_builder import PAGE, CoreBuilder
from support.producers_page import dumped

GENERAL_REGISTERS = bytes(27 * 8)  # struct user_regs_struct of x86-64
# What sorts.c allows of its places, where it isn't reading and writing.
PERMS = {"readonly": "r--", "none": "---", "execonly": "--x", "writeonly": "-w-", "readonly_file": "r--"}
FILES = ("readonly_file", "shared_file")


def opened(builder: CoreBuilder, folder: Path) -> Inferior:
    return open_core(builder.write(folder / "core"))


def page(text: bytes) -> bytes:
    return text.ljust(PAGE, b"\0")


def test_a_core_by_valgrind_has_every_byte_no_names_and_no_process(build_dir, tmp_path):
    """As Valgrind 3.19.0 (Debian 12) writes it: coregrind/m_coredump/coredump-elf.c.

    Each segment is in the file in full, whatever its protection. What Valgrind may not read is written as
    zeros; a page that can't be read ends the content of its segment. NT_PRPSINFO has pid 0; there is neither
    an auxiliary vector nor NT_FILE.
    """
    program = compile_c(PROGRAMS / "sorts.c", build_dir)
    with subprocess.Popen([str(program), str(tmp_path / "file")], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        facts = json.loads(running.stdout.readline())
        running.kill()
    builder = CoreBuilder().process(0, b"sorts").thread(7, GENERAL_REGISTERS)
    for name, place in facts["places"].items():
        content = page(b"file" if name in FILES else name.encode()) * (place["size"] // PAGE)
        if name in ("none", "untouched"):
            content = bytes(place["size"])
        if name == "guarded":
            content = content[:PAGE] + bytes(place["size"] - PAGE)
        builder.load(place["address"], content, PERMS.get(name, "rw-"))
    inferior = opened(builder, tmp_path)
    said = dumped("Valgrind 3.19")
    told = cells(inferior, facts)
    assert {name: told[name] for name in said} == said
    assert inferior.pid == 7  # the number of its only thread
    assert {area.path for area in inferior.areas} == {None}


def qemu_system(*loads: tuple[int, bytes, int]) -> CoreBuilder:
    """A dump as qemu 7.2.22 (Debian 12) writes it for a guest of 64 bits: dump/dump.c.

    No segment has flags. A processor is a thread, told in NT_PRSTATUS and in a note of qemu's own.
    """
    builder = CoreBuilder().thread(1, GENERAL_REGISTERS).note(b"QEMU", 0, bytes(440))
    for address, content, size in loads:
        builder.load(address, content, "---", size=size)
    return builder


def test_a_dump_of_a_machine_s_physical_memory_is_read(tmp_path):
    inferior = opened(
        qemu_system((0, page(b"") + page(b"below"), 2 * PAGE), (0xC0000, page(b"above"), PAGE)), tmp_path
    )
    assert [inferior.memory.read(at, 5) for at in (PAGE, 0xC0000)] == [b"below", b"above"]


def test_a_dump_by_page_tables_has_every_address_in_the_upper_half(tmp_path):
    """target/i386/arch_memory_mapping.c, walk_pml4e: the top 16 bits are set whatever the address.

    The guest had this page at 0x401000. What its mapping has beyond the first block of memory, whose end is
    0xa0000, isn't in the segment, though it may be in the file.
    """
    mapped = 0xFFFF_0000_0040_0000
    inferior = opened(qemu_system((mapped, page(b"") + page(b"guest"), 4 * PAGE)), tmp_path)
    assert inferior.memory.read(mapped + PAGE, 5) == b"guest"
    assert inferior.areas.find(0x401000) is None
    with pytest.raises(MemoryFault) as caught:
        inferior.memory.read(mapped + 2 * PAGE, 1)
    assert caught.value.reason == "absent"


def test_a_core_of_go_s_runtime_is_the_kernel_s_with_much_address_space_that_was_only_reserved(tmp_path):
    """As Linux 6.18 wrote it for Go 1.19.8 (Debian 12) with GOTRACEBACK=crash.

    Of the text the first page is there, as of every file that begins with an ELF header; the heap lies at
    0xc000000000 and is written as far as it is mapped; what the runtime has reserved allows nothing.
    """
    heap, reserved = 0xC0_0000_0000, 0xC0_0040_0000
    builder = CoreBuilder().process(4711, b"gop").thread(4711, GENERAL_REGISTERS)
    builder.files((0x400000, 0x483000, 0, b"/nowhere/gop")).load(
        0x400000, page(b"\x7fELF"), "r-x", size=0x83000
    )
    builder.load(heap, page(b"go heap"), size=PAGE).load(reserved, b"", "---", size=0x3C00000)
    inferior = opened(builder, tmp_path)
    assert inferior.memory.read(heap, 7) == b"go heap"
    kinds = {area.start: (area.kind, area.perms[:3]) for area in inferior.areas}
    assert kinds[reserved] == ("reserved", "---")
    for left_out in (0x401000, reserved):
        with pytest.raises(MemoryFault) as caught:
            inferior.memory.read(left_out, 1)
        assert caught.value.reason == "absent"


def test_a_heap_dump_of_java_is_no_memory_dump(tmp_path):
    """The head of what `jcmd PID GC.heap_dump` of OpenJDK 17 writes: HPROF, objects without addresses."""
    heap = tmp_path / "heap.hprof"
    heap.write_bytes(b"JAVA PROFILE 1.0.2\0" + (8).to_bytes(4, "big") + bytes(64))
    with pytest.raises(SourceError, match="not"):
        open_core(str(heap))


def test_a_core_of_a_process_with_65536_mappings_has_no_names_and_says_none(tmp_path):
    """Linux leaves NT_FILE out when its entries alone reach 4 MiB: fs/binfmt_elf.c, fill_files_note.

    It reckons with 64 bytes for each mapping of the process, of files or not. As Linux 6.18 wrote it.
    """
    builder = CoreBuilder().process(4711, b"many").thread(4711, GENERAL_REGISTERS).auxv(PAGESZ=PAGE)
    inferior = opened(builder.load(0x7D0000000000, page(b"content")), tmp_path)
    (area,) = inferior.areas
    assert (area.path, area.offset) == (None, None)
    assert inferior.memory.read(area.start, 7) == b"content"
