"""Core files made from the documented layouts: any byte order, word size and machine, whole or damaged."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

EM_386, EM_MIPS, EM_PPC, EM_PPC64, EM_S390, EM_ARM = 3, 8, 20, 21, 22, 40
EM_X86_64, EM_AARCH64, EM_RISCV, EM_LOONGARCH = 62, 183, 243, 258
EM_SPARCV9, EM_IA_64 = 43, 50
ET_EXEC, ET_DYN, ET_CORE = 2, 3, 4
PT_LOAD, PT_DYNAMIC, PT_NOTE, PT_PHDR = 1, 2, 4, 6
NT_PRSTATUS, NT_PRPSINFO, NT_AUXV, NT_FILE, NT_PROCSTAT_VMMAP = 1, 3, 6, 0x46494C45, 10
PAGE = 4096


class Segment(NamedTuple):
    address: int
    content: bytes
    perms: str
    memory_size: int
    kind: int


class CoreBuilder:
    """Collects segments and notes; `build` lays them out as a file: headers, notes, contents."""

    def __init__(self, word_size: int = 8, endian: str = "little", machine: int = EM_X86_64) -> None:
        self.word_size, self.endian, self.machine = word_size, endian, machine
        self.order = "<" if endian == "little" else ">"
        self.word = "Q" if word_size == 8 else "I"
        self.type = ET_CORE
        self.segments: list[Segment] = []
        self.notes = b""
        self.page_aligned = False
        """Contents begin at multiples of the page, as the kernel writes them."""

    def pack(self, letters: str, *values: object) -> bytes:
        """Pack in the core's byte order, `W` for a word."""
        return struct.pack(self.order + letters.replace("W", self.word), *values)

    def load(
        self, address: int, content: bytes = b"", perms: str = "rw-", size: int | None = None
    ) -> CoreBuilder:
        """Add memory of `size` bytes, the content's if None, of which the file holds the content."""
        self.segments.append(
            Segment(address, content, perms, len(content) if size is None else size, PT_LOAD)
        )
        return self

    def note(self, owner: bytes, kind: int, content: bytes, align: int = 4) -> CoreBuilder:
        """Add a note (elf(5), "Notes")."""
        head = self.pack("III", len(owner) + 1, len(content), kind)
        self.notes += _padded(head + owner + b"\0", align) + _padded(content, align)
        return self

    def files(self, *mappings: tuple[int, int, int, bytes], page_size: int = PAGE) -> CoreBuilder:
        """Add NT_FILE: `(start, end, offset in bytes, name)` each."""
        content = self.pack("WW", len(mappings), page_size)
        for start, end, offset, _ in mappings:
            content += self.pack("WWW", start, end, offset // page_size)
        return self.note(b"CORE", NT_FILE, content + b"".join(name + b"\0" for *_, name in mappings))

    def auxv(self, **values: int) -> CoreBuilder:
        """Add NT_AUXV: names without AT_, ended by AT_NULL."""
        pairs = [(_AUXV[name], value) for name, value in values.items()]
        return self.note(b"CORE", NT_AUXV, b"".join(self.pack("WW", *pair) for pair in [*pairs, (0, 0)]))

    def process(self, pid: int, name: bytes, command: bytes = b"") -> CoreBuilder:
        """Add NT_PRPSINFO: struct elf_prpsinfo with the user identifiers that most machines have."""
        if self.word_size == 8:
            content = struct.pack(self.order + "4x4x8x8xi12x", pid)
        else:
            content = struct.pack(self.order + "4x4x4xi12x", pid)
        content += name.ljust(16, b"\0") + command.ljust(80, b"\0")
        return self.note(b"CORE", NT_PRPSINFO, content)

    def thread(self, tid: int, registers: bytes) -> CoreBuilder:
        """Add NT_PRSTATUS: struct elf_prstatus around the machine's registers."""
        return self.note(b"CORE", NT_PRSTATUS, self.status(tid, registers))

    def status(self, tid: int, registers: bytes) -> bytes:
        """struct elf_prstatus of linux/elfcore.h, padded to the alignment of a word."""
        head = bytes(12) + bytes(2) + bytes(2) + bytes(2 * self.word_size)
        head += self.pack("iiii", tid, 1, 1, 1) + bytes(8 * self.word_size)
        # Where a register has 8 bytes, and on s390, the structure is aligned to 8.
        wide = self.word_size == 8 or self.machine in (EM_X86_64, EM_S390)
        return _padded(head + registers + bytes(4), 8 if wide else 4)

    def vm_entry(
        self,
        start: int,
        end: int,
        perms: str,
        kind: int = 1,
        flags: int = 0,
        offset: int = 0,
        path: bytes = b"",
        inode: int = 0,
    ) -> bytes:
        """FreeBSD's struct kinfo_vmentry (sys/user.h), its path cut short and padded as the kernel does."""
        name = _padded(path + b"\0", 8)
        first = self.pack("iiQQQQ", 136 + len(name), kind, start, end, offset, inode)
        second = self.pack("Iiiiiiii", 0, flags, 1, 1, _bits(perms, "rwx"), 1, 0, 0)
        return first + second + self.pack("QIHHQQ", 0, 0, 0, 0, 0, 0) + bytes(32) + name

    def vm_map(self, *entries: bytes) -> CoreBuilder:
        """Add FreeBSD's NT_PROCSTAT_VMMAP: the size of a structure, then the entries."""
        return self.note(b"FreeBSD", NT_PROCSTAT_VMMAP, self.pack("i", 136 + 1024) + b"".join(entries))

    def build(self, *, xnum: bool = False) -> bytes:
        """Return the file. With `xnum`, section header 0 has the number of program headers."""
        segments = [Segment(0, self.notes, "r--", 0, PT_NOTE)] if self.notes else []
        segments += self.segments
        header_size, entry_size = (64, 56) if self.word_size == 8 else (52, 32)
        section = self.pack("IIWWWWIIWW", 0, 0, 0, 0, 0, 0, 0, len(segments), 0, 0) if xnum else b""
        table_at = header_size + len(section)
        at = table_at + entry_size * len(segments)
        table, contents = [], []
        for segment in segments:
            gap = bytes(-at % PAGE if self.page_aligned and segment.content else 0)
            table.append(self._program_header(segment, at + len(gap)))
            contents.append(gap + segment.content)
            at += len(contents[-1])
        ident = b"\x7fELF" + bytes([self.word_size // 4, 1 if self.endian == "little" else 2, 1])
        header = ident.ljust(16, b"\0") + self.pack(
            "HHIWWWIHHHHHH",
            self.type, self.machine, 1, 0, table_at, header_size if xnum else 0, 0, header_size, entry_size,
            0xFFFF if xnum else len(segments), len(section), 1 if xnum else 0, 0,
        )  # fmt: skip
        return b"".join([header, section, *table, *contents])

    def _program_header(self, segment: Segment, offset: int) -> bytes:
        flags = _bits(segment.perms, "xwr")
        place = (offset, segment.address, 0, len(segment.content), segment.memory_size)
        if self.word_size == 8:
            return self.pack("IIQQQQQQ", segment.kind, flags, *place, 0)
        return self.pack("IIIIIIII", segment.kind, *place, flags, 0)

    def write(self, path: Path) -> str:
        """Write the file; return its name."""
        path.write_bytes(self.build())
        return str(path)


_AUXV = {
    "PHDR": 3, "PHENT": 4, "PHNUM": 5, "PAGESZ": 6, "BASE": 7, "ENTRY": 9, "RANDOM": 25, "EXECFN": 31,
    "SYSINFO_EHDR": 33,
}  # fmt: skip


def _bits(perms: str, letters: str) -> int:
    """The bits of a protection whose letters stand for 1, 2 and 4 in this order."""
    return sum(1 << place for place, letter in enumerate(letters) if letter in perms)


def _padded(data: bytes, align: int) -> bytes:
    return data + bytes(-len(data) % align)


def elf_image(
    build_id: bytes | None,
    *,
    size: int = 2 * PAGE,
    fill: int = 0x5A,
    word_size: int = 8,
    endian: str = "little",
) -> bytes:
    """An ELF library whose notes hold the build-id, if any; the rest of its `size` bytes is `fill`."""
    image = CoreBuilder(word_size, endian)
    image.type = ET_DYN
    if build_id is not None:
        image.note(b"GNU", 3, build_id)
    return image.build().ljust(size, bytes([fill]))
