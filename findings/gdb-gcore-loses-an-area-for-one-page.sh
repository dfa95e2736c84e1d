#!/bin/bash
# GDB 17.2: gcore writes zeros for an area in which one page can't be read, and the core file doesn't tell.
#
# Pages that can't be read in an area that allows reading are ordinary: the end of a mapping that is longer than its
# file (here, a memfd), and since Linux 6.13 guard pages within an area (MADV_GUARD_INSTALL). GDB reads an area in
# pieces of 1 MiB (gdb/gcore.c, gcore_copy_callback). When one can't be read throughout, it warns on the terminal and
# leaves this piece and all behind it in the area empty in the file: zeros, of pages that could be read too.
# generate-core-file then says "Saved corefile". GDB 18.1 goes on page by page.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/gdb"
"$work/gdb/bin/python" -m pip install -q --disable-pip-version-check gdb-for-pwndbg==17.2.0.post5

cat >"$work/program.py" <<'PYTHON'
import ctypes, mmap, os, signal

file = os.memfd_create("data")
os.ftruncate(file, 3 * mmap.PAGESIZE)
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
start = libc.mmap(None, ctypes.c_size_t(4 * mmap.PAGESIZE), 3, mmap.MAP_SHARED, file, ctypes.c_long(0))
for page in range(3):
    ctypes.memmove(start + page * mmap.PAGESIZE, b"CONTENT", 7)
with open("start", "w") as out:
    out.write(str(start))
os.kill(os.getpid(), signal.SIGTRAP)
PYTHON

cat >"$work/look.py" <<'PYTHON'
import gdb, mmap, struct

start = int(open("start").read())
pages = [start + n * mmap.PAGESIZE for n in range(4)]

def first(address):
    try:
        return bytes(gdb.selected_inferior().read_memory(address, 7))
    except gdb.MemoryError:
        return "can't be read"

truth = [first(address) for address in pages]
gdb.execute("generate-core-file core")
with open("core", "rb") as file:
    core = file.read()
offset, count = struct.unpack_from("<Q", core, 32)[0], struct.unpack_from("<H", core, 56)[0]
headers = [struct.unpack_from("<IIQQQQQQ", core, offset + 56 * n) for n in range(count)]
kind, flags, at, address, _, in_file, in_memory, _ = next(h for h in headers if h[0] == 1 and h[3] == start)
saved = [core[at + page - start : at + page - start + 7] for page in pages]
print("in the process:     ", truth)
print(f"PT_LOAD: p_vaddr {address:#x} p_filesz {in_file:#x} p_memsz {in_memory:#x}")
print("in the core file:   ", saved)
print("the area is all zeros there:", not any(core[at : at + in_file]))
as_found = truth[:3] == [b"CONTENT"] * 3 and in_file == in_memory and not any(core[at : at + in_file])
print("BEHAVIOUR", "as found" if as_found else "changed")
PYTHON

cd "$work"
gdb/bin/gdb --version | head -n 1
gdb/bin/gdb -nx -q -batch -iex 'set debuginfod enabled off' -iex 'set disable-randomization off' \
    -iex 'set confirm off' -ex run -x look.py -ex kill --args "$(realpath gdb/bin/python)" program.py >said 2>&1 </dev/null || true
grep '^in the\|^the area\|^warning: Memory\|^PT_LOAD\|^Saved\|^BEHAVIOUR' said
grep -q '^BEHAVIOUR as found' said
