"""Stores that were damaged, or made to mislead: right content or one of our errors, and nothing else ever."""

from __future__ import annotations

import random
import signal
import struct
from pathlib import Path

import pytest
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.snapshot import Circumstances, Snapshot, ThreadState
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.memory.memory_map import MemoryMap
from ptatlas.core.pool import Pool
from ptatlas.core.store.records import read_catalogue
from ptatlas.core.store.survey import check_store, figures, keys
from ptatlas.core.walk.coverage import Coverage
from support.mutated import PROCESSES, OnlyOurErrors, in_processes
from support.pool_mutations import damaged

pytestmark = pytest.mark.slow

DAMAGED = 600
FORGED = 600
SAVED_MAPS = 400
PATIENCE = 60
PAGE = 4096

Content = dict[str, dict[int, bytes]]


def good_store(path: Path, file: Path) -> Content:
    """A store with everything in it: shared pages, zeros, files, address spaces, a snapshot."""
    rnd = random.Random(5)
    shared, own = rnd.randbytes(30 * PAGE), rnd.randbytes(3 * PAGE + 77)
    file.write_bytes(rnd.randbytes(3000))
    snapshot = Snapshot("snap", circumstances(), Coverage(1, 2, (), 3))
    plain = Image("plain")
    content: Content = {
        "snap": {0x10000: shared + bytes(5 * PAGE) + shared[: 3 * PAGE]},
        "plain": {0x900000: shared[5 * PAGE :] + own, 2**64 - 100: b"t" * 100},
    }
    for image in (snapshot, plain):
        for address, data in content[image.name or ""].items():
            image.add_bytes(data, address)
    plain.add_file(file, 100, 2000, 0x5000)
    content["plain"][0x5000] = file.read_bytes()[100:2100]
    images = Images()
    images.attach(path)
    for image in (snapshot, plain):
        images[image.name or ""] = image
        images.save(image.name or "", path)
    images.detach(path)
    return content


def circumstances() -> Circumstances:
    areas = AreaMap([Area(0x10000, 0x40000, path="[heap]", kind="heap"), Area(0x900000, 2**64)])
    return Circumstances(areas, threads=(ThreadState(1, {"rip": 5}),), auxv=b"auxv")


def is_right(images: Images, content: Content) -> bool:
    """Whether these are exactly the images."""
    if sorted(images) != sorted(content):
        return False
    return all(
        images[name].read(address, len(data)) == data
        for name, places in content.items()
        for address, data in places.items()
    )


def look(images: Images) -> None:
    """Read all that there is, whatever it is; of huge sections their ends."""
    images.listed()
    for name in list(images):
        image = images[name]
        for section in image.sections[:50]:
            for address in {section.start, max(section.start, section.end - 70_000)}:
                image.read_into(address, memoryview(bytearray(min(70_000, section.end - address))))


def use(path: Path) -> None:
    """Change the store in all ways, whatever it holds."""
    images = Images()
    images.attach(path)
    images["new"] = Image("new")
    images["new"].add_bytes(b"new" * 5000, 0x1000)
    images.save("new", path)
    for name in list(images):
        with images.changing(name) as image:
            image.add_bytes(b"changed", 0x10000)
    for name in list(images)[::2]:
        del images[name]
    images.detach(path)


def verdict(path: Path, content: Content, *, must_be_right: bool) -> str | None:
    """What is wrong about how the file was taken, if anything is."""
    told, images = OnlyOurErrors(), Images()
    with told:
        store = images.attach(path, read_only=True).store
        with told:
            if must_be_right and not is_right(images, content):
                return "attached, and not what was committed"
        with told:
            look(images)
        with told:
            figures(store)
        with told:
            keys(store)
        with told:
            check_store(store)
        images.detach(path)
    with told:
        use(path)
    with told:
        use(path)
    return told.problem


