"""SectionCache: identifiers, sharing, reading, and what is kept in memory."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from ptatlas.core.errors import InvalidArgument, MemoryFault, SourceError, UnknownSection
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.section_cache import CHUNK, SectionCache

TOP = 1 << 64


def make(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return make(tmp_path, "file", bytes(range(256)))


@pytest.fixture
def cache() -> SectionCache:
    return SectionCache("test")


def is_kept(cache: SectionCache, isid: int, path: Path) -> bool:
    """Tell whether a section is served although its file is away."""
    away = path.with_name("away")
    path.rename(away)
    try:
        cache.read(isid, 1, cache.section(isid).start)
    except SourceError:
        return False
    finally:
        away.rename(path)
    return True


def test_identifiers_are_positive_and_differ(cache: SectionCache, path: Path) -> None:
    first = cache.add_file(path, 0, 16, 0x1000)
    second = cache.add_file(path, 16, 16, 0x1000)
    assert first > 0
    assert second > 0
    assert first != second
    assert [section.isid for section in cache.sections] == [first, second]


def test_the_same_section_has_the_same_identifier(cache: SectionCache, path: Path) -> None:
    isid = cache.add_file(path, 0, 16, 0x1000)
    assert cache.add_file(path, 0, 16, 0x1000) == isid
    assert len(cache.sections) == 1


def test_a_size_cut_at_the_end_of_the_file_makes_the_same_section(cache: SectionCache, path: Path) -> None:
    isid = cache.add_file(path, 0x80, 0x80, 0x1000)
    assert cache.add_file(path, 0x80, TOP, 0x1000) == isid


def test_sections_that_differ_in_their_address_share_what_is_kept(cache: SectionCache, path: Path) -> None:
    low = cache.add_file(path, 0, 256, 0x1000)
    high = cache.add_file(path, 0, 256, 0x2000)
    assert low != high
    assert cache.read(low, 4, 0x1010) == cache.read(high, 4, 0x2010) == bytes([16, 17, 18, 19])
    assert cache.used == 256
    assert cache.section(low).content == cache.section(high).content


def test_a_file_that_changed_makes_another_section(cache: SectionCache, path: Path) -> None:
    before = cache.add_file(path, 0, 4, 0)
    path.write_bytes(b"new content")
    after = cache.add_file(path, 0, 4, 0)
    assert before != after
    assert cache.read(after, 4, 0) == b"new "


@pytest.mark.parametrize(
    ("offset", "size", "address"),
    [
        pytest.param(256, 1, 0, id="offset-at-the-end"),
        pytest.param(1 << 63, 1, 0, id="offset-2**63"),
        pytest.param(0, 0, 0, id="no-size"),
        pytest.param(0, 2, TOP - 1, id="beyond-the-top"),
    ],
)
def test_a_failing_add_changes_nothing(
    cache: SectionCache, path: Path, offset: int, size: int, address: int
) -> None:
    with pytest.raises(InvalidArgument):
        cache.add_file(path, offset, size, address)
    assert cache.sections == ()
    assert cache.add_file(path, 0, 16, 0) == 1


def test_reading_is_short_at_the_end_of_the_section(cache: SectionCache, path: Path) -> None:
    isid = cache.add_file(path, 0x10, 0x20, TOP - 0x20)
    assert cache.read(isid, 0x20, TOP - 0x20) == bytes(range(0x10, 0x30))
    assert cache.read(isid, 100, TOP - 1) == b"\x2f"


def test_reading_nothing_is_refused(cache: SectionCache, path: Path) -> None:
    isid = cache.add_file(path, 0, 16, 0x1000)
    with pytest.raises(InvalidArgument):
        cache.read(isid, 0, 0x1000)


@pytest.mark.parametrize("isid", [0, -1, 2])
def test_an_unknown_identifier_is_refused(cache: SectionCache, path: Path, isid: int) -> None:
    cache.add_file(path, 0, 16, 0x1000)
    with pytest.raises(UnknownSection):
        cache.read(isid, 1, 0x1000)


@pytest.mark.parametrize("address", [0, 0xFFF, 0x1010, TOP])
def test_reading_outside_of_the_section_is_a_fault(cache: SectionCache, path: Path, address: int) -> None:
    isid = cache.add_file(path, 0, 16, 0x1000)
    with pytest.raises(MemoryFault) as fault:
        cache.read(isid, 4, address)
    assert (fault.value.address, fault.value.size) == (address, 4)


def test_a_section_larger_than_a_chunk_reads_across_chunks(tmp_path: Path) -> None:
    data = b"".join(number.to_bytes(4, "little") for number in range(CHUNK))
    path = make(tmp_path, "large", data)
    cache = SectionCache(limit=2 * CHUNK)
    isid = cache.add_file(path, 1, TOP, 0x1000)
    assert cache.read(isid, len(data), 0x1000) == data[1:]
    assert cache.read(isid, 10, 0x1000 + CHUNK - 5) == data[CHUNK - 4 : CHUNK + 6]
    assert cache.used <= 2 * CHUNK


def test_what_was_read_is_served_from_memory(cache: SectionCache, path: Path) -> None:
    isid = cache.add_file(path, 0, 16, 0)
    cache.read(isid, 1, 0)
    assert is_kept(cache, isid, path)


def test_a_section_whose_file_changed_cannot_be_read(cache: SectionCache, path: Path) -> None:
    isid = cache.add_file(path, 0, 16, 0)
    path.write_bytes(b"short")
    with pytest.raises(SourceError):
        cache.read(isid, 1, 0)


def test_a_limit_of_zero_keeps_nothing(cache: SectionCache, path: Path) -> None:
    isid = cache.add_file(path, 0, 16, 0)
    cache.read(isid, 1, 0)
    cache.set_limit(0)
    assert cache.used == 0
    assert not is_kept(cache, isid, path)
    assert cache.read(isid, 1, 0) == b"\x00"
    assert cache.used == 0


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    paths = [make(tmp_path, name, name.encode() * 100) for name in "abc"]
    cache = SectionCache(limit=200)
    a, b, c = (cache.add_file(path, 0, 100, 0) for path in paths)
    cache.read(a, 1, 0)
    cache.read(b, 1, 0)
    cache.read(a, 1, 0)
    cache.read(c, 1, 0)
    assert [is_kept(cache, isid, path) for isid, path in zip((a, c), (paths[0], paths[2]))] == [True, True]
    assert not is_kept(cache, b, paths[1])


def test_lowering_the_limit_drops_the_least_recently_used(tmp_path: Path) -> None:
    paths = [make(tmp_path, name, name.encode() * 100) for name in "ab"]
    cache = SectionCache()
    isids = [cache.add_file(path, 0, 100, 0) for path in paths]
    for isid in isids:
        cache.read(isid, 1, 0)
    cache.set_limit(199)
    assert cache.used == 100
    assert [is_kept(cache, isid, path) for isid, path in zip(isids, paths)] == [False, True]


def test_what_alone_is_too_much_pushes_nothing_out(tmp_path: Path) -> None:
    small, large = make(tmp_path, "small", b"s" * 10), make(tmp_path, "large", b"l" * 100)
    cache = SectionCache(limit=50)
    isids = [cache.add_file(path, 0, 100, 0) for path in (small, large)]
    for isid in isids:
        cache.read(isid, 1, 0)
    assert cache.used == 10
    assert is_kept(cache, isids[0], small)


def test_a_negative_limit_is_refused(cache: SectionCache) -> None:
    with pytest.raises(InvalidArgument):
        cache.set_limit(-1)
    with pytest.raises(InvalidArgument):
        SectionCache(limit=-1)


def test_threads_share_a_cache_without_breaking_its_limit(tmp_path: Path) -> None:
    paths = [make(tmp_path, str(number), bytes([number]) * 1000) for number in range(8)]
    cache = SectionCache(limit=3500)
    failures: list[str] = []

    def work(seed: int) -> None:
        for step in range(200):
            number = (seed * 7 + step * 3) % len(paths)
            isid = cache.add_file(paths[number], 0, 1000, number << 16)
            if cache.read(isid, 1000, number << 16) != bytes([number]) * 1000 or cache.used > 3500:
                failures.append(f"section {isid}")

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(cache.sections) == len(paths)


def test_a_cache_that_is_cleared_is_as_new_and_images_keep_what_they_have(path):
    cache, image = SectionCache(), Image()
    image.add_cached(cache, cache.add_file(path, 0, 16, 0x1000))
    before = image.read(0x1000, 16)
    cache.clear()
    assert (cache.sections, cache.used) == ((), 0)
    with pytest.raises(UnknownSection):
        cache.section(1)
    assert cache.add_file(path, 16, 16, 0x2000) == 1
    assert cache.read(1, 16, 0x2000) != before
    assert image.read(0x1000, 16) == before
