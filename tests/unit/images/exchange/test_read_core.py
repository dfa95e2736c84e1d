"""Images of dumps of any format that tells where in its file memory lies."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from ptatlas.core.errors import SourceError
from ptatlas.core.images.exchange.read_core import image_of_core
from ptatlas.core.ports.files import FilePart
from ptatlas.core.ports.target import Target
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.fixed import FixedDumped

BASE, PAGE = 0x1000, 4096
CONTENT = bytes(range(256)) * 16


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    """A dump of a made-up format: eight bytes of its own, then one page of memory."""
    path = tmp_path / "dump"
    path.write_bytes(b"MADE UP!" + CONTENT)
    return path


def target_of(dump: Path) -> Target:
    found = os.stat(dump)
    part = FilePart(BASE, BASE + PAGE, str(dump), (found.st_dev, found.st_ino), 8)
    return replace(buffer_target([BufferArea(BASE, CONTENT, "rw-p")]), dumped=FixedDumped([part]))


def test_the_image_shows_memory_where_it_lies_in_the_file(dump: Path) -> None:
    image, left_out = image_of_core("made-up", dump, target_of(dump))
    assert left_out == ()
    assert image.read(BASE, PAGE) == CONTENT
    (section,) = image.sections
    assert (section.start, section.end, section.file_offset) == (BASE, BASE + PAGE, 8)


def test_a_dump_that_does_not_tell_where_memory_lies_becomes_no_image(dump: Path) -> None:
    with pytest.raises(SourceError, match="readable in place") as caught:
        image_of_core("made-up", dump, replace(target_of(dump), dumped=None))
    assert caught.value.hint == "open it in the debugger and take a snapshot"


def test_a_file_that_was_replaced_since_it_was_opened_is_refused(dump: Path, tmp_path: Path) -> None:
    target = target_of(dump)
    other = tmp_path / "other"
    other.write_bytes(dump.read_bytes())
    os.replace(other, dump)
    with pytest.raises(SourceError, match="was replaced"):
        image_of_core("made-up", dump, target)
