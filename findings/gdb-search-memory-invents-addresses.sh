#!/bin/bash
# GDB 18.1: gdb.Inferior.search_memory over memory that can't be read returns a number that is no address of a match.
#
# The manual says: "Returns a Python Long containing the address where the pattern was found, or None if the pattern
# could not be found." Where the range can't be read, GDB warns on the terminal, and the method returns what an
# uninitialized variable holds: a script takes it for a hit. (The result is None, as it should be, over memory that
# can be read and doesn't hold the pattern.)
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/gdb"
"$work/gdb/bin/python" -m pip install -q --disable-pip-version-check gdb-for-pwndbg==18.1.0.post1

cat >"$work/ask.py" <<'PYTHON'
import gdb

PAGE, PATTERN = 0x1000, b"no such text"
process = gdb.selected_inferior()
with open(f"/proc/{process.pid}/maps") as maps:
    areas = [[int(word, 16) for word in line.split()[0].split("-")] + [line.split()[1]] for line in maps]
readable = next(start for start, end, perms in areas if perms.startswith("r"))
print("nothing is mapped below", hex(areas[0][0]), "and", hex(readable), "can be read")
wrong = []
for name, start in ("a page that can be read", readable), ("a page that isn't mapped", PAGE):
    try:
        content = bytes(process.read_memory(start, PAGE))
        truth = "does not hold it" if PATTERN not in content else "holds it"
    except gdb.MemoryError as error:
        truth = str(error)
    found = process.search_memory(start, PAGE, PATTERN)
    print(f"{name}, {start:#x}: {truth}; search_memory returned {found if found is None else hex(found)}")
    wrong.append(found is not None and not start <= found < start + PAGE)
print("BEHAVIOUR", "as found" if wrong == [False, True] else "changed")
PYTHON

"$work/gdb/bin/gdb" --version | head -n 1
"$work/gdb/bin/gdb" -nx -q -batch -iex 'set debuginfod enabled off' -iex 'set disable-randomization off' -iex 'set confirm off' \
    -ex 'starti' -x "$work/ask.py" -ex kill --args /bin/sleep 60 >"$work/said" 2>&1 </dev/null || true
grep -v '^Program stopped\|^0x\|^\[Inferior\|^$' "$work/said"
grep -q '^BEHAVIOUR as found' "$work/said"