class Forger:
    """Changes what a store has in its pool, so that all checksums are right."""

    def __init__(self, good: Path) -> None:
        self._good = good.read_bytes()
        with Pool.attach(good, read_only=True) as pool:
            addresses = [pool.get_key(key) or 0 for key in range(3)]
            addresses += [entry.address for entry in read_catalogue(pool).values()]
            self._blocks = {address: pool.size_of(address) for address in addresses}
            self._known = [*self._blocks, *self._blobs(pool), pool.base]

    def forge(self, path: Path, rnd: random.Random) -> None:
        """Write a store that is wrong in a way that no checksum shows."""
        path.unlink(missing_ok=True)  # what an error left attached may hold its lock until it is collected
        path.write_bytes(self._good)
        with Pool.attach(path) as pool:
            for _ in range(rnd.choice([1, 1, 2, 4])):
                if rnd.random() < 0.1:
                    pool.set_key(rnd.randrange(3), rnd.choice([None, *self._known]))
                else:
                    address = rnd.choice(list(self._blocks))
                    self._change(pool.view(address), rnd)

    def _blobs(self, pool: Pool) -> list[int]:
        address = pool.get_key(2) or 0
        return list(memoryview(bytes(pool.view(address))).cast("Q"))

    def _change(self, view: memoryview, rnd: random.Random) -> None:
        size, form = rnd.choice([(8, "<Q"), (8, "<Q"), (4, "<I"), (1, "<B")])
        filled = [at for at in range(0, len(view) - size + 1, size) if any(view[at : at + size])]
        at = rnd.choice(filled) if filled and rnd.random() < 0.9 else rnd.randrange(len(view) - size + 1)
        (old,) = struct.unpack_from(form, view, at)
        near = [0, 1, 3, old + 1, old - 1, old + PAGE, old ^ 1 << rnd.randrange(64), rnd.choice(self._known)]
        far = [2**64 - 1, 2**63, 2**32 - 1, 2**40, rnd.getrandbits(64)]
        new = rnd.choice([*near, *far, *b'"[]{}9-,'])
        struct.pack_into(form, view, at, new % (1 << 8 * size))


def survey(
    memory_folder: Path, kind: str, number: int, total: int, content: Content
) -> list[tuple[int, str]]:
    """The seeds whose files were not taken well, and why."""
    problems = []
    path, good = memory_folder / f"{kind}-{number}", memory_folder / "good"
    raw, forger = good.read_bytes(), Forger(good)
    for seed in range(number, total, PROCESSES):
        rnd = random.Random(seed)
        if kind == "damaged":
            path.unlink(missing_ok=True)
            path.write_bytes(damaged(raw, rnd))
        else:
            forger.forge(path, rnd)
        signal.alarm(PATIENCE)
        problem = verdict(path, content, must_be_right=kind == "damaged")
        if problem:
            problems.append((seed, problem))
    signal.alarm(0)
    return problems


@pytest.mark.parametrize(("kind", "total"), [("damaged", DAMAGED), ("forged", FORGED)])
def test_a_store_gives_what_was_committed_or_one_of_our_errors(
    memory_folder: Path, kind: str, total: int
) -> None:
    content = good_store(memory_folder / "good", memory_folder / "file")
    problems = in_processes(PROCESSES, lambda number: survey(memory_folder, kind, number, total, content))
    assert not problems, "\n\n".join(f"seed {seed}: {problem}" for seed, problem in problems[:5])


def look_at_map(path: Path, before: dict[int, bytes] | None) -> str | None:
    told = OnlyOurErrors()
    with told:
        memory = MemoryMap.load(path)
        for start, end in memory.ranges[:50]:
            memory.read_into(start, memoryview(bytearray(min(70_000, end - start))))
        if before is not None:
            for address, data in before.items():
                if memory.read(address, len(data)) != data:
                    return "loaded, and not what was saved"
    return told.problem


def test_a_saved_map_gives_what_was_saved_or_one_of_our_errors(memory_folder: Path) -> None:
    data = {0x1000: random.Random(1).randbytes(9 * PAGE + 5), 0x900000: b"x" * 100}
    memory = MemoryMap(8, "little")
    for address, part in data.items():
        memory.add_bytes(part, address)
    memory.save(memory_folder / "good")
    raw, forger = (memory_folder / "good").read_bytes(), Forger(memory_folder / "good")

    def work(number: int) -> list[tuple[int, str]]:
        path, problems = memory_folder / f"map-{number}", []
        for seed in range(number, SAVED_MAPS, PROCESSES):
            rnd = random.Random(seed)
            is_forged = seed % 4 < 2
            if is_forged:
                forger.forge(path, rnd)
            else:
                path.write_bytes(damaged(raw, rnd))
            signal.alarm(PATIENCE)
            problem = look_at_map(path, None if is_forged else data)
            if problem:
                problems.append((seed, problem))
        signal.alarm(0)
        return problems

    problems = in_processes(PROCESSES, work)
    assert not problems, "\n\n".join(f"seed {seed}: {problem}" for seed, problem in problems[:5])
