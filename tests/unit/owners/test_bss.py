"""Memory behind a module's file, by the module's headers."""

from __future__ import annotations

import pytest
from support.mapped import mapped, object_head, owners

LIBRARY = """
    7f0000000000-7f0000001000 r--p 00000000 fe:00 7 /lib/libx.so.1
    7f0000001000-7f0000002000 r-xp 00001000 fe:00 7 /lib/libx.so.1
    7f0000002000-7f0000003000 rw-p 00002000 fe:00 7 /lib/libx.so.1
"""
BASE, BSS = 0x7F0000000000, 0x7F0000003000
# The last segment's file part ends in the page at 0x2000, and 0x3800 bytes of it are not in the file.
HEAD = object_head((0, 0, 0x600, 0x600), (0x1000, 0x1000, 0x800, 0x800), (0x2100, 0x2100, 0x700, 0x3F00))


@pytest.mark.parametrize(
    ("behind", "head", "expected"),
    [
        pytest.param("7f0000003000-7f0000006000 rw-p", HEAD, ".bss of libx.so.1", id="all of it"),
        pytest.param(
            "7f0000003000-7f0000008000 rw-p", HEAD, ".bss of libx.so.1, up to 0x7f0000006000", id="and more"
        ),
        pytest.param("7f0000003000-7f0000004000 rw-p", HEAD, ".bss of libx.so.1", id="its first page"),
        pytest.param("7f0000004000-7f0000006000 rw-p", HEAD, None, id="not right behind"),
        pytest.param("7f0000003000-7f0000006000 ---p", HEAD, None, id="no access"),
        pytest.param(
            "7f0000003000-7f0000006000 rw-p",
            object_head((0, 0, 0x600, 0x600), (0x2100, 0x2100, 0x700, 0x700)),
            None,
            id="a module without: it lies there by chance",
        ),
        pytest.param("7f0000003000-7f0000006000 rw-p", b"no headers", None, id="no ELF object"),
        pytest.param("7f0000003000-7f0000006000 rw-p", b"", None, id="headers that can't be read"),
    ],
)
def test_what_goes_on_behind_a_module_is_its_bss(behind, head, expected):
    content = {BASE: head} if head else {}
    owner = owners(mapped(f"{LIBRARY}\n{behind} 00000000 00:00 0", content)).get(BSS)
    assert (owner and owner.text) == expected
    if owner is not None:
        assert (owner.what, owner.of) == ("bss", "/lib/libx.so.1")
        assert owner.end <= 0x7F0000006000


def test_of_two_loaded_alike_each_has_its_own():
    second = LIBRARY.replace("7f00000", "7f00001")
    text = (
        f"{LIBRARY}7f0000003000-7f0000006000 rw-p 0 00:00 0\n{second}7f0000103000-7f0000106000 rw-p 0 00:00 0"
    )
    found = owners(mapped(text, {BASE: HEAD, BASE + 0x100000: HEAD}))
    assert sorted(found) == [BSS, BSS + 0x100000]


def test_a_map_without_modules_is_never_read():
    inferior = mapped("\n".join(f"{at:x}000-{at:x}800 rw-p 0 00:00 0" for at in range(1, 50)))
    assert owners(inferior) == {}
    assert inferior.target.readers[0].asked == []
