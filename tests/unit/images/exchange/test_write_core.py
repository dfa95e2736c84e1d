"""export_core and image_of_core: core files that debuggers open, and images of core files."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from signal import SIGSEGV
from typing import NamedTuple

import pytest
from ptatlas.core.arch import Arch, Machine
from ptatlas.core.elf.headers import (
    EM_AARCH64,
    EM_ARM,
    EM_PPC,
    EM_RISCV,
    EM_S390,
    EM_X86_64,
    PT_LOAD,
    read_header,
)
from ptatlas.core.elf.segments import Elf
from ptatlas.core.errors import Interrupted, InvalidArgument, SourceError
from ptatlas.core.files.pinned import RegularFile
from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.capture.page_store import PAGE, PageStore
from ptatlas.core.images.diff.diff import diff
from ptatlas.core.images.exchange.read_core import image_of_core
from ptatlas.core.images.exchange.write_core import export_core
from ptatlas.core.images.mapped.backing import file_reader
from ptatlas.core.images.model.asid import Asid
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.snapshot import Circumstances, Snapshot, ThreadState
from ptatlas.core.inferior import Inferior
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports.target import Target
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import Range
from ptatlas.core.sources.buffer import BufferArea, buffer_target
from ptatlas.core.sources.elf_core.core import core_target
from ptatlas.core.sources.procfs.process import process_target
from ptatlas.core.walk.coverage import Coverage
from ptatlas.core.watch import Watch
from support.children import Child
from support.compile import compile_c
from support.core_builder import CoreBuilder
from support.debuggers import DebuggerMissing, find_gdb, find_lldb
from support.emulators import find_multiarch_gdb

BASE = 0x400000
NOTHING = Coverage(0, 0, (), 0)
X86_64 = Machine(EM_X86_64)
# Something whose images are exported as if they were of its machine.
LIKE = buffer_target([], machine=X86_64)
NOISE = bytes(number * 7 % 251 for number in range(3 * PAGE))


def snapshot_of(target: Target, circumstances: Circumstances | None = None, name: str = "s") -> Snapshot:
    areas = target.listers[0].areas()
    return take_snapshot(
        name,
        areas,
        target.readers[0],
        PageStore(),
        circumstances or Circumstances(AreaMap(areas), target.arch, machine=target.machine),
        untouched=target.untouched,
        absent=target.absent,
    )


class AllUntouched:
    """Knows that nothing in some ranges was ever touched."""

    def recorded(self, _start: int, _end: int) -> list[Range]:
        return []

    def __init__(self, *ranges: Range) -> None:
        self._ranges = RangeSet(ranges)

    def untouched(self, start: int, end: int) -> list[Range]:
        return list(self._ranges.within(start, end))


def read(target: Target, address: int, size: int) -> bytes:
    buffer = bytearray(size)
    return bytes(buffer[: target.readers[0].read_into(address, memoryview(buffer))])


# --- what is in the file


def test_an_image_comes_back_from_its_core_file(tmp_path: Path) -> None:
    image = Image("image")
    image.add_bytes(NOISE, BASE)
    image.add_bytes(b"more", BASE + 10 * PAGE + 5)
    exported = export_core(image, tmp_path / "core", like=LIKE)
    assert (exported.segments, exported.content) == (2, len(NOISE) + 4)
    target = core_target(str(tmp_path / "core"))
    assert [area[:2] for area in target.listers[0].areas()] == [
        (BASE, BASE + len(NOISE)),
        (BASE + 10 * PAGE + 5, BASE + 10 * PAGE + 9),
    ]
    assert read(target, BASE, len(NOISE)) == NOISE
    assert read(target, BASE + 10 * PAGE + 5, 4) == b"more"


def test_the_top_byte_is_written(tmp_path: Path) -> None:
    image = Image()
    image.add_bytes(b"ab", (1 << 64) - 2)
    export_core(image, tmp_path / "core", like=LIKE)
    assert read(core_target(str(tmp_path / "core")), (1 << 64) - 2, 2) == b"ab"


def test_only_the_address_space_that_was_asked_for_is_written(tmp_path: Path) -> None:
    image = Image()
    image.add_bytes(b"one", BASE, Asid(cr3=1))
    image.add_bytes(b"two", BASE, Asid(cr3=2))
    export_core(image, tmp_path / "core", Asid(cr3=1), like=LIKE)
    assert read(core_target(str(tmp_path / "core")), BASE, 3) == b"one"


def test_what_was_never_read_is_there_without_content(tmp_path: Path) -> None:
    target = buffer_target(
        [BufferArea(BASE, NOISE, "rw-p"), BufferArea(BASE + 16 * PAGE, NOISE, "r-xp")],
        unreadable=[(BASE + PAGE, BASE + 2 * PAGE), (BASE + 16 * PAGE, BASE + 19 * PAGE)],
    )
    export_core(snapshot_of(target), tmp_path / "core")
    elf = Elf.parse(file_reader(RegularFile.at(tmp_path / "core")))
    assert elf is not None
    assert [(s.address, s.memory_size, s.file_size, s.flags) for s in elf.of_type(PT_LOAD)] == [
        (BASE, 2 * PAGE, PAGE, 6),
        (BASE + 2 * PAGE, PAGE, PAGE, 6),
        (BASE + 16 * PAGE, 3 * PAGE, 0, 5),
    ]


def test_zeros_take_no_room(tmp_path: Path) -> None:
    size = 64 << 20
    target = buffer_target(
        [BufferArea(BASE, NOISE, "rw-p", size=size)], untouched=[(BASE + 3 * PAGE, BASE + size)]
    )
    export_core(snapshot_of(target), tmp_path / "core")
    found = (tmp_path / "core").stat()
    assert found.st_size > size
    assert found.st_blocks * 512 < 1 << 20
    assert read(core_target(str(tmp_path / "core")), BASE + size - 8, 8) == bytes(8)


@pytest.mark.parametrize("arch", [Arch(4, "little"), Arch(4, "big"), Arch(8, "big")], ids=str)
def test_other_words_and_byte_orders_are_written(tmp_path: Path, arch: Arch) -> None:
    target = buffer_target(
        [BufferArea(BASE, NOISE, "rw-p", "/some/file", 0x2000)], arch, machine=Machine(EM_S390, 7)
    )
    export_core(snapshot_of(target), tmp_path / "core")
    back = core_target(str(tmp_path / "core"))
    assert back.machine == Machine(EM_S390, 7)
    (area,) = back.listers[0].areas()
    assert back.arch[:2] == arch[:2]
    assert (area[:2], area.path, area.offset) == ((BASE, BASE + len(NOISE)), "/some/file", 0x2000)
    assert read(back, BASE, len(NOISE)) == NOISE


@pytest.mark.slow
def test_very_many_areas_are_written(tmp_path: Path) -> None:
    """More than an ELF header can count (elf(5), PN_XNUM)."""
    count = 70_000
    starts = [BASE + 2 * number * PAGE for number in range(count)]
    areas = AreaMap(Area(start, start + PAGE, Protection.READ) for start in starts)
    snapshot = Snapshot("many", Circumstances(areas, machine=X86_64), Coverage(0, 0, (), 0))
    snapshot.add_bytes(NOISE[:PAGE], starts[-1])
    assert export_core(snapshot, tmp_path / "core").segments == count
    elf = Elf.parse(file_reader(RegularFile.at(tmp_path / "core")))
    assert elf is not None
    assert sum(1 for _ in elf.of_type(PT_LOAD)) == count
    target = core_target(str(tmp_path / "core"))
    assert read(target, starts[-1], PAGE) == NOISE[:PAGE]


# --- failing


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path, lost = tmp_path / "core", tmp_path / "lost"
    path.write_bytes(b"old")
    lost.write_bytes(b"content")
    image = Image()
    image.add_file(lost, 0, 7, BASE)
    lost.unlink()
    with pytest.raises(SourceError):
        export_core(image, path, like=LIKE)
    assert [each.name for each in tmp_path.iterdir()] == ["core"]
    assert path.read_bytes() == b"old"


def test_an_export_without_content_is_an_error_and_leaves_files_as_they_are(tmp_path: Path) -> None:
    target = buffer_target([BufferArea(BASE, NOISE, "rw-p")], unreadable=[(BASE, BASE + len(NOISE))])
    snapshot = snapshot_of(target)
    (tmp_path / "old").write_bytes(b"old")
    for name in ("old", "new"):
        with pytest.raises(InvalidArgument, match="holds no memory to export"):
            export_core(snapshot, tmp_path / name)
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("old", b"old")]


def test_an_image_that_nothing_tells_the_machine_of_is_not_exported(tmp_path: Path) -> None:
    image = Image("bytes")
    image.add_bytes(NOISE, BASE)
    with pytest.raises(InvalidArgument, match="of which machine 'bytes' is isn't known"):
        export_core(image, tmp_path / "core")
    assert list(tmp_path.iterdir()) == []


def test_the_flags_of_a_machine_that_was_told_by_name_are_those_of_an_elf_file_in_memory(
    tmp_path: Path,
) -> None:
    """As of a RISC-V stub: GDB has the name, and the program's header the floating-point ABI (5)."""
    builder = CoreBuilder(8, "little", EM_RISCV)
    head = bytearray(builder.load(BASE, b"x").build())
    head[48:52] = (5).to_bytes(4, "little")  # e_flags
    program = Area(BASE, BASE + PAGE, Protection.parse("r-xp"), 0, "/a.out")
    snapshot = Snapshot(None, Circumstances(AreaMap([program]), machine=Machine(EM_RISCV)), NOTHING)
    snapshot.add_bytes(bytes(head), BASE)
    export_core(snapshot, tmp_path / "core")
    assert core_target(str(tmp_path / "core")).machine == Machine(EM_RISCV, 5)


