"""A session's images, of which some lie in stores."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.errors import InvalidArgument, MemoryFault, PoolError, SourceError
from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.capture.page_store import PageStore
from ptatlas.core.images.diff.diff import diff
from ptatlas.core.images.model.asid import Asid
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.snapshot import Circumstances, Snapshot, ThreadState
from ptatlas.core.images.stored.attached import Attached
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.protection import Protection
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.store.store import Store
from ptatlas.core.store.survey import check_store, figures
from ptatlas.core.walk.coverage import Coverage, Unreadable

PAGE = 0x1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.store"


@pytest.fixture
def images(path: Path) -> Images:
    """A session with a store attached."""
    images = Images()
    images.attach(path)
    return images


def again(images: Images, path: Path) -> Images:
    """The next session, with the store of this one."""
    images.detach(path)
    following = Images()
    following.attach(path)
    return following


def own(images: Images, name: str, data: bytes = b"data", address: int = 0x1000) -> Image:
    """An image of the session's own."""
    image = images[name] = Image(name)
    image.add_bytes(data, address)
    return image


def taken(data: bytes, pages: object) -> Snapshot:
    """A snapshot of 64 KiB at a time, put wherever `pages` says."""
    piece = BufferArea(0x10000, data, "rw-p", "[heap]", 0, "heap")
    reader = buffer_target([piece]).readers[0]
    return take_snapshot("taken", [Area(0x10000, 0x10000 + len(data))], reader, pages, Circumstances())


def test_a_saved_image_is_in_the_next_session_and_not_in_memory(images, path):
    data = os.urandom(3 * PAGE + 5)
    own(images, "it", data, 0x1234)
    assert images.save("it", path) == "it"
    following = again(images, path)
    (listed,) = following.listed()
    assert listed == ("it", 1, len(data), str(path))
    assert following["it"].read(0x1234, len(data)) == data


def test_sections_keep_their_places_address_spaces_and_order(images, path):
    image = own(images, "it", b"any", 0x1000)
    image.add_bytes(b"space 5", 0x2000, Asid(cr3=5))
    image.add_bytes(b"space 6", 0x2000, Asid(6, 7))
    image.add_bytes(b"at the top", 2**64 - 10)
    image.add_bytes(b"cut", 0x1001)
    before = [(s.start, s.end, s.asid) for s in image.sections]
    images.save("it", path)
    stored = again(images, path)["it"]
    assert [(s.start, s.end, s.asid) for s in stored.sections] == before
    assert stored.read(0x1000, 4) == b"acut"
    assert stored.read(2**64 - 10, 10) == b"at the top"
    for asid in (Asid(cr3=5), Asid(6, 7), Asid(vmcs=7), Asid()):
        assert stored.find(0x2000, asid).asid == image.find(0x2000, asid).asid


def test_a_snapshot_keeps_its_circumstances(images, path):
    areas = [
        Area(0x1000, 0x2000, Protection.parse("rw-p"), 0, "/a b\udcff", "file", "procfs", "fe:01", 7, False),
        Area(0x2000, 2**64),
        Area(0x5000, 0x6000, Protection.parse("r??p"), kind="anon"),
    ]
    about = Circumstances(
        AreaMap(areas),
        Arch(4, "big", 65536),
        1234.5,
        3,
        42,
        "/bin/it",
        (ThreadState(42, {"rip": 2**64 - 1, "xmm0": 2**128 - 1}, 11), ThreadState(43, {})),
        b"\x01\xff",
    )
    coverage = Coverage(10, 20, (Unreadable(0x1000, 0x2000, "absent"),), 30)
    snapshot = images["it"] = Snapshot("it", about, coverage)
    snapshot.add_bytes(b"x", 0x1000)
    images.save("it", path)
    stored = again(images, path)["it"]
    assert isinstance(stored, Snapshot)
    assert list(stored.circumstances.areas) == list(about.areas)
    for field in ("arch", "taken", "generation", "pid", "program", "threads", "auxv"):
        assert getattr(stored.circumstances, field) == getattr(about, field)
    assert stored.coverage == coverage


