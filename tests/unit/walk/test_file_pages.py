"""Pages of memory against a file: one that is the same proves it, many guesses don't."""

from __future__ import annotations

import pytest
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.walk.file_pages import Agreement, agreement, file_pages

PAGE, BASE = 0x1000, 0x10000
A, B, C, ZEROS = b"a" * PAGE, b"b" * PAGE, b"c" * PAGE, bytes(PAGE)


def of(memory: list[tuple[int, bytes]], places: list[tuple[int, int, int]], file: bytes) -> Agreement:
    (reader,) = buffer_target([(at, content, "r--p") for at, content in memory]).readers
    return agreement(file_pages(places, reader), lambda at, size: file[at : at + size], None)


TWICE = [(BASE, BASE + PAGE, 0), (BASE + PAGE, BASE + 2 * PAGE, 0)]
WHOLE = [(BASE, BASE + 3 * PAGE, 0)]


@pytest.mark.parametrize(
    ("memory", "places", "told", "is_proof"),
    [
        pytest.param([(BASE, A)], WHOLE, (1, 0), True, id="one page"),
        pytest.param([(BASE + 2 * PAGE, C)], WHOLE, (1, 0), True, id="the last, behind a hole"),
        pytest.param([(BASE, A[:-1])], WHOLE, (0, 0), False, id="not the whole page"),
        pytest.param([(BASE, B)], WHOLE, (0, 1), False, id="another"),
        pytest.param([(BASE, A + C + C)], WHOLE, (2, 1), True, id="one is patched"),
        pytest.param([(BASE, A + C + A)], WHOLE, (1, 2), False, id="more differ than are the same"),
        pytest.param([(BASE, ZEROS)], WHOLE, (0, 0), False, id="zeros"),
        pytest.param([], WHOLE, (0, 0), False, id="nothing"),
        pytest.param([(BASE, A), (BASE + PAGE, B)], TWICE, (0, 1), False, id="two guesses of one page"),
        pytest.param([(BASE, b"\x01" + bytes(PAGE - 1))], [(BASE, BASE + PAGE, 3 * PAGE)], (1, 0), True,
                     id="zeros behind the file's end"),
    ],
)  # fmt: skip
def test_pages_are_compared_whole(memory, places, told, is_proof) -> None:  # type: ignore[no-untyped-def]
    found = of(memory, places, A + B + C + b"\x01")
    assert (tuple(found), found.is_proof) == (told, is_proof)


def test_of_much_memory_little_is_read() -> None:
    (reader,) = buffer_target([(BASE, A, "r--p")]).readers
    assert len(list(file_pages([(BASE, 1 << 60, 0)], reader))) == 1
