#!/bin/bash
# GDB 18.1: compare-sections says MIS-MATCHED of every section of a position-independent program that nobody changed.
#
# The command is documented to compare the data of each loadable section of the executable with the same section in
# the target's memory. It takes the sections' addresses from the file as they stand there (gdb/remote.c, compare_sections_command:
# bfd_section_lma), so of a program that was loaded elsewhere, as every PIE is, it reads at addresses such as 0x1050, where
# nothing is mapped. GDB itself knows where the sections are: `info files` shows them. The same source without PIE
# matches, but for what the dynamic linker writes. What can't be read counts as different.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/gdb"
"$work/gdb/bin/python" -m pip install -q --disable-pip-version-check gdb-for-pwndbg==18.1.0.post1

cd "$work"
printf '#include <stdio.h>\nint main(void) { return puts("hello"); }\n' >program.c
gcc -pie -fPIE -o moved program.c
gcc -no-pie -fno-pie -o fixed program.c

compared() {
    gdb/bin/gdb -nx -q -batch -iex 'set debuginfod enabled off' -ex 'tbreak main' -ex run \
        -ex 'compare-sections .text' -ex 'compare-sections .rodata' "./$1" 2>&1 | grep '^Section'
}

gdb/bin/gdb --version | head -n 1
echo "position-independent:"
compared moved | tee moved.told
echo "at a fixed address:"
compared fixed | tee fixed.told
if [ "$(grep -c 'range 0x[0-9a-f]\{4\} .*MIS-MATCHED' moved.told)" = 2 ] && [ "$(grep -c ': matched' fixed.told)" = 2 ]; then
    echo "BEHAVIOUR as found"
else
    echo "BEHAVIOUR changed"
    exit 1
fi
