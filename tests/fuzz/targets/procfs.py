"""The texts of /proc, which gVisor, qemu-user and other kernels write, too."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path

from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.kinds import classify
from ptatlas.core.ranges import Range
from ptatlas.core.sources.procfs.auxv import ProcfsAuxv
from ptatlas.core.sources.procfs.began import process_began
from ptatlas.core.sources.procfs.clock import ProcessClock
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.maps import parse_maps
from ptatlas.core.sources.procfs.pages import PagemapFile
from ptatlas.core.sources.procfs.smaps import flagged_areas, huge_page_sizes, parse_smaps, supplied_areas
from ptatlas.core.sources.procfs.tags import ignored_bits
from ptatlas.core.sources.procfs.threads import ProcfsThreads
from support.proc_folder import STAT, ProcFolder

from fuzz.target import Choices, Target

MAPS = b"""\
00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus daemon
00e03000-00e24000 rw-p 00000000 00:00 0           [heap]
35b1a21000-35b1a22000 rw-s 00021000 08:02 135870  /dev/a\\012b (deleted)
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
"""
SMAPS = b"""\
00e03000-00e24000 rw-p 00000000 00:00 0           [heap]
Size:                132 kB
KernelPageSize:     2048 kB
Rss:                   4 kB
Pss:                   4 kB
Shared_Dirty:          0 kB
Private_Dirty:         4 kB
Swap:                  0 kB
VmFlags: rd wr mr mw me ac um ht
"""


def use_maps(data: bytes) -> None:
    """Read a map, and classify what it lists."""
    areas = parse_maps(data)
    classify(AreaMap(sorted(areas)))


def use_smaps(data: bytes) -> None:
    """Read smaps for all that is asked of it."""
    list(parse_smaps(data))
    list(flagged_areas(data, (b"um", b"ht")))
    list(supplied_areas(data))
    huge_page_sizes(data)


class _Folder:
    """The folder, which is made when it is first needed."""

    @cached_property
    def _folder(self) -> ProcFolder:
        self._kept = tempfile.TemporaryDirectory(prefix="ptatlas-fuzz-", dir="/dev/shm")
        return ProcFolder(Path(self._kept.name) / "7")

    def holding(self, name: str, content: bytes) -> ProcessHandle:
        """Return a handle of the process, one of whose files has this content."""
        return self._folder.holding(name, content)


_FOLDER = _Folder()


def use_file(data: bytes) -> None:
    """Read one of the small files."""
    choices = Choices(data)
    name, read = choices.one_of(
        ("stat", process_began),
        ("status", lambda process: ignored_bits(process, 62)),
        ("auxv", lambda process: ProcfsAuxv(process).auxv()),
        ("task/7/pagemap", _scan),
        ("task/7/status", lambda process: ProcessClock(process).now()),
        ("task/7/syscall", lambda process: ProcfsThreads(process).threads()),
        ("task/7/comm", lambda process: ProcfsThreads(process).names()),
        ("task/7/stat", lambda process: process.elect()),
    )
    read(_FOLDER.holding(name, choices.rest))
    _FOLDER.holding("task/7/stat", STAT)


def _scan(process: ProcessHandle) -> None:
    _FOLDER.holding("task/7/stat", STAT)
    pages = PagemapFile(process)
    for scan in (pages.missing, pages.private):
        found = list(scan([Range(0, 1 << 20), Range(1 << 63, (1 << 63) + 4096)]))
        assert all(part.start < part.end <= 1 << 20 for part in found)


STATUS = (
    b"State:\tS (sleeping)\nvoluntary_ctxt_switches:\t1\nnonvoluntary_ctxt_switches:\t2\nuntag_mask:\t0xff\n"
)
_FILES = (
    STAT,
    STATUS,
    bytes(64),
    b"\x80\0\0\0\0\0\0\x81" * 9,
    STATUS,
    b"202 0x1 0x7ffd 0x7f\n",
    b"name\n",
    STAT,
)

TARGETS = (
    Target(
        "proc-files",
        use_file,
        tuple(bytes([n]) + text for n, text in enumerate(_FILES)),
        (b"untag_mask:\t0x",),
    ),
    Target("proc-maps", use_maps, (MAPS,), (b" (deleted)", b"\\012", b"rw-p", b"[stack]")),
    Target("proc-smaps", use_smaps, (SMAPS, SMAPS + SMAPS), (b"VmFlags:", b" um", b" ht", b" kB\n")),
)