def test_an_image_of_another_machines_program_is_exported_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(CoreBuilder(4, "big", EM_PPC).load(BASE, b"x").build())
    image = Image()
    image.add_file(tmp_path / "program", 0, 4096, BASE)
    export_core(image, tmp_path / "core", like=LIKE)
    header = read_header(file_reader(RegularFile.at(tmp_path / "core")))
    assert (header.machine, header.word_size, header.endian) == (EM_PPC, 4, "big")


@pytest.mark.parametrize(
    ("machine", "word_size", "endian"),
    [(EM_S390, 8, "big"), (43, 8, "big"), (EM_AARCH64, 8, "little"), (EM_ARM, 4, "little"), (3, 4, "little")],
    ids=["s390x", "sparc64", "aarch64", "arm", "i386"],
)
def test_a_snapshot_of_a_core_is_exported_for_the_cores_machine(
    tmp_path: Path, machine: int, word_size: int, endian: str
) -> None:
    """As of qemu-user's cores, which hold no program's header."""
    core = CoreBuilder(word_size, endian, machine).load(BASE, NOISE).write(tmp_path / "first")
    export_core(Inferior(core_target(core)).snapshot("s"), tmp_path / "second")
    header = read_header(file_reader(RegularFile.at(tmp_path / "second")))
    assert (header.machine, header.word_size, header.endian) == (machine, word_size, endian)