def test_a_snapshot_is_taken_straight_into_a_store(images, path):
    data = os.urandom(5 * PAGE) + bytes(3 * PAGE) + b"rest"
    stored = images.take_into(path, "taken", lambda pages: taken(data, pages))
    assert stored.read(0x10000, len(data)) == data
    assert again(images, path)["taken"].read(0x10000, len(data)) == data


def test_saving_and_taking_keep_equal_pages_once(images, path):
    data = os.urandom(64 * PAGE)
    images["taken"] = taken(data, PageStore())
    images.save("taken", path)
    store = images.attached[0].store
    before = figures(store)["page_bytes"]
    images.take_into(path, "second", lambda pages: taken(data, pages))
    assert figures(store)["page_bytes"] == before == 64 * PAGE


def test_a_snapshot_into_a_store_takes_no_more_memory_the_larger_it_is(path):
    attached, held = Attached(Store.attach(path, resident_limit=8 << 20), ""), []
    pool = attached.store.pool
    data = random.Random(1).randbytes(48 << 20)

    def take(pages: object) -> Snapshot:
        snapshot = taken(data, pages)
        held.append(pool.stats().open_bytes)
        return snapshot

    attached.take("taken", take)
    assert held[0] < 20 << 20
    assert attached.image("taken").read(0x10000 + (40 << 20), 100) == data[40 << 20 :][:100]


def test_a_failed_snapshot_leaves_nothing(images, path):
    size = path.stat().st_size

    def failing(pages: object) -> Snapshot:
        taken(os.urandom(600 * PAGE), pages)
        raise SourceError("the process is gone")

    with pytest.raises(SourceError, match="gone"):
        images.take_into(path, "taken", failing)
    assert images.listed() == []
    assert path.stat().st_size == size


def test_stored_pages_are_told_apart_without_being_read(images, path):
    data = os.urandom(16 * PAGE)
    other = data[: 7 * PAGE] + os.urandom(PAGE) + data[8 * PAGE :]
    images.take_into(path, "one", lambda pages: taken(data, pages))
    images.take_into(path, "two", lambda pages: taken(other, pages))
    changes = diff(images["one"], images["two"]).changes
    assert {change.start >> 12 for change in changes} == {0x17}
    ones, others = images["one"].sections[0].content, images["two"].sections[0].content
    shared = set(ones.origins(0, 7 * PAGE)) & set(others.origins(0, 7 * PAGE))
    assert sum(origin.size for origin in shared) == 7 * PAGE


def test_a_change_of_a_stored_image_is_kept(images, path):
    own(images, "it", b"one", 0x1000)
    images.save("it", path)
    with images.changing("it") as image:
        image.add_bytes(b"two", 0x2000)
    assert again(images, path)["it"].read(0x2000, 3) == b"two"


def fail(image: Image) -> None:
    """Change an image, and then fail."""
    image.add_bytes(b"two", 0x1000)
    raise ZeroDivisionError


def test_a_change_that_fails_leaves_a_stored_image_as_it_was(images, path):
    own(images, "it", b"one", 0x1000)
    images.save("it", path)
    with pytest.raises(ZeroDivisionError), images.changing("it") as image:
        fail(image)
    assert images["it"].read(0x1000, 3) == b"one"


def test_dropping_a_stored_image_takes_it_out_of_the_store(images, path):
    own(images, "it", os.urandom(100 * PAGE))
    images.save("it", path)
    del images["it"]
    assert "it" not in images
    assert list(again(images, path)) == []
    assert path.stat().st_size < 50 * PAGE


def test_a_drop_in_the_next_session_makes_the_file_shorter(images, path):
    for name in ("first", "second"):
        own(images, name, os.urandom(500 * PAGE))
        images.save(name, path)
    following = again(images, path)
    del following["first"]
    assert path.stat().st_size < 600 * PAGE
    assert following["second"].read(0x1000, 4)


