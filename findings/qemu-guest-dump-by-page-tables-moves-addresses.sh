#!/bin/bash
# qemu 7.2: `dump-guest-memory -p` puts the lower half of the guest's address space where no address can be.
#
# With paging, the ELF core that qemu writes has virtual addresses, found by walking the first processor's page tables.
# On x86-64 the top 16 bits of each are set, whichever half it is in (target/i386/arch_memory_mapping.c, walk_pml4e): a
# page that the guest has at 0x40000000 has p_vaddr 0xffff000040000000, which isn't canonical. All that belongs to a
# user process, and any identity mapping, is at a wrong address; what is in the upper half is right.
#
# The guest is 200 bytes of code: it turns paging on, with the same 2 MiB at 0, 0x40000000 and 0xffffffff80000000.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
version=1:7.2+dfsg-7+deb12u18+b3
# All that it needs, its C library too, as if nothing were installed.
apt-get -s -o Dir::State::status=/dev/null install --no-install-recommends "qemu-system-x86=$version" |
    awk '/^Inst/ { print $2 }' | sed "s/^qemu-system-x86\$/&=$version/" >packages
(umask 022; xargs apt-get download <packages) >downloaded 2>&1 || { tail -n 3 downloaded >&2; exit 2; }
for package in *.deb; do dpkg -x "$package" root; done

cat >guest.py <<'PYTHON'
"""An ELF file that qemu starts as a multiboot kernel (Multiboot Specification 0.6.96)."""
import struct

BASE, PML4, PDPT, PDPT_HIGH, PD, GDT, NEEDLE = 0x100000, 0x101000, 0x102000, 0x103000, 0x104000, 0x105000, 0x106000
code = bytes.fromhex(
    "b800101000 0f22d8"  # mov $PML4, %eax; mov %eax, %cr3
    "0f20e0 83c820 0f22e0"  # cr4 |= PAE
    "b9800000c0 0f32 0d00010000 0f30"  # EFER |= LME
    "0f20c0 0d00000080 0f22c0"  # cr0 |= PG
    "0f011520501000"  # lgdt GDT + 0x20
    "ea44001000 0800"  # ljmp $8, $BASE + 0x44
    "f4 ebfd"  # 64-bit code: hlt; jmp back
)
memory = bytearray(NEEDLE - BASE + 0x1000)
memory[:12] = struct.pack("<III", 0x1BADB002, 3, -(0x1BADB002 + 3) & 0xFFFFFFFF)
memory[12 : 12 + len(code)] = code

def put(address, *entries):
    struct.pack_into(f"<{len(entries)}Q", memory, address - BASE, *entries)

put(PML4, PDPT | 3)
put(PML4 + 511 * 8, PDPT_HIGH | 3)
put(PDPT, PD | 3, PD | 3)  # at 0 and at 0x40000000
put(PDPT_HIGH + 510 * 8, PD | 3)  # at 0xffffffff80000000
put(PD, 0x83)  # 2 MiB from physical address 0
put(GDT, 0, 0x00209A0000000000, 0x0000920000000000)
struct.pack_into("<HI", memory, GDT + 0x20 - BASE, 23, GDT)
memory[NEEDLE - BASE : NEEDLE - BASE + 6] = b"NEEDLE"
header = b"\x7fELF\1\1\1".ljust(16, b"\0")
header += struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, BASE + 12, 52, 0, 0, 52, 32, 1, 0, 0, 0)
header += struct.pack("<IIIIIIII", 1, 0x1000, BASE, BASE, len(memory), len(memory), 7, 0x1000)
with open("guest", "wb") as file:
    file.write(header.ljust(0x1000, b"\0") + memory)
PYTHON
python3 guest.py

cat >look.py <<'PYTHON'
import json, os, struct, subprocess

root = os.path.abspath("root")
libraries = f"{root}/lib/x86_64-linux-gnu:{root}/usr/lib/x86_64-linux-gnu"
linker = f"{root}/lib64/ld-linux-x86-64.so.2"
qemu = [linker, "--library-path", libraries, f"{root}/usr/bin/qemu-system-x86_64"]
print(subprocess.run([*qemu, "--version"], capture_output=True, text=True).stdout.splitlines()[0])
words = ["-accel", "tcg", "-m", "16", "-display", "none", "-nodefaults", "-vga", "none", "-kernel", "guest"]
words += ["-L", f"{root}/usr/share/seabios", "-L", f"{root}/usr/share/qemu", "-qmp", "stdio"]
environment = {**os.environ, "QEMU_MODULE_DIR": f"{root}/usr/lib/x86_64-linux-gnu/qemu"}
machine = subprocess.Popen([*qemu, *words], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

def ask(command, **arguments):
    machine.stdin.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    machine.stdin.flush()
    for line in machine.stdout:
        answer = json.loads(line)
        if "return" in answer or "error" in answer:
            return answer.get("return", answer)

def monitor(line):
    return ask("human-monitor-command", **{"command-line": line})

ask("qmp_capabilities")
while "HLT=1" not in monitor("info registers") or "40000000" not in monitor("info mem"):
    pass
print("the guest's map, as `info mem` tells it:", *monitor("info mem").split("\r\n")[:3], sep="\n  ")
print("at 0x40106000 it has:", monitor("x /6c 0x40106000").splitlines()[0])
ask("dump-guest-memory", paging=True, protocol="file:core")
ask("quit")
with open("core", "rb") as file:
    core = file.read()
offset, count = struct.unpack_from("<Q", core, 32)[0], struct.unpack_from("<H", core, 56)[0]
headers = [struct.unpack_from("<IIQQQQQQ", core, offset + 56 * n) for n in range(count)]
found = sorted(header[3] for header in headers if header[0] == 1)
print("p_vaddr in the dump:", *map(hex, found))
as_found = found == [0xFFFF000000000000, 0xFFFF000040000000, 0xFFFFFFFF80000000]
print("BEHAVIOUR", "as found" if as_found else "changed")
PYTHON
timeout 120 python3 look.py | tee said
grep -q '^BEHAVIOUR as found' said
