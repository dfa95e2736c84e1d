"""Which pages of memory were written."""

from __future__ import annotations

from ptatlas.core.pool.layout import PAGE
from ptatlas.core.pool.mapping import new_memory
from ptatlas.core.pool.touched import written


def test_the_kernel_tells_which_pages_were_written() -> None:
    memory = new_memory(300 * PAGE)
    assert list(written(memory, [(0, 300)])) == []
    memory[7 * PAGE] = 1
    memory[200 * PAGE : 203 * PAGE] = b"x" * (3 * PAGE)
    found = {page for first, end in written(memory, [(0, 300)]) for page in range(first, end)}
    assert {7, 200, 201, 202} <= found
    inside = {page for first, end in written(memory, [(100, 201)]) for page in range(first, end)}
    assert 200 in inside <= set(range(100, 201))
    memory.close()
