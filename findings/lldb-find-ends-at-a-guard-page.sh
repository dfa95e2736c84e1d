#!/bin/bash
# LLDB 23.1: `memory find` gives up the rest of an area behind a guard page, and says "no more matches within the range".
#
# Since Linux 6.13 an area may have guard pages within it (MADV_GUARD_INSTALL), which the map of areas doesn't tell of.
# The area's other pages are read as ever, and LLDB reads them too, in `memory read`. But `memory find` leaves the area at
# the first page that can't be read, without an error or a word, and goes on in the next one: "no more matches" is said
# of pages that nobody looked at.
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

private = 0x100000 | mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # MAP_FIXED_NOREPLACE
start = libc.mmap(ctypes.c_void_p(BASE), ctypes.c_size_t(4 * PAGE), 3, private, -1, ctypes.c_long(0))
for page in range(4):
    ctypes.memmove(start + page * PAGE, b"NEEDLE", 6)
if libc.madvise(ctypes.c_void_p(start + PAGE), ctypes.c_size_t(PAGE), 102):  # MADV_GUARD_INSTALL
    print("NO GUARD PAGES", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
PYTHON

cat >"$work/look.py" <<'PYTHON'
import re
import lldb

PAGE, BASE = 4096, 0x7D0000000000

def compare(debugger, command, result, internal):
    process = debugger.GetSelectedTarget().process
    truth = []
    for page in range(4):
        error = lldb.SBError()
        content = process.ReadMemory(BASE + page * PAGE, 6, error)
        print(f"page {page}: {content if error.Success() else error.GetCString()}")
        truth += [page] if content == b"NEEDLE" else []
    answer = lldb.SBCommandReturnObject()
    words = f"memory find -s NEEDLE -c 100 -- {BASE:#x} {BASE + 4 * PAGE:#x}"
    debugger.GetCommandInterpreter().HandleCommand(words, answer)
    said = (answer.GetOutput() or "") + (answer.GetError() or "")
    found = [(int(at, 16) - BASE) // PAGE for at in re.findall(r"found at location: (0x\w+)", said)]
    end = re.findall(r"no more matches.*", said)
    print(f"NEEDLE is in pages {truth}; `memory find -c 100` found it in {found} and said: {end}")
    print("BEHAVIOUR", "as found" if truth == [0, 2, 3] and found == [0] and end else "changed")
PYTHON

cd "$work"
lldb/bin/lldb --version | head -n 1
lldb/bin/lldb --no-lldbinit -b -o 'settings set target.disable-aslr false' -o 'process launch' \
    -o 'command script import look.py' -o 'command script add -f look.compare compare' -o compare -o 'process kill' \
    -- "$(realpath lldb/bin/python)" program.py >said 2>&1 </dev/null || true
if grep -q 'NO GUARD PAGES' said; then
    echo "can't be shown here: this kernel has no guard pages within areas" >&2
    exit 2
fi
grep '^page\|^NEEDLE\|^BEHAVIOUR\|rror' said
grep -q '^BEHAVIOUR as found' said
