"""Images, snapshots and differences: beside libipt, beside a plain copy, and at what speed."""

from __future__ import annotations

import mmap
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.capture.page_store import PageStore
from ptatlas.core.images.diff.diff import diff
from ptatlas.core.images.diff.sides import LiveSide
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.snapshot import Circumstances, Snapshot
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.ports.memory import MemoryReader
from ptatlas.core.sources.procfs.process import process_target
from sessions import Child, Figure, child
from support.libipt import LibiptImage, load_libipt

FEW, MANY, ADDED = 1_000, 100_000, 1_000
MEBIBYTES = 1024
CHUNK = 1 << 20
ROUNDS = 3
SPACING = 0x1000


def figures() -> Iterator[Figure]:
    """Sections among few and many, then a GiB of noise."""
    yield from _sections()
    with child("random_memory.c", MEBIBYTES) as memory:
        yield from _memory(memory)


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


# --- sections


def _sections() -> Iterator[Figure]:
    path = Path(__file__)
    few, many = _image(FEW), _image(MANY)
    places = random.Random(1).sample(range(FEW), ADDED)
    among_few = seconds(lambda: _add(few, path, places))
    among_many = seconds(lambda: _add(many, path, [place * (MANY // FEW) for place in places]))
    yield Figure(f"{ADDED} sections among {MANY:,}", among_many, among_few, f"among {FEW:,}", 3.0)
    library = load_libipt()
    if library is not None:
        theirs = _libipt(library, path, places)
        yield Figure(f"{ADDED} sections among {MANY:,}", among_many, theirs, "libipt", 1.0)
    reads = [place * SPACING for place in places]
    among_few = min(seconds(lambda: [few.find(address) for address in reads]) for _ in range(ROUNDS))
    reads = [address * (MANY // FEW) for address in reads]
    among_many = min(seconds(lambda: [many.find(address) for address in reads]) for _ in range(ROUNDS))
    yield Figure(f"{ADDED} finds among {MANY:,}", among_many, among_few, f"among {FEW:,}", 3.0)


def _image(count: int) -> Image:
    image = Image()
    for place in random.Random(0).sample(range(count), count):
        image.add_bytes(b"0123456789abcdef", place * SPACING)
    return image


def _add(image: Image, path: Path, places: list[int]) -> None:
    """Split a section each time."""
    for place in places:
        image.add_file(path, 0, 4, place * SPACING + 4)


def _libipt(library: object, path: Path, places: list[int]) -> float:
    image = LibiptImage(library)
    name = str(path)
    for place in range(MANY):
        # Disjoint sections come in ascending order, which is the fastest that libipt's list can do.
        image.add_file(name, 0, 16, place * SPACING, None)
    taken = seconds(
        lambda: [image.add_file(name, 0, 4, place * (MANY // FEW) * SPACING + 4, None) for place in places]
    )
    image.close()
    return taken


# --- memory


def _memory(memory: Child) -> Iterator[Figure]:
    area = Area(memory.address, memory.address + memory.size)
    reader = process_target(memory.pid).readers[0]
    rounds = [_round(memory, area, reader) for _ in range(ROUNDS)]
    copy, first, again, compared = (min(times) for times in zip(*rounds))
    work = f"of {MEBIBYTES} MiB of noise"
    yield Figure(f"a snapshot {work}", first, copy, "process_vm_readv", 2.0)
    yield Figure(f"a second snapshot {work}", again, copy, "process_vm_readv", 2.0)
    yield Figure(f"a diff {work}", compared, memory.size / 2e9, "2 GB/s", 1.0)


def _round(memory: Child, area: Area, reader: MemoryReader) -> tuple[float, float, float, float]:
    """Copy, take a snapshot, take another, change a little, compare; in seconds each."""
    store = PageStore()
    snapshots: list[Snapshot] = []
    copy = seconds(lambda: _copy(reader, memory))
    first, again = (seconds(lambda: snapshots.append(_snapshot(reader, area, store))) for _ in range(2))
    _scribble(memory)
    return copy, first, again, seconds(lambda: diff(snapshots[0], LiveSide([area], reader)))


def _copy(reader: MemoryReader, memory: Child) -> None:
    """What a program does that keeps a copy: read all into memory that is new."""
    with (
        mmap.mmap(-1, memory.size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as copy,
        memoryview(copy) as view,
    ):
        for start in range(0, memory.size, CHUNK):
            with view[start : start + CHUNK] as part:
                reader.read_into(memory.address + start, part)


def _snapshot(reader: MemoryReader, area: Area, store: PageStore) -> Snapshot:
    return take_snapshot(None, [area], reader, store, Circumstances(AreaMap([area])))


def _scribble(memory: Child) -> None:
    """Change a byte in a few hundred pages, as a program would between two looks."""
    places = random.Random(2).sample(range(memory.size // 4096), 300)
    handle = os.open(f"/proc/{memory.pid}/mem", os.O_RDWR)
    try:
        for place in places:
            os.pwrite(handle, b"!", memory.address + place * 4096 + place % 4096)
    finally:
        os.close(handle)
