#!/bin/bash
# Valgrind 3.19: its core files have zeros, announced as content, for memory that the program forbade itself to read.
#
# When a program dies, Valgrind writes a core file of it. Every segment has p_filesz equal to p_memsz, so all of it is
# said to be there; but what Valgrind itself can't read it leaves empty, and it can't read what is PROT_NONE at that
# moment (coregrind/m_coredump/coredump-elf.c, make_elf_coredump, drops what VG_(write) returns). A JIT's, a garbage collector's or
# an allocator's protected pages are zeros in such a core, where the kernel's own has their content.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(umask 022; apt-get download valgrind=1:3.19.0-1) >downloaded 2>&1 || { cat downloaded >&2; exit 2; }
dpkg -x valgrind_*.deb root
export VALGRIND_LIB=$work/root/usr/libexec/valgrind

cat >program.py <<'PYTHON'
import ctypes, mmap, os

PAGE, BASE = mmap.PAGESIZE, 0x7D0000000000
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
private = 0x100000 | mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # MAP_FIXED_NOREPLACE
with open("/proc/self/mem", "rb") as memory:
    for page, protection in enumerate((0, mmap.PROT_READ)):
        place, size = ctypes.c_void_p(BASE + page * PAGE), ctypes.c_size_t(PAGE)
        start = libc.mmap(place, size, 3, private, -1, ctypes.c_long(0))
        ctypes.memmove(start, b"CONTENT", 7)
        libc.mprotect(place, size, protection)
        memory.seek(start)
        print(f"in the process: {start:#x}, protection {protection}: {memory.read(7)}", flush=True)
os.abort()
PYTHON

cat >look.py <<'PYTHON'
import glob, struct

(name,) = glob.glob("vgcore.*")
with open(name, "rb") as file:
    core = file.read()
offset, count = struct.unpack_from("<Q", core, 32)[0], struct.unpack_from("<H", core, 56)[0]
told = []
for n in range(count):
    kind, flags, at, address, _, in_file, in_memory, _ = struct.unpack_from("<IIQQQQQQ", core, offset + 56 * n)
    if kind == 1 and 0x7D0000000000 <= address < 0x7D0000002000:
        told.append((flags, in_file == in_memory, core[at : at + 7]))
        print(f"in the core: {address:#x}, p_flags {flags}, p_filesz {in_file:#x}, p_memsz {in_memory:#x}: {told[-1][2]}")
as_found = told == [(0, True, bytes(7)), (4, True, b"CONTENT")]
print("BEHAVIOUR", "as found" if as_found else "changed")
PYTHON

root/usr/bin/valgrind.bin --version
ulimit -c unlimited
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
{ root/usr/bin/valgrind.bin --tool=none -q "$python" program.py; } 2>/dev/null || true
python3 look.py | tee said
grep -q '^BEHAVIOUR as found' said
