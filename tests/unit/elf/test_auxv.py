"""The auxiliary vector, read and made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.arch import Arch
from ptatlas.core.elf.auxv import encode_auxv, parse_auxv

ARCHES = [Arch(word_size, endian) for word_size in (4, 8) for endian in ("little", "big")]
words = st.integers(0, (1 << 32) - 1)


@pytest.mark.parametrize("arch", ARCHES, ids=str)
@given(entries=st.dictionaries(words.filter(bool), words))
def test_entries_come_back(arch, entries):
    assert parse_auxv(encode_auxv(entries, arch), arch) == entries


def test_what_follows_the_end_or_is_cut_off_is_nothing():
    arch = Arch(8, "little")
    content = encode_auxv({25: 7, 6: 4096}, arch)
    assert parse_auxv(content + encode_auxv({33: 1}, arch), arch) == {25: 7, 6: 4096}
    assert parse_auxv(content[:24], arch) == {25: 7}
    assert parse_auxv(b"", arch) == {}
