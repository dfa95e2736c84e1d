"""Ctrl-C at any line of the pool's code: the last commit stays, and a torn pool can't be committed."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from ptatlas.core.errors import PoolError
from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from support.interrupted import InterruptedAt
from support.pool_recorder import Recorded, RecordingFile, generation_of, state_of

pytestmark = pytest.mark.slow

# A prime, so that over all the runs no line is always missed.
STEP = 11


def history(recorded: Recorded) -> None:
    """All kinds of operations, and three commits."""
    first = recorded.malloc(b"first" * 10)
    large = recorded.malloc(b"large" * 8000)
    recorded.set_key(1, first)
    recorded.commit()
    recorded.write(first, b"other" * 10)
    recorded.free(large)
    recorded.malloc(b"more" * 700)
    recorded.commit()
    grown = recorded.pool.realloc(first, 40_000)
    recorded.blocks[grown] = recorded.blocks.pop(first).ljust(40_000, b"+")
    recorded.pool.view(grown)[50:] = b"+" * 39_950
    recorded.commit()


def interrupted(last: int) -> Recorded | None:
    """The history, interrupted at its Nth line; None if it has fewer."""
    recorded = Recorded()
    try:
        with InterruptedAt(last, "/core/pool/"):
            history(recorded)
    except KeyboardInterrupt:
        return recorded
    return None


def error_of(call: Callable[[], Any]) -> int:
    with pytest.raises(PoolError) as failure:
        call()
    return failure.value.errno


def is_torn(pool: Pool) -> bool:
    try:
        pool.stats()
    except PoolError:
        return True
    return False


def malloc_many(pool: Pool) -> None:
    with InterruptedAt(40, "/core/pool/"):
        for _ in range(100):
            pool.malloc(1000)


def test_an_interrupt_at_any_line_leaves_the_last_commit() -> None:
    torn = whole = 0
    for last in range(1, 1_000_000, STEP):
        recorded = interrupted(last)
        if recorded is None:
            break
        promised = recorded.file.promised
        if is_torn(recorded.pool):
            assert error_of(recorded.pool.commit) == errno.EINTR
            torn += 1
        else:
            recorded.pool.check()
            whole += 1
        recorded.pool.detach(commit=False)
        content = bytes(recorded.file.content)
        again = Pool.over(PoolBacking(RecordingFile(content)))
        assert promised <= generation_of(content) <= recorded.file.underway
        expected = recorded.states[again.generation]
        assert state_of(again, iter(expected[0])) == expected
        again.check()
        assert again.malloc(5)
        again.commit()
        again.check()
    assert torn > 20
    assert torn + whole > 50


def test_what_a_torn_pool_refuses_and_what_not() -> None:
    pool = Pool.attach()
    address = pool.malloc(100)
    with pytest.raises(KeyboardInterrupt):
        malloc_many(pool)
    for call in (lambda: pool.malloc(5), lambda: pool.view(address), lambda: pool.free(address), pool.commit):
        assert (error_of(call), pool.errno) == (errno.EINTR, 0)
    assert error_of(pool.detach) == errno.EINTR
    pool.detach(commit=False)


def test_an_interrupted_reader_goes_on() -> None:
    recorded = Recorded()
    history(recorded)
    content = bytes(recorded.file.content)
    expected = recorded.states[recorded.pool.generation]
    for last in range(1, 400, 7):
        reader = Pool.over(PoolBacking(RecordingFile(content)), read_only=True)
        try:
            with InterruptedAt(last, "/core/pool/"):
                state_of(reader, iter(expected[0]))
        except KeyboardInterrupt:
            assert state_of(reader, iter(expected[0])) == expected
