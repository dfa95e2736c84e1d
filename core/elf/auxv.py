"""The auxiliary vector: what the kernel passes to a program about itself (getauxval(3))."""

from __future__ import annotations

from collections.abc import Mapping

from ..arch import Arch, words_layout
from ..ranges import align_down

# Types of its entries.
AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_ENTRY = 3, 4, 5, 6, 7, 9
AT_PLATFORM, AT_RANDOM, AT_EXECFN, AT_SYSINFO_EHDR = 15, 25, 31, 33


def encode_auxv(entries: Mapping[int, int], arch: Arch) -> bytes:
    """Return a vector with these entries and AT_NULL at its end."""
    numbers = [number for entry in (*entries.items(), (0, 0)) for number in entry]
    return words_layout(arch.word_size, arch.endian, len(numbers)).pack(*numbers)


def parse_auxv(content: bytes, arch: Arch) -> dict[int, int]:
    """Return its entries by type, up to AT_NULL; an entry that is cut off is left out."""
    pair = words_layout(arch.word_size, arch.endian, 2)
    found: dict[int, int] = {}
    for key, value in pair.iter_unpack(content[: align_down(len(content), pair.size)]):
        if key == 0:
            break
        found[key] = value
    return found
