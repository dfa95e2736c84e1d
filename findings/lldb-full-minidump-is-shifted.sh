#!/bin/bash
# LLDB 23.1 (and 22.1): a full minidump of a process in which one area can be read in part gives wrong bytes for all areas
# behind it, silently.
#
# Areas with pages that can't be read are ordinary: a mapping that is longer than its file (here, a memfd), and since
# Linux 6.13 guard pages within an area (MADV_GUARD_INSTALL). LLDB announces the size of the part that can be read in
# the minidump's Memory64List, and writes none of it. As that list has sizes and one offset for all, each area behind
# is looked for too late in the file: LLDB itself reads another area's bytes there, and the announced sizes reach
# beyond the end of the file. LLDB 21 leaves such an area out of the list, and the rest is right.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/lldb"
"$work/lldb/bin/python" -m pip install -q --disable-pip-version-check lldb-for-pwndbg==23.1.0.post2

cat >"$work/program.py" <<'PYTHON'
import ctypes, mmap, os, signal

PAGE, BASE = mmap.PAGESIZE, 0x7D0000000000
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p

def area(number, flags, file=-1):
    place = ctypes.c_void_p(BASE + number * 16 * PAGE)
    return libc.mmap(place, ctypes.c_size_t(4 * PAGE), 3, flags | 0x100000, file, ctypes.c_long(0))

private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
file = os.memfd_create("data")
os.ftruncate(file, 2 * PAGE)
for number in range(4):
    start = area(number, mmap.MAP_SHARED, file) if number == 1 else area(number, private)
    for page in range(2 if number == 1 else 4):
        ctypes.memmove(start + page * PAGE, b"area %d page %d" % (number, page), 13)
os.kill(os.getpid(), signal.SIGSTOP)
PYTHON

cat >"$work/look.py" <<'PYTHON'
import struct
import lldb

PAGE, BASE = 4096, 0x7D0000000000

def first(process, address):
    error = lldb.SBError()
    content = process.ReadMemory(address, 13, error)
    return content if error.Success() else "can't be read"

def compare(debugger, command, result, internal):
    pages = [BASE + area * 16 * PAGE + page * PAGE for area in range(3) for page in range(4)]
    live = debugger.GetSelectedTarget().process
    truth = [first(live, at) for at in pages]
    debugger.HandleCommand("process save-core --plugin-name=minidump --style=full full.dmp")
    dump = debugger.CreateTarget("").LoadCore("full.dmp")
    saved = [first(dump, at) for at in pages]
    for at, was, read in zip(pages, truth, saved):
        print(f"{at:#x}  in the process: {was!s:20} in the minidump: {read!s:20}")
    wrong = [at for at, was, read in zip(pages, truth, saved) if read != was and read != "can't be read"]
    with open("full.dmp", "rb") as file:
        content = file.read()
    _, _, count, table = struct.unpack_from("<4sIII", content)
    streams = dict(struct.unpack_from("<I8x", content, table + 12 * n) + (table + 12 * n,) for n in range(count))
    at = struct.unpack_from("<8xI", content, streams[9])[0]
    ranges, base = struct.unpack_from("<QQ", content, at)
    end = base + sum(struct.unpack_from("<8xQ", content, at + 16 + 16 * n)[0] for n in range(ranges))
    print(f"the list of memory ends at {end:#x} of the file, the file at {len(content):#x}")
    print("BEHAVIOUR", "as found" if wrong and all(at >= BASE + 16 * PAGE for at in wrong) else "changed")
PYTHON

cd "$work"
lldb/bin/lldb --version | head -n 1
lldb/bin/lldb --no-lldbinit -b -o 'settings set target.disable-aslr false' -o 'process launch' \
    -o 'command script import look.py' -o 'command script add -f look.compare compare' -o compare -o 'process kill' \
    -- "$(realpath lldb/bin/python)" program.py >said 2>&1 </dev/null || true
grep '^0x7d\|^the list\|^BEHAVIOUR\|rror' said
grep -q '^BEHAVIOUR as found' said