def test_an_interrupted_export_leaves_nothing(tmp_path: Path) -> None:
    image = Image()
    image.add_bytes(NOISE, BASE)
    with pytest.raises(Interrupted):
        export_core(image, tmp_path / "core", like=LIKE, watch=Watch(lambda: True))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    image = Image()
    image.add_bytes(b"x", BASE)
    with pytest.raises(SourceError, match="No such file or directory"):
        export_core(image, tmp_path / "nowhere" / "core", like=LIKE)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """A limit on the size of files fails a write as a full disk does."""
    program = (
        "import resource, signal, sys\n"
        "from ptatlas.core.errors import SourceError\n"
        "from ptatlas.core.images.exchange.write_core import export_core\n"
        "from ptatlas.core.images.model.image import Image\n"
        "from ptatlas.core.sources.buffer import buffer_target\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "image = Image()\n"
        "image.add_bytes(b'x' * 100_000, 0)\n"
        "like = buffer_target([])\n"
        "try: export_core(image, sys.argv[1], like=like)\n"
        "except SourceError as error: print(error)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "core")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.stdout == f"cannot write {tmp_path}/core: File too large\n"
    assert list(tmp_path.iterdir()) == []


# --- a real process, in real debuggers

PROGRAM = r"""
#include <stdio.h>
#include <unistd.h>
long counter = 0x1122334455667788;
__attribute__((noinline)) int innermost(int n) { char c; return read(0, &c, 1) + n; }
__attribute__((noinline)) int middle(int n) { return innermost(n + 1) * 2; }
int main(void) {
    printf("{\"counter\": %lu}\n", (unsigned long)&counter);
    fflush(stdout);
    return middle(41);
}
"""


class Kept(NamedTuple):
    """A snapshot of a process that was stopped in `innermost`, and its core file."""

    program: Path
    snapshot: Snapshot
    core: Path
    counter: int


@pytest.fixture(scope="module")
def kept(build_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    program = compile_c(PROGRAM, build_dir)
    core = tmp_path_factory.mktemp("core") / "core"
    with Child(program) as child:
        target = process_target(child.pid)
        circumstances = Circumstances(
            AreaMap(target.listers[0].areas()),
            target.arch,
            pid=child.pid,
            program=str(program),
            threads=(ThreadState(child.pid, registers_of(child.pid), SIGSEGV),),
            auxv=Path(f"/proc/{child.pid}/auxv").read_bytes(),
            machine=target.machine,
        )
        snapshot = snapshot_of(target, circumstances)
        export_core(snapshot, core)
        return Kept(program, snapshot, core, child.facts["counter"])


def registers_of(pid: int) -> dict[str, int]:
    """Ask GDB, as its adapter does."""
    command = [gdb(), "-q", "-nx", "-batch", "-p", str(pid), "-ex", "info registers"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^(\w+) +0x([0-9a-f]+)\b", text, re.MULTILINE)
    return {name: int(value, 16) for name, value in rows}


def gdb() -> str:
    try:
        return find_gdb().path
    except DebuggerMissing as missing:
        pytest.skip(str(missing))


def lldb() -> str:
    try:
        return find_lldb().path
    except DebuggerMissing as missing:
        pytest.skip(str(missing))


def in_gdb(kept: Kept, *commands: str) -> str:
    words = [word for command in commands for word in ("-ex", command)]
    line = [gdb(), "-q", "-nx", "-batch", str(kept.program), str(kept.core), *words]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def in_lldb(kept: Kept, *commands: str) -> str:
    words = [word for command in commands for word in ("-o", command)]
    line = [lldb(), "--no-lldbinit", "-b", "-c", str(kept.core), str(kept.program), *words]
    return subprocess.run(line, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("ask", [in_gdb, in_lldb], ids=["gdb", "lldb"])
def test_a_debugger_shows_the_signal(kept: Kept, ask: Callable[..., str]) -> None:
    assert "SIGSEGV" in ask(kept, "thread list" if ask is in_lldb else "info threads")


@pytest.mark.slow
@pytest.mark.parametrize("ask", [in_gdb, in_lldb], ids=["gdb", "lldb"])
def test_an_image_of_a_core_is_exported_with_its_backtrace(
    kept: Kept, tmp_path: Path, ask: Callable[..., str]
) -> None:
    image, _ = image_of_core("back", kept.core, core_target(str(kept.core)))
    assert export_core(image, tmp_path / "again").threads == 1
    text = ask(kept._replace(core=tmp_path / "again"), "bt").replace(" (", "(")
    assert -1 not in [text.find(name) for name in ("innermost(n=42)", "middle(n=41)", "main")]


@pytest.mark.slow
@pytest.mark.parametrize("ask", [in_gdb, in_lldb], ids=["gdb", "lldb"])
def test_a_debugger_shows_the_backtrace_and_variables(kept: Kept, ask: Callable[..., str]) -> None:
    text = ask(kept, "bt", "p/x counter").replace(" (", "(")
    frames = [text.find(name) for name in ("innermost(n=42)", "middle(n=41)", "main")]
    assert -1 not in frames
    assert frames == sorted(frames)
    assert "0x1122334455667788" in text


@pytest.mark.slow
def test_gdb_reads_the_same_bytes(kept: Kept, tmp_path: Path) -> None:
    commands, files = [], []
    for number, section in enumerate(kept.snapshot.sections):
        path = tmp_path / str(number)
        commands.append(f"dump binary memory {path} {section.start:#x} {section.end:#x}")
        files.append((section, path))
    in_gdb(kept, *commands)
    assert files
    for section, path in files:
        assert path.read_bytes() == kept.snapshot.read(section.start, section.size)


@pytest.mark.slow
def test_lldb_reads_the_same_bytes(kept: Kept, tmp_path: Path) -> None:
    commands, files = [], []
    for number, section in enumerate(kept.snapshot.sections):
        path = tmp_path / str(number)
        commands.append(
            f"memory read --force --binary --outfile {path} --count {section.size} {section.start:#x}"
        )
        files.append((section, path))
    in_lldb(kept, *commands)
    for section, path in files:
        assert path.read_bytes() == kept.snapshot.read(section.start, section.size)


# --- other machines

MACHINES = {
    "i386": (3, Arch(4), {"eip": 0x401010, "esp": 0x402020, "ebx": 7, "xmm1": 5 << 64 | 9, "st1": 1 << 79}),
    "aarch64": (183, Arch(8), {"pc": 0x401010, "sp": 0x402020, "x7": 7, "v3": 5 << 64 | 9}),
    "powerpc:common": (20, Arch(4, "big"), {"pc": 0x401010, "r1": 0x402020, "r7": 7}),
}
PRINTED = {
    "i386": ("$eip $esp $ebx $xmm1.v2_int64[0] $xmm1.v2_int64[1] $st1", "0x80000000000000000000"),
    "aarch64": ("$pc $sp $x7 $v3.d.u[0] $v3.d.u[1]", ""),
    "powerpc:common": ("$pc $r1 $r7", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MACHINES)
def test_gdb_shows_the_registers_of_another_machine(tmp_path: Path, name: str) -> None:
    machine, arch, registers = MACHINES[name]
    order, wide = "<" if arch.endian == "little" else ">", arch.word_size == 8
    head = struct.pack(
        f"{order}16sHH", b"\x7fELF" + bytes([1 + wide, 1 if order == "<" else 2, 1]), 2, machine
    )
    program = Area(BASE, BASE + PAGE, Protection.parse("r-xp"), 0, "/a.out")
    about = Circumstances(
        AreaMap([program]), arch, pid=5, threads=(ThreadState(5, registers),), machine=Machine(machine)
    )
    snapshot = Snapshot(None, about, Coverage(0, 0, (), 0))
    snapshot.add_bytes(head, BASE)
    assert export_core(snapshot, tmp_path / "core").threads == 1
    words, last = PRINTED[name]
    commands = [
        f"set architecture {name}",
        f"core-file {tmp_path}/core",
        *(f"p/x {word}" for word in words.split()),
    ]
    options = [word for command in commands for word in ("-ex", command)]
    line = [find_multiarch_gdb().path, "-q", "-nx", "-batch", *options]
    text = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    printed = re.findall(r"^\$\d+ = (0x[0-9a-f]+)$", text, re.MULTILINE)
    wanted = ["0x401010", "0x402020", "0x7", "0x9", "0x5", last]
    assert printed == wanted[: len(printed)]
    assert len(printed) == len(words.split())


def test_registers_of_a_machine_that_is_not_known_are_not_written(tmp_path: Path) -> None:
    snapshot = Snapshot(
        None,
        Circumstances(
            arch=Arch(8, "big"), pid=5, threads=(ThreadState(5, {"pc": 1}),), machine=Machine(EM_S390)
        ),
        NOTHING,
    )
    snapshot.add_bytes(NOISE, BASE)
    assert export_core(snapshot, tmp_path / "core").threads == 0


# --- image_of_core


def test_an_exported_map_comes_back_whole(tmp_path: Path) -> None:
    """With names, kinds and sharing, which other core files can't tell."""
    pieces = [
        BufferArea(BASE, NOISE, "rw-p", "[heap]", 0, "heap"),
        BufferArea(BASE + 16 * PAGE, NOISE, "rw-s", "/dev/shm/x", 0),
    ]
    snapshot = snapshot_of(buffer_target(pieces))
    export_core(snapshot, tmp_path / "core")
    image, _ = image_of_core("back", tmp_path / "core", core_target(str(tmp_path / "core")))
    assert isinstance(image, Snapshot)
    assert [area._replace(source=None, kind=None) for area in image.map] == [
        area._replace(source=None, kind=None) for area in snapshot.map
    ]
    assert [area.kind for area in image.map] == ["heap", "shared"]


@pytest.mark.slow
def test_an_exported_snapshot_comes_back_as_an_image(kept: Kept) -> None:
    target = core_target(str(kept.core))
    image, left_out = image_of_core("back", kept.core, target)
    assert left_out == ()
    assert isinstance(image, Snapshot)
    assert image.circumstances.pid == kept.snapshot.circumstances.pid
    (thread,), (before,) = image.circumstances.threads, kept.snapshot.circumstances.threads
    assert (thread.tid, thread.signal) == (before.tid, before.signal) == (image.circumstances.pid, SIGSEGV)
    assert {name: thread.registers[name] for name in ("rip", "rsp", "rbx", "eflags")} == {
        name: before.registers[name] for name in ("rip", "rsp", "rbx", "eflags")
    }
    assert image.circumstances.auxv == kept.snapshot.circumstances.auxv
    result = diff(kept.snapshot, image)
    assert result.changes == ()
    assert image.read(kept.counter, 8) == (0x1122334455667788).to_bytes(8, "little")


def test_what_a_core_left_out_comes_from_the_files(tmp_path: Path) -> None:
    file, core = tmp_path / "file", tmp_path / "core"
    file.write_bytes(NOISE)
    target = buffer_target(
        [BufferArea(BASE, NOISE, "r--p", str(file)), BufferArea(BASE + 16 * PAGE, b"dumped", "rw-p")],
        absent=[(BASE, BASE + len(NOISE))],
    )
    export_core(snapshot_of(target), core)
    os.utime(file, (1, 1))
    image, left_out = image_of_core("back", core, core_target(str(core), trust_files=True))
    assert left_out == ()
    assert image.read(BASE, len(NOISE)) == NOISE
    assert image.read(BASE + 16 * PAGE, 6) == b"dumped"


def test_a_core_that_was_cut_off_gives_what_there_is(tmp_path: Path) -> None:
    image, core = Image(), tmp_path / "core"
    image.add_bytes(NOISE, BASE)
    export_core(image, core, like=LIKE)
    os.truncate(core, core.stat().st_size - PAGE)
    found, _ = image_of_core("cut", core, core_target(str(core)))
    assert found.read(BASE, 2 * PAGE) == NOISE[: 2 * PAGE]
    assert [each.size for each in found.sections] == [2 * PAGE]
    assert isinstance(found, Snapshot)
    assert found.coverage.searched == 2 * PAGE


def test_what_is_no_core_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    target = buffer_target([])
    with pytest.raises(SourceError):
        image_of_core("x", tmp_path / "text", target)


TERA, TOP = 1 << 40, 0x7FFF_0000_0000


@pytest.mark.parametrize(
    ("reserved", "largest"),
    [
        pytest.param(20 * TERA, 17 << 30, id="twenty terabytes, as sanitizers reserve"),
        pytest.param(3 << 30, 4 << 30, id="three gigabytes"),
        pytest.param(1 << 29, 1 << 30, id="half a gigabyte, which has a place of its own"),
    ],
)
def test_memory_that_was_never_touched_takes_no_room_in_the_file(tmp_path, reserved, largest):
    start = 0x1000_0000_0000
    used = buffer_target([BufferArea(TOP, NOISE, "rw-p")], machine=X86_64)
    areas = [Area(start, start + reserved, Protection.parse("rw-p"), 0, ""), *used.listers[0].areas()]
    untouched = AllUntouched(Range(start, start + reserved))
    about = Circumstances(AreaMap(areas), used.arch, machine=X86_64)
    taken = take_snapshot("s", areas, used.readers[0], PageStore(), about, untouched=untouched)
    path = tmp_path / "core"
    assert export_core(taken, path).content == reserved + len(NOISE)
    assert path.stat().st_size < largest
    assert path.stat().st_blocks * 512 < 1 << 20
    target = core_target(path)
    assert sum(area.end - area.start for area in target.listers[0].areas()) == reserved + len(NOISE)
    assert read(target, TOP, len(NOISE)) == NOISE
    for at in (start, start + reserved // 2, start + reserved - 16):
        assert read(target, at, 16) == bytes(16)
    assert not list(target.absent.absent(start, start + reserved))


def test_what_does_not_fit_in_32_bits_is_an_error_and_leaves_no_file(tmp_path):
    target = buffer_target(
        [BufferArea(0x1000, NOISE, "r--p", "/a", offset=(1 << 40) + 1)],
        arch=Arch(4),
        machine=Machine(EM_ARM),
    )
    with pytest.raises(InvalidArgument, match="fit in a core file of 32 bits"):
        export_core(snapshot_of(target), tmp_path / "core")
    assert not list(tmp_path.iterdir())
