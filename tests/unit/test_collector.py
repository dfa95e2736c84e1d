"""Full collections wait for the end of a block, and only they."""

from __future__ import annotations

import gc

import pytest
from ptatlas.core.collector import no_full_collection


def _collections() -> list[int]:
    return [generation["collections"] for generation in gc.get_stats()]


@pytest.mark.skipif(
    len(gc.get_stats()) != 3 or gc.get_threshold()[2] == 0, reason="this Python collects little by little"
)
def test_no_collection_is_full_however_much_is_made():
    with no_full_collection():
        before = _collections()
        kept = [[] for _ in range(500_000)]
        young, middle, full = (now - then for now, then in zip(_collections(), before))
    assert kept
    assert young > 0
    assert middle > 0
    assert full == 0


def test_the_collector_is_as_it_was_whatever_happens():
    before = gc.get_threshold()
    with pytest.raises(KeyboardInterrupt), no_full_collection(), no_full_collection():
        raise KeyboardInterrupt
    assert gc.get_threshold() == before
