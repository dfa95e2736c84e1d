"""Killed writers, full disks and limits: what was committed stays, and the session goes on."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from ptatlas.core.errors import PoolError
from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.snapshot import Circumstances
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.maps.area import Area
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.store.survey import check_store
from support.disks import file_size_limit, small_tmpfs

pytestmark = pytest.mark.slow

KILLS = 60
PAGE = 4096
DISK = 1 << 20


def snapshot(images: Images, path: Path, name: str, data: bytes) -> None:
    reader = buffer_target([BufferArea(0x10000, data, "rw-p", "[heap]", 0, "heap")]).readers[0]
    area = Area(0x10000, 0x10000 + len(data))
    images.take_into(path, name, lambda pages: take_snapshot(name, [area], reader, pages, Circumstances()))


def data_of(number: int) -> bytes:
    """What the image of this number holds: some of it as in the one before."""
    rnd = random.Random(number // 2)
    return rnd.randbytes(20 * PAGE) + number.to_bytes(4, "big")


def write_for_ever(path: Path, said: int) -> None:
    """Take, drop and change images; say of each number when it is committed."""
    images = Images()
    images.attach(path)
    for number in range(1_000_000):
        snapshot(images, path, f"s{number}", data_of(number))
        os.write(said, number.to_bytes(4, "big"))
        if number >= 3:
            del images[f"s{number - 3}"]


def test_a_killed_writer_loses_no_image_that_was_committed(memory_folder: Path) -> None:
    rnd = random.Random(7)
    for number in range(KILLS):
        path = memory_folder / f"{number}.store"
        listen, tell = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(listen)
            write_for_ever(path, tell)
        os.close(tell)
        with os.fdopen(listen, "rb") as told:
            for _ in range(rnd.randrange(1, 6)):  # then it dies somewhere in what comes next
                last = int.from_bytes(told.read(4), "big")
            for _ in range(rnd.randrange(40_000)):
                pass  # a moment that costs no turn of the scheduler's, however busy the machine is
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            rest = told.read()
            last = int.from_bytes(rest[-4:], "big") if rest else last
        images = Images()
        store = images.attach(path).store
        assert not store.read_only
        numbers = sorted(int(name[1:]) for name in images)
        assert numbers[-1] in (last, last + 1)
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        for each in numbers:
            assert images[f"s{each}"].read(0x10000, 20 * PAGE + 4) == data_of(each)
        assert check_store(store) == len(numbers)
        images.detach(path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A tmpfs of 1 MiB."""
    with small_tmpfs(tmp_path / "disk", DISK) as folder:
        yield folder


def assert_goes_on(path: Path) -> None:
    """Nothing that is too large for it changes the store; what fits does."""
    images, small, large = Images(), os.urandom(20 * PAGE), os.urandom(2 * DISK)
    images.attach(path)
    snapshot(images, path, "small", small)
    images["mine"] = Image("mine")
    images["mine"].add_bytes(large, 0x10000)

    def change() -> None:
        with images.changing("small") as image:
            image.copy_from(images["mine"])

    for fails in (lambda: snapshot(images, path, "large", large), lambda: images.save("mine", path), change):
        size = path.stat().st_size
        with pytest.raises(PoolError) as failure:
            fails()
        assert failure.value.errno
        assert sorted(images) == ["mine", "small"]
        assert path.stat().st_size == size
        assert images["small"].read(0x10000, len(small)) == small
        assert images["mine"].read(0x10000, len(large)) == large
        assert check_store(images.attached[0].store) == 1
    snapshot(images, path, "second", small[PAGE:])
    del images["small"]
    images.detach(path)
    other = Images()
    other.attach(path)
    assert other["second"].read(0x10000, 19 * PAGE) == small[PAGE:]


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    assert_goes_on(small_disk / "a.store")


def test_a_limit_on_the_files_size_loses_nothing(tmp_path: Path) -> None:
    with file_size_limit(DISK):
        assert_goes_on(tmp_path / "a.store")


def test_a_snapshot_that_doesnt_fit_on_the_disk_leaves_no_new_store(small_disk: Path) -> None:
    images = Images()
    with pytest.raises(PoolError):
        snapshot(images, small_disk / "a.store", "large", os.urandom(2 * DISK))
    assert images.attached == ()
    assert list(small_disk.iterdir()) == []
