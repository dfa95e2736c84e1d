"""What changed, in the words of a table."""

from __future__ import annotations

import pytest
from ptatlas.core.commands.maps.changes import COLUMNS
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.changes import ALTERED, AreaChange

BEFORE = Area(0x1000, 0x2000, None, 0, "/memfd:x (deleted)", device="00:01", inode=71546)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        pytest.param(BEFORE._replace(end=0x3000), "size 4K -> 8K", id="size"),
        pytest.param(BEFORE._replace(offset=0x1000, path=""), "offset 0x0 -> 0x1000, path", id="several"),
        pytest.param(BEFORE._replace(inode=71547), "file 00:01 71546 -> 00:01 71547", id="another file"),
        pytest.param(BEFORE._replace(device=None, inode=None), "file 00:01 71546 -> ? ?", id="not known"),
    ],
)
def test_what_changed_is_never_left_open(after: Area, words: str) -> None:
    column = next(each for each in COLUMNS if each.name == "what")
    assert str(column.get(AreaChange(ALTERED, BEFORE, after))).startswith(words)
