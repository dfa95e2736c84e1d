"""Ctrl-C at any line of what changes a store: all of the change or none, and the session goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from ptatlas.core.errors import Interrupted
from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.snapshot import Circumstances
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.maps.area import Area
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.store.survey import check_store
from support.interrupted import InterruptedAt

pytestmark = pytest.mark.slow

# A prime, so that over all the runs no line is always missed.
STEP = 37
PLACES = ("/core/store/", "/core/pool/", "/core/segments/", "/core/images/stored/")
DATA = bytes(range(256)) * 64 + bytes(4096) + b"end"


def snapshot(images: Images, path: Path) -> None:
    reader = buffer_target([BufferArea(0x10000, DATA, "rw-p", "[heap]", 0, "heap")]).readers[0]
    area = Area(0x10000, 0x10000 + len(DATA))
    images.take_into(path, "new", lambda pages: take_snapshot("new", [area], reader, pages, Circumstances()))


def save(images: Images, path: Path) -> None:
    images.save("mine", path)


def change(images: Images, _path: Path) -> None:
    with images.changing("old") as image:
        image.add_bytes(DATA[100:], 0x900000)


def drop(images: Images, _path: Path) -> None:
    del images["old"]


State = dict[str, list[tuple[int, bytes]]]


def state_of(images: Images) -> State:
    return {
        name: [
            (section.start, section.read(section.start, section.size)) for section in images[name].sections
        ]
        for name in images
        if images.store_of(name)
    }


def session(path: Path) -> Images:
    """A session with a store that has `old`, and with `mine` of its own."""
    path.unlink(missing_ok=True)
    images = Images()
    images.attach(path)
    images["old"] = Image("old")
    images["old"].add_bytes(DATA, 0x1000)
    images.save("old", path)
    images["mine"] = Image("mine")
    images["mine"].add_bytes(DATA[1000:], 0x5000)
    return images


@pytest.mark.parametrize("work", [snapshot, save, change, drop])
def test_an_interrupt_leaves_all_of_a_change_or_none(
    memory_folder: Path, work: Callable[[Images, Path], None]
) -> None:
    path, before, after = memory_folder / "a.store", None, None
    images = session(path)
    before = state_of(images)
    work(images, path)
    after = state_of(images)
    last, runs = STEP, 0
    while True:
        images = session(path)
        with InterruptedAt(last, *PLACES) as tracer, suppress(KeyboardInterrupt, Interrupted):
            work(images, path)
        if tracer.left > 0:
            break
        assert state_of(images) in (before, after)
        assert len(set(images)) == len(list(images))
        store = images.attached[0].store
        check_store(store)
        reader = Images()
        reader.attach(path, read_only=True)
        assert state_of(reader) == state_of(images)
        assert not store.read_only
        snapshot(images, path) if "new" not in images else images.__delitem__("new")
        images.detach(path) if work is not save or "mine" in images else None
        last += STEP
        runs += 1
    assert runs > 10
