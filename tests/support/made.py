"""Small objects of the public classes, each with something in it."""

from __future__ import annotations

from ptatlas.core import Asid, Image, Inferior, MemoryMap, Pool
from ptatlas.core.sources import BufferArea, buffer_target

BASE, PAGE = 0x10000, 0x1000
WORDS = (b"letter\0\0" + BASE.to_bytes(8, "little") + b"a third word\0").ljust(PAGE, b".")


def made_inferior() -> Inferior:
    """Return an inferior of two pages, of which one was never touched."""
    areas = [BufferArea(BASE, WORDS, "rw-p", "/tmp/a"), BufferArea(BASE + 4 * PAGE, bytes(PAGE), "r--p")]
    return Inferior(buffer_target(areas, untouched=[(BASE + 4 * PAGE, BASE + 5 * PAGE)]))


def made_map() -> MemoryMap:
    """Return a map of some words."""
    made = MemoryMap(8, "little")
    made.add_bytes(WORDS, BASE)
    return made


def made_image() -> Image:
    """Return an image of two address spaces."""
    made = Image("made")
    made.add_bytes(WORDS, BASE)
    made.add_bytes(b"other", BASE + PAGE, Asid(1, 2))
    return made


def made_pool() -> Pool:
    """Return a pool in memory, with a block at its key 1."""
    made = Pool.attach(base=BASE)
    made.set_key(1, made.malloc(16))
    return made
