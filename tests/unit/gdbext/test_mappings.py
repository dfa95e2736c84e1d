"""`info proc mappings` of GDB's versions and systems, as they print it."""

from __future__ import annotations

import pytest
from ptatlas.gdbext.mappings import parse_mappings

# `~` stands for a blank at the end of a line.
LINUX_64 = """\
process 25478
Mapped address spaces:

          Start Addr           End Addr       Size     Offset  Perms  objfile
      0x555555554000     0x555555555000     0x1000        0x0  r--p   /tmp/t/areas
      0x7fffb7d80000     0x7ffff7d80000 0x40000000        0x0  rw-p~~~
      0x7ffff7d82000     0x7ffff7d84000     0x2000        0x0  rw-s   /dev/zero (deleted)
      0x7ffffffde000     0x7ffffffff000    0x21000        0x0  rw-p   [stack]
  0xffffffffff600000 0xffffffffff601000     0x1000        0x0  --xp   [vsyscall]
""".replace("~", " ")
LINUX_32 = """\
process 4242
Mapped address spaces:

\tStart Addr   End Addr       Size     Offset  Perms   objfile
\t 0x8048000  0x8049000     0x1000        0x0  r-xp   /bin/a
\t0xfffdd000 0xffffe000    0x21000        0x0  rw-p   [stack]
"""
BEFORE_12 = """\
process 13
Mapped address spaces:

          Start Addr           End Addr       Size     Offset objfile
            0x400000           0x401000     0x1000        0x0 /bin/a
      0x7ffff7fc2000     0x7ffff7fc6000     0x4000        0x0~
      0x7ffff7fc6000     0x7ffff7fc8000     0x2000     0x1000 [vdso]
""".replace("~", " ")
# Tables: each column is as wide as its widest value, and one blank follows each, the last one too.
FROM_17 = (
    "process 13\nMapped address spaces:\n\n"
    "Start Addr         End Addr           Size               Offset             Perms File \n"
    "0x0000555555554000 0x0000555555555000 0x1000             0x0                r--p  /tmp/t/areas \n"
    "0x0000555555555000 0x0000555555556000 0x1000             0x1000             r-xp  /tmp/with a blank  \n"
    "0x00007ffff7fc2000 0x00007ffff7fc6000 0x4000             0x0                rw-p   \n"
)
CORE_FROM_17 = (
    "Mapped address spaces:\n\n"
    "Start Addr         End Addr           Size               Offset             File \n"
    "0x0000555555554000 0x0000555555555000 0x0000000000001000 0x0000000000000000 /tmp/t/a b \n"
)
FREEBSD_64 = """\
process 720
Mapped address spaces:

          Start Addr           End Addr       Size     Offset   Flags   File
            0x200000           0x208000     0x8000        0x0 r-- CN-- /bin/sleep
            0x20b000           0x20c000     0x1000        0x0 rw- ----~
      0x7fffdffff000     0x7ffffffdf000 0x1ffe0000        0x0 --- ----~
      0x7ffffffdf000     0x7ffffffff000    0x20000        0x0 rw- C--D~
      0x7ffffffff000     0x800000000000     0x1000        0x0 r-x ---- /tmp/shared file
""".replace("~", " ")
FREEBSD_32 = """\
process 720
Mapped address spaces:

\tStart Addr   End Addr       Size     Offset   Flags   File
\t0x8048000 0x8050000     0x8000        0x0 r-x CN-- /bin/sleep
"""