def test_a_copy_in_memory_outlives_the_image_that_was_dropped(images, path):
    data = os.urandom(10 * PAGE)
    own(images, "it", data)
    images.save("it", path)
    images["copy"] = Image("copy")
    images["copy"].copy_from(images["it"])
    del images["it"]
    assert images["copy"].read(0x1000, len(data)) == data
    with pytest.raises(InvalidArgument, match="'copy', which is in memory, reads pages"):
        images.detach(path)
    images.save("copy", path)
    assert again(images, path)["copy"].read(0x1000, len(data)) == data


def test_an_image_of_one_store_is_copied_into_one_of_another(images, path, tmp_path):
    data = os.urandom(10 * PAGE)
    images.attach(tmp_path / "other.store")
    own(images, "source", data)
    own(images, "target", b"x", 0x900000)
    images.save("source", path)
    images.save("target", tmp_path / "other.store")
    with images.changing("target") as target:
        target.copy_from(images["source"])
    images.detach(path)
    path.unlink()
    assert again(images, tmp_path / "other.store")["target"].read(0x1000, len(data)) == data


def test_one_store_keeps_an_image_at_a_time(images, path, tmp_path):
    images.attach(tmp_path / "other.store")
    own(images, "it")
    images.save("it", path)
    assert images.save("it", path) == "it"
    with pytest.raises(InvalidArgument, match="is kept in"):
        images.save("it", tmp_path / "other.store")


class TestNames:
    def test_a_store_whose_names_are_taken_isnt_attached(self, images, path):
        own(images, "it")
        images.save("it", path)
        images.detach(path)
        own(images, "it", b"mine")
        with pytest.raises(InvalidArgument, match="the store has 'it'"):
            images.attach(path)
        assert images["it"].read(0x1000, 4) == b"mine"
        assert images.attached == ()

    def test_a_prefix_tells_the_stores_images_from_others(self, images, path):
        own(images, "it")
        images.save("it", path)
        images.detach(path)
        own(images, "it", b"mine")
        images.attach(path, prefix="old/")
        assert sorted(images) == ["it", "old/it"]
        assert images["old/it"].name == "old/it"

    def test_what_is_saved_behind_a_prefix_gets_it(self, images, path):
        images.detach(path)
        images.attach(path, prefix="old/")
        own(images, "it")
        assert images.save("it", path) == "old/it"
        own(images, "it")
        with pytest.raises(InvalidArgument, match="'old/it' already"):
            images.save("it", path)
        del images["old/it"]
        assert images.listed()[0].name == "it"

    def test_a_new_image_cant_have_the_name_of_a_stored_one(self, images, path):
        own(images, "it")
        images.save("it", path)
        with pytest.raises(InvalidArgument, match="already"):
            images.check_new("it")
        with pytest.raises(InvalidArgument, match="already"):
            images["it"] = Image("it")

    @pytest.mark.parametrize("name", ["live", ""])
    def test_no_snapshot_is_called_as_no_image_can_be(self, images, path, name):
        with pytest.raises(InvalidArgument):
            images.take_into(path, name, lambda pages: taken(b"x", pages))


class TestAttaching:
    def test_a_store_is_attached_once(self, images, path, tmp_path):
        os.link(path, tmp_path / "same.store")
        for name in (path, tmp_path / "same.store"):
            with pytest.raises(InvalidArgument, match="attached already"):
                images.attach(name)

    def test_a_second_session_reads_beside_the_writer(self, images, path):
        own(images, "it")
        images.save("it", path)
        reader = Images()
        assert reader.attach(path).store.why_read_only == "another debugger is writing to it"
        assert reader["it"].read(0x1000, 4) == b"data"
        for change in (lambda: reader.__delitem__("it"), lambda: reader.take_into(path, "x", None)):
            with pytest.raises(PoolError, match="read-only"):
                change()
        with pytest.raises(PoolError, match="read-only"), reader.changing("it"):
            pass
        own(reader, "mine")
        with pytest.raises(PoolError, match="read-only"):
            reader.save("mine", path)
        assert reader["mine"].read(0x1000, 4) == b"data"

    def test_what_isnt_attached_is_an_error(self, images, tmp_path):
        for use in (images.detach, images.store_at, lambda path: images.save("it", path)):
            with pytest.raises(InvalidArgument, match="isn't attached"):
                use(tmp_path / "none")

    @pytest.mark.parametrize("content", [b"no store at all\n", b"\x7fELF" + bytes(5000)])
    def test_another_file_is_refused_and_left_alone(self, images, tmp_path, content):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(SourceError):
            images.attach(tmp_path / "file")
        assert (tmp_path / "file").read_bytes() == content


