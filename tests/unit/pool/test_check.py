"""`check()` finds whatever is wrong, even where every checksum fits; and nothing where nothing is."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from ptatlas.core.errors import Interrupted, PoolCorrupt
from ptatlas.core.pool import Pool
from ptatlas.core.pool.layout import DATA, PAGE, SPACE, TABLES, UNITS
from ptatlas.core.watch import Watch
from support.pool_mutations import Forger

BASE = 0x7000_0000_0000
SMALL_UNIT, LARGE_UNIT = 1, 2


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A region in unit 1, with a free chunk, and a block of 300,000 bytes in units 2 and 3."""
    with Pool.attach(tmp_path / "pool", BASE) as pool:
        addresses = [pool.malloc(size) for size in (100, 2000, 5000)]
        large = pool.malloc(300_000)
        for address in (*addresses, large):
            pool.view(address)[:] = b"x" * pool.size_of(address)
        pool.free(addresses[1])
        pool.commit()
        pool.free(pool.malloc(8))
        assert (large - BASE) >> 18 == LARGE_UNIT
    return tmp_path / "pool"


class Edit:
    """A pool file under the forger's hands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = bytearray(path.read_bytes())
        self.forger = Forger(bytes(self.content))

    def number(self, offset: int, form: str = "<Q") -> int:
        return int(struct.unpack_from(form, self.content, offset)[0])

    def set(self, offset: int, number: int, form: str = "<Q") -> None:
        struct.pack_into(form, self.content, offset, number)

    def root(self, offset: int) -> int:
        return self.forger.root_offset + offset

    def page(self, tree: int, index: int) -> int:
        """Where in the file a page of a tree begins."""
        return (self.number(self.entry(tree, index)) & 0xFFFFFFFF) * PAGE

    def entry(self, tree: int, index: int) -> int:
        """Where in the file the entry of a page of a tree is; all trees here have height 1."""
        at = self.root(80 + 16 * tree)
        assert self.number(at + 8) == 1
        return (self.number(at) & 0xFFFFFFFF) * PAGE + 8 * index

    def save(self) -> None:
        self.forger.seal(self.content)
        self.path.write_bytes(self.content)


def unused_page_marked_used(edit: Edit) -> None:
    at = edit.page(SPACE, 0)
    bits = int.from_bytes(edit.content[at : at + PAGE], "little")
    free = next(bit for bit in range(4, bits.bit_length()) if not bits >> bit & 1)
    edit.content[at + free // 8] |= 1 << free % 8


def used_page_marked_free(edit: Edit) -> None:
    page = edit.page(DATA, LARGE_UNIT * 64) // PAGE
    edit.content[edit.page(SPACE, 0) + page // 8] &= ~(1 << page % 8)


def one_file_page_for_two(edit: Edit) -> None:
    edit.set(edit.entry(DATA, 130), edit.number(edit.entry(DATA, 131)))


def count_of(offset: int) -> Callable[[Edit], None]:
    def change(edit: Edit) -> None:
        edit.set(edit.root(offset), edit.number(edit.root(offset)) + 1)

    return change


def wrong_longest_chunk(edit: Edit) -> None:
    edit.set(edit.page(UNITS, 0) + 8 * SMALL_UNIT, 1 | 5 << 8)


def region_forgotten(edit: Edit) -> None:
    edit.set(edit.page(UNITS, 0) + 8 * SMALL_UNIT, 0)


def inside_of_another(edit: Edit) -> None:
    edit.set(edit.page(UNITS, 0) + 8 * (LARGE_UNIT + 1), 3 | 2 << 8)


def block_shorter_than_its_pages(edit: Edit) -> None:
    edit.set(edit.page(UNITS, 0) + 8 * LARGE_UNIT, 2 | 270_000 << 8)


def table_of_a_large_block(edit: Edit) -> None:
    entry = edit.entry(TABLES, SMALL_UNIT * 32)
    edit.set(edit.entry(TABLES, LARGE_UNIT * 32), edit.number(entry))


def chunk_of_another_size(edit: Edit) -> None:
    at = edit.page(TABLES, SMALL_UNIT * 32) + 8
    edit.set(at, edit.number(at, "<H") + 16, "<H")


def block_of_another_size(edit: Edit) -> None:
    """Within its chunk, so that only the count and the guard tell."""
    at = edit.page(TABLES, SMALL_UNIT * 32) + 8
    edit.set(at, edit.number(at, "<H") - 1, "<H")


def page_where_nothing_lives(edit: Edit) -> None:
    edit.set(edit.entry(DATA, SMALL_UNIT * 64 + 40), edit.number(edit.entry(DATA, LARGE_UNIT * 64)))


def page_beyond_the_end(edit: Edit) -> None:
    edit.set(edit.entry(DATA, 500), edit.number(edit.entry(DATA, LARGE_UNIT * 64)))


def guard_overwritten(edit: Edit) -> None:
    edit.content[edit.page(DATA, SMALL_UNIT * 64) + 100] = 0


def large_guard_overwritten(edit: Edit) -> None:
    last = edit.page(DATA, LARGE_UNIT * 64 + 300_000 // PAGE)
    edit.content[last + 300_000 % PAGE + 3] ^= 1


def stored_zeros(edit: Edit) -> None:
    at = edit.page(DATA, LARGE_UNIT * 64 + 5)
    edit.content[at : at + PAGE] = bytes(PAGE)


LIES = [
    pytest.param(unused_page_marked_used, "marked as used and not", id="unused page marked used"),
    pytest.param(used_page_marked_free, "marked free and in use", id="used page marked free"),
    pytest.param(one_file_page_for_two, "in use twice", id="one file page for two pool pages"),
    pytest.param(count_of(48), "the root counts", id="used pages"),
    pytest.param(count_of(56), "the root counts", id="blocks"),
    pytest.param(count_of(64), "the root counts", id="live bytes"),
    pytest.param(wrong_longest_chunk, "longest free chunk", id="longest free chunk"),
    pytest.param(region_forgotten, "unit 0x1: a chunk table, but no region", id="region forgotten"),
    pytest.param(inside_of_another, "unit 0x3", id="inside of another block"),
    pytest.param(block_shorter_than_its_pages, "in which nothing lives", id="block shorter than its pages"),
    pytest.param(table_of_a_large_block, "a chunk table, but no region", id="table of a large block"),
    pytest.param(chunk_of_another_size, "a chunk table", id="chunk of another size"),
    pytest.param(block_of_another_size, "past the end of the block", id="block of another size"),
    pytest.param(page_where_nothing_lives, "in which nothing lives", id="page in a free chunk"),
    pytest.param(page_beyond_the_end, "tree data has page 0x1f4", id="page beyond the end"),
    pytest.param(guard_overwritten, "0x700000040000", id="guard of a small block"),
    pytest.param(large_guard_overwritten, "0x700000080000", id="guard of a large block"),
    pytest.param(stored_zeros, "all zeros", id="stored zeros"),
]


@pytest.mark.parametrize(("lie", "told"), LIES)
@pytest.mark.parametrize("read_only", [True, False], ids=["reader", "writer"])
def test_a_lie_with_right_checksums_is_found(
    path: Path, lie: Callable[[Edit], None], told: str, read_only: bool
) -> None:
    edit = Edit(path)
    lie(edit)
    edit.save()
    pool = Pool.attach(path, read_only=read_only)
    with pytest.raises(PoolCorrupt, match=told):
        pool.check()
    pool.detach(commit=False)


def test_without_a_lie_nothing_is_found(path: Path) -> None:
    before = path.read_bytes()
    Edit(path).save()
    assert path.read_bytes() == before
    with Pool.attach(path, read_only=True) as pool:
        pool.check()


def test_a_flipped_bit_anywhere_in_use_is_found(path: Path) -> None:
    good = path.read_bytes()
    edit = Edit(path)
    bits = int.from_bytes(edit.content[edit.page(SPACE, 0) :][:PAGE], "little")
    for page in range(4, len(good) // PAGE):
        content = bytearray(good)
        content[page * PAGE + page * 37 % PAGE] ^= 1 << page % 8
        path.write_bytes(content)
        with Pool.attach(path, read_only=True) as pool:
            if bits >> page & 1:
                with pytest.raises(PoolCorrupt):
                    pool.check()
            else:
                pool.check()


def test_many_problems_are_told_in_short(path: Path) -> None:
    edit = Edit(path)
    for page in range(64):
        entry = edit.entry(DATA, LARGE_UNIT * 64 + page)
        edit.set(entry, edit.number(edit.entry(DATA, LARGE_UNIT * 64)))
    edit.save()
    with Pool.attach(path, read_only=True) as pool, pytest.raises(PoolCorrupt, match="more") as failure:
        pool.check()
    assert len(str(failure.value)) < 1000


def test_a_check_leaves_uncommitted_changes_alone(path: Path) -> None:
    with Pool.attach(path) as pool:
        address = pool.malloc(50)
        pool.view(address)[:] = b"n" * 50
        view = pool.view(address)
        pool.check()
        assert bytes(view) == b"n" * 50
        assert pool.stats().uncommitted
        pool.commit()
        pool.check()
    with Pool.attach(path) as pool:
        assert bytes(pool.view(address)) == b"n" * 50


def test_a_check_that_is_interrupted_says_so_and_the_pool_goes_on(tmp_path):
    with Pool.attach(tmp_path / "pool") as pool:
        pool.malloc(100_000)
        pool.commit()
        with pytest.raises(Interrupted):
            pool.check(Watch(lambda: True))
        pool.malloc(10)
        pool.check(Watch(lambda: False))


def test_a_compaction_by_who_attached_just_now_finds_what_is_free(tmp_path):
    with Pool.attach(tmp_path / "pool") as pool:
        blocks = [pool.malloc(1 << 20) for _ in range(8)]
        for address in blocks:
            pool.view(address)[:] = b"x" * (1 << 20)
        pool.commit()
        for address in blocks[:4]:
            pool.free(address)
    with Pool.attach(tmp_path / "pool") as pool:
        pool.compact()
    assert (tmp_path / "pool").stat().st_size < 5 << 20


def test_a_compaction_that_is_interrupted_keeps_what_it_moved_and_loses_nothing(tmp_path):
    answers = iter([False, False, True])
    with Pool.attach(tmp_path / "pool") as pool:
        blocks = [pool.malloc(1 << 20) for _ in range(8)]
        for number, address in enumerate(blocks):
            pool.view(address)[:] = bytes([number + 1]) * (1 << 20)
        pool.commit()
        for address in blocks[:4]:
            pool.free(address)
        pool.compact(Watch(lambda: next(answers)))
        pool.check()
        for number, address in enumerate(blocks[4:], 5):
            assert bytes(pool.view(address)) == bytes([number]) * (1 << 20)
    with Pool.attach(tmp_path / "pool") as pool:
        pool.compact()
    assert (tmp_path / "pool").stat().st_size < 5 << 20


def test_units_that_are_only_claimed_cost_nothing(path: Path) -> None:
    """The most that a root may claim; holes in all trees are in order."""
    edit, asked = Edit(path), []
    edit.set(edit.root(72), 1 << 28)
    edit.forger.seal(edit.content)
    path.write_bytes(edit.content)
    with Pool.attach(path, read_only=True) as pool:
        pool.check(Watch(lambda: bool(asked.append(1))))
    assert len(asked) < 5_000