def told(text: str) -> list[tuple[object, ...]]:
    return [(a.start, a.end, a.perms, a.offset, a.path) for a in parse_mappings(text, "gdb")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            LINUX_64,
            [
                (0x555555554000, 0x555555555000, "r--p", 0, "/tmp/t/areas"),
                (0x7FFFB7D80000, 0x7FFFF7D80000, "rw-p", 0, ""),
                (0x7FFFF7D82000, 0x7FFFF7D84000, "rw-s", 0, "/dev/zero (deleted)"),
                (0x7FFFFFFDE000, 0x7FFFFFFFF000, "rw-p", 0, "[stack]"),
                (0xFFFFFFFFFF600000, 0xFFFFFFFFFF601000, "--xp", 0, "[vsyscall]"),
            ],
            id="Linux, 64 bits, GDB 12 to 16",
        ),
        pytest.param(
            LINUX_32,
            [
                (0x8048000, 0x8049000, "r-xp", 0, "/bin/a"),
                (0xFFFDD000, 0xFFFFE000, "rw-p", 0, "[stack]"),
            ],
            id="Linux, 32 bits, GDB 12 to 16",
        ),
        pytest.param(
            BEFORE_12,
            [
                (0x400000, 0x401000, "????", 0, "/bin/a"),
                (0x7FFFF7FC2000, 0x7FFFF7FC6000, "????", 0, ""),
                (0x7FFFF7FC6000, 0x7FFFF7FC8000, "????", 0x1000, "[vdso]"),
            ],
            id="Linux, without Perms",
        ),
        pytest.param(
            FROM_17,
            [
                (0x555555554000, 0x555555555000, "r--p", 0, "/tmp/t/areas"),
                (0x555555555000, 0x555555556000, "r-xp", 0x1000, "/tmp/with a blank "),
                (0x7FFFF7FC2000, 0x7FFFF7FC6000, "rw-p", 0, ""),
            ],
            id="Linux, the table of GDB 17",
        ),
        pytest.param(
            CORE_FROM_17,
            [(0x555555554000, 0x555555555000, "????", 0, "/tmp/t/a b")],
            id="a core file, GDB 17",
        ),
        pytest.param(
            FREEBSD_64,
            [
                (0x200000, 0x208000, "r--p", 0, "/bin/sleep"),
                (0x20B000, 0x20C000, "rw-?", 0, None),
                (0x7FFFDFFFF000, 0x7FFFFFFDF000, "---?", 0, None),
                (0x7FFFFFFDF000, 0x7FFFFFFFF000, "rw-p", 0, None),
                (0x7FFFFFFFF000, 0x800000000000, "r-xs", 0, "/tmp/shared file"),
            ],
            id="FreeBSD, 64 bits",
        ),
        pytest.param(FREEBSD_32, [(0x8048000, 0x8050000, "r-xp", 0, "/bin/sleep")], id="FreeBSD, 32 bits"),
    ],
)
def test_each_version_s_columns_are_found_by_their_meaning(text, expected):
    assert told(text) == expected


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param("", "", id="none"),
        pytest.param("/tmp/with blanks  in it", "/tmp/with blanks  in it", id="blanks within"),
        pytest.param("/tmp/trailing  ", "/tmp/trailing  ", id="blanks at the end"),
        pytest.param("/tmp/t\tab", "/tmp/t\tab", id="a tab"),
        pytest.param("/tmp/a\\012b", "/tmp/a\nb", id="a newline, as the kernel writes it"),
        pytest.param("/tmp/0x1000 0x2000 rw-p", "/tmp/0x1000 0x2000 rw-p", id="like a row"),
        pytest.param("/tmp/a\rb\x1b[31m\x0b\x85", "/tmp/a\rb\x1b[31m\x0b\x85", id="control characters"),
        pytest.param("/tmp/\udcff", "/tmp/\udcff", id="not UTF-8"),
        pytest.param("/tmp/gone (deleted)", "/tmp/gone (deleted)", id="deleted"),
        pytest.param("anon_inode:[perf_event]", "anon_inode:[perf_event]", id="a device's"),
    ],
)
def test_a_name_is_all_that_follows_the_columns(name, path):
    heading = "          Start Addr           End Addr       Size     Offset  Perms  objfile\n"
    row = f"            0x400000           0x401000     0x1000     0x2000  rw-p   {name}\n"
    assert told(heading + row) == [(0x400000, 0x401000, "rw-p", 0x2000, path)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("process 1\n", id="no table"),
        pytest.param("process 1\nwarning: unable to open /proc file '/proc/1/maps'\n", id="a warning"),
        pytest.param(
            "process 1\nMapped address spaces:\n\n"
            "          Start Addr           End Addr       Size     Offset  Perms  objfile\n",
            id="headings alone: the main thread has ended",
        ),
        pytest.param(
            "      0x555555554000     0x555555555000     0x1000        0x0  r--p   /a\n", id="a row alone"
        ),
    ],
)
def test_what_tells_no_areas_gives_none(text):
    assert told(text) == []


def test_what_isn_t_a_row_is_passed_over():
    assert told(LINUX_64.replace("0x7ffffffde000", "somewhere     ").replace("  rw-s  ", "  broken")) == [
        row for row in told(LINUX_64) if row[4] not in ("[stack]", "/dev/zero (deleted)")
    ]


def test_a_stack_is_known_where_freebsd_marks_it():
    assert [area.kind for area in parse_mappings(FREEBSD_64, "gdb")] == [None, None, None, "stack", None]


def test_areas_say_who_told_of_them():
    assert {area.source for area in parse_mappings(LINUX_64, "gdb")} == {"gdb"}


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("Start Addr  End Addr  Size  Size  objfile", id="a column twice"),
        pytest.param("Start Addr  End Addr  End  objfile", id="a column that begins the line, too"),
        pytest.param("Start Addr  End Addr  Si.ze  objfile", id="a name that is no word"),
    ],
)
def test_headings_by_which_columns_cannot_be_told_apart_are_none(line):
    assert told(f"{line}\n0x1000 0x2000 0x1000 0x0 /bin/a\n") == []
    assert told(f"{LINUX_32}{line}\n") == told(LINUX_32)


def test_a_row_of_unknown_columns_that_is_none_is_passed_over_soon():
    """Blanks and tabs between columns could be parts of columns, too, in as many ways as there are."""
    head = "Start Addr  End Addr  a  b  c  d\n"
    assert told(f"{head}0x1000 0x2000{chr(9) * 3000}x\n") == []
    assert told(f"{head}0x1000\t0x2000\t1 2\t3 4\n") == [(0x1000, 0x2000, "????", None, "")]
    assert told(f"Start Addr  End Addr{' ' * 3000}\n0x1000 0x2000\n") == []