class TestFiles:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        (tmp_path / "file").write_bytes(bytes(range(256)) * 16)
        return tmp_path / "file"

    @pytest.fixture
    def stored(self, images: Images, path: Path, file: Path) -> Images:
        """The next session; `it` has a section of the file, and one of its own bytes."""
        own(images, "it", b"bytes", 0x9000).add_file(file, 16, 1000, 0x1000)
        images.save("it", path)
        return again(images, path)

    def test_a_section_of_a_file_reads_the_file(self, stored, file):
        (section,) = [each for each in stored["it"].sections if each.content.kind == "file"]
        assert (section.content.path, section.file_offset) == (str(file), 16)
        assert stored["it"].read(0x1000, 1000) == file.read_bytes()[16:1016]

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            pytest.param(lambda file: file.unlink(), "No such file", id="gone"),
            pytest.param(lambda file: file.write_bytes(b"other" * 100), "another size", id="another size"),
            pytest.param(lambda file: os.utime(file, ns=(1, 1)), "another time", id="another time"),
        ],
    )
    def test_a_file_that_changed_is_told_and_not_read(self, stored, file, change, why):
        change(file)
        image = stored["it"]
        with pytest.raises(MemoryFault):
            image.read(0x1000, 1)
        assert why in str(image.dropped[0].error)
        assert image.read(0x9000, 5) == b"bytes"

    def test_a_file_that_was_replaced_by_an_equal_one_of_the_same_time_is_the_same(self, stored, file):
        found = file.stat()
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content)
        os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
        assert stored["it"].read(0x1000, 1000) == content[16:1016]

    def test_a_section_whose_file_is_away_stays_in_the_store(self, stored, file, path):
        file.rename(file.with_name("away"))
        with pytest.raises(MemoryFault):
            stored["it"].read(0x1000, 1)
        with stored.changing("it") as image:
            image.add_bytes(b"more", 0x20000)
        file.with_name("away").rename(file)
        assert again(stored, path)["it"].read(0x1000, 1000) == file.read_bytes()[16:1016]

    def test_a_changed_file_isnt_saved(self, images, path, file):
        own(images, "it").add_file(file, 0, 100, 0x5000)
        os.utime(file, ns=(1, 1))
        with pytest.raises(SourceError, match="since it was added"):
            images.save("it", path)
        assert images.listed()[0].store == "memory"

    def test_the_build_id_tells_even_if_size_and_time_are_the_same(self, images, path, tmp_path):
        program = tmp_path / "program"
        program.write_bytes(Path("/bin/sh").resolve().read_bytes())
        found = program.stat()
        own(images, "it").add_file(program, 0, 100, 0x5000)
        images.save("it", path)
        content = bytearray(program.read_bytes())
        note = content.index(b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0") + 16
        content[note] ^= 1
        program.write_bytes(content)
        os.utime(program, ns=(found.st_atime_ns, found.st_mtime_ns))
        image = again(images, path)["it"]
        with pytest.raises(MemoryFault):
            image.read(0x5000, 1)
        assert "another build-id" in str(image.dropped[0].error)


def test_everything_holds_together_after_all_that(images, path):
    for number in range(5):
        images.take_into(path, f"s{number}", lambda pages: taken(os.urandom(3 * PAGE) + b"x" * PAGE, pages))
    del images["s2"]
    assert check_store(images.attached[0].store) == 4


def test_a_store_named_with_a_slash_behind_it_is_not_taken_for_a_new_one_and_removed(tmp_path):
    Images().attach(tmp_path / "a.store")
    kept = (tmp_path / "a.store").read_bytes()

    def fail(*_: object) -> None:
        raise InvalidArgument("no")

    with pytest.raises(InvalidArgument):
        Images().take_into(f"{tmp_path}/a.store/", "s", fail)
    assert (tmp_path / "a.store").read_bytes() == kept
