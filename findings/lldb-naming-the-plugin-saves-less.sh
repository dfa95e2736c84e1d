#!/bin/bash
# LLDB 23.1: `process save-core --plugin-name=minidump FILE` saves the stacks only, `process save-core FILE`, which writes
# a minidump too, all modified memory.
#
# Neither has a --style. The default style depends on whether the plugin is named, also where it is the one that LLDB
# takes anyway; `help process save-core` tells no default. (So it is in LLDB 20 to 23; LLDB 19 saves the stacks in both.)
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/lldb"
"$work/lldb/bin/python" -m pip install -q --disable-pip-version-check lldb-for-pwndbg==23.1.0.post2

cat >"$work/program.py" <<'PYTHON'
import ctypes, mmap, os, signal

libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
private = 0x100000 | mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
start = libc.mmap(ctypes.c_void_p(0x7D0000000000), ctypes.c_size_t(mmap.PAGESIZE), 3, private, -1, ctypes.c_long(0))
ctypes.memmove(start, b"MODIFIED MEMORY", 15)
os.kill(os.getpid(), signal.SIGSTOP)
PYTHON

cat >"$work/look.py" <<'PYTHON'
import lldb

def saved(debugger, options, name):
    live = debugger.GetSelectedTarget()
    debugger.HandleCommand(f"process save-core {options} {name}")
    with open(name, "rb") as file:
        head, size = file.read(4), file.seek(0, 2)
    error = lldb.SBError()
    content = debugger.CreateTarget("").LoadCore(name).ReadMemory(0x7D0000000000, 15, error)
    debugger.SetSelectedTarget(live)
    print(f"{options or 'without options':25} {head}, {size:,} bytes; memory: {content if error.Success() else error}")
    return head, content if error.Success() else None

def compare(debugger, command, result, internal):
    told = [saved(debugger, "", "plain.dmp"), saved(debugger, "--plugin-name=minidump", "named.dmp")]
    as_found = told == [(b"MDMP", b"MODIFIED MEMORY"), (b"MDMP", None)]
    print("BEHAVIOUR", "as found" if as_found else "changed")
PYTHON

cd "$work"
lldb/bin/lldb --version | head -n 1
lldb/bin/lldb --no-lldbinit -b -o 'settings set target.disable-aslr false' -o 'process launch' \
    -o 'command script import look.py' -o 'command script add -f look.compare compare' -o compare -o 'process kill' \
    -- "$(realpath lldb/bin/python)" program.py >said 2>&1 </dev/null || true
grep '^without\|^--plugin\|^BEHAVIOUR\|rror' said
grep -q '^BEHAVIOUR as found' said
