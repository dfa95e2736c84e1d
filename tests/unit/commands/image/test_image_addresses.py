"""Addresses that are given for an image: read as the image's memory has them, not as the inferior's."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import AARCH64_IGNORED, Arch
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell

PLACE = 0xFFFF93899000
TAGGED = 0x0B << 56 | PLACE


@pytest.fixture
def shell() -> Shell:
    """Over a 32-bit inferior, with two snapshots `a` and `b` of another machine, and an image `plain`."""
    shell = Shell(buffer_target([BufferArea(0x1000, b"here")], Arch(word_size=4)))
    for name, content in (("a", b"MARK"), ("b", b"MaRK")):
        arch = Arch(ignored_bits=AARCH64_IGNORED)
        other = Shell(buffer_target([BufferArea(PLACE, content)], arch))
        other.run(f"pt-image snapshot {name}")
        shell.session.images[name] = other.session.images[name]
    shell.run("pt-image new plain")
    return shell


def test_bytes_of_a_snapshot_are_read_at_a_tagged_address(shell):
    assert shell.json(f"pt-image read a {TAGGED:#x} 4")["bytes"] == b"MARK".hex()


def test_two_snapshots_are_compared_in_a_range_of_tagged_addresses(shell):
    for scope in (f"--in {TAGGED:#x},+4", f"--in {TAGGED:#x}", f"--from {TAGGED + 1:#x}"):
        (change,) = shell.json(f"pt-image diff a b {scope}")["ranges"]
        assert change["start"] == hex(PLACE + 1)
    assert shell.json(f"pt-image diff a b --from {TAGGED + 2:#x}")["ranges"] == []


def test_a_file_is_placed_at_a_tagged_address(shell, tmp_path):
    (tmp_path / "file").write_bytes(b"file")
    added = shell.json(f"pt-image add-file a {tmp_path}/file 0 4 {TAGGED + 0x1000:#x}")
    assert added["start"] == hex(PLACE + 0x1000)


def test_an_image_that_knows_no_architecture_has_the_inferior_s(shell):
    with pytest.raises(Exception, match="has more than 4 bytes"):
        shell.run("pt-image read plain 0x100000000 4")
