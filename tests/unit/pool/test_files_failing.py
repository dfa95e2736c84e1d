"""A file layer that fails: the last commit stays; a write's failure can be tried again, a sync's can't."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from typing import Union

import pytest
from ptatlas.core.errors import PoolError
from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from support.pool_recorder import Recorded, RecordingFile, state_of

Buffer = Union[bytes, bytearray, memoryview]


class FailingFile(RecordingFile):
    """Once armed, fails at its Nth call of one kind, after half of it was done, and at no other."""

    def __init__(self, kind: str, last: int) -> None:
        super().__init__()
        self.kind = kind
        self.left = last
        self.armed = self.failed = False

    def write(self, offset: int, data: Buffer) -> None:
        if self._fails("write"):
            super().write(offset, data[: len(data) // 2 // 512 * 512])
            raise PoolError("half of a write failed", errno=errno.ENOSPC)
        super().write(offset, data)

    def truncate(self, size: int) -> None:
        if self._fails("truncate"):
            raise PoolError("a cut failed", errno=errno.EIO)
        super().truncate(size)

    def sync(self) -> None:
        if self._fails("sync"):
            raise PoolError("a sync failed", errno=errno.EIO)
        super().sync()

    def _fails(self, kind: str) -> bool:
        self.left -= self.armed and kind == self.kind
        if self.failed or self.left:
            return False
        self.failed = True
        return True


def history(recorded: Recorded) -> None:
    """Commits that make, change and free, and of which some give pages back."""
    first = recorded.malloc(b"first" * 10)
    large = recorded.malloc(b"large" * 8000)
    many = [recorded.malloc(bytes([number + 1]) * 30_000) for number in range(12)]
    recorded.commit()
    recorded.write(first, b"other" * 10)
    for address in [large, *many[:8]]:
        recorded.free(address)
    recorded.commit()
    recorded.malloc(b"more" * 700)
    for address in many[8:]:
        recorded.write(address, b"x" * 30_000)
    recorded.commit()


def failing_histories(kind: str) -> Iterator[tuple[Recorded, PoolError | None]]:
    """The history with a failure at each call of a kind, and what came of it."""
    for last in range(1, 1000):
        file = FailingFile(kind, last)
        recorded = Recorded(file)
        file.armed = True
        failure = None
        try:
            history(recorded)
        except PoolError as error:
            failure = error
        if not file.failed:
            assert last > 2
            return
        yield recorded, failure


def assert_holds(recorded: Recorded) -> None:
    """The file has what was promised, or what was under way."""
    pool = Pool.over(PoolBacking(RecordingFile(bytes(recorded.file.content))), read_only=True)
    assert recorded.file.promised <= pool.generation <= recorded.file.underway
    expected = recorded.states[pool.generation]
    assert state_of(pool, iter(expected[0])) == expected
    pool.check()


def test_after_a_write_that_failed_the_commit_can_be_tried_again() -> None:
    failures = 0
    for recorded, failure in failing_histories("write"):
        if failure:
            failures += 1
            assert failure.errno == recorded.pool.errno == errno.ENOSPC
            assert_holds(recorded)
        recorded.malloc(b"after" * 100)
        recorded.commit()
        assert recorded.pool.errno == 0
        assert_holds(recorded)
        assert recorded.pool.stats().blocks == len(recorded.blocks)
    assert failures > 20


def test_a_cut_that_failed_costs_nothing_but_space() -> None:
    for recorded, failure in failing_histories("truncate"):
        assert failure is None
        size = recorded.file.size()
        recorded.malloc(b"after" * 100)
        recorded.commit()
        assert_holds(recorded)
        assert recorded.file.size() <= size


def test_after_a_sync_that_failed_nothing_is_committed_until_it_is_attached_again() -> None:
    for recorded, failure in failing_histories("sync"):
        assert failure is None or failure.errno == errno.EIO  # None: a second commit's, that only moves pages
        recorded.pool.malloc(10)
        with pytest.raises(PoolError) as refused:
            recorded.pool.commit()
        assert refused.value.errno == errno.EIO
        recorded.pool.detach(commit=False)
        assert_holds(recorded)
        again = Pool.over(PoolBacking(RecordingFile(bytes(recorded.file.content))))
        again.malloc(10)
        again.commit()
        again.check()


@pytest.mark.parametrize("kind", ["write", "truncate", "sync"])
def test_a_pool_that_cant_be_made_is_an_error_and_can_be_made_later(kind: str) -> None:
    file = FailingFile(kind, 1)
    file.armed = True
    with pytest.raises(PoolError):
        Recorded(file)
    pool = Pool.over(PoolBacking(file))
    pool.malloc(5)
    pool.commit()
    pool.check()
