"""Protections: their bits, their text, and what isn't known of them."""

from __future__ import annotations

import copy
import itertools
import mmap
import pickle

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.maps.protection import UNKNOWN, Protection

TEXTS = ["".join(letters) for letters in itertools.product("r-?", "w-?", "x-?", "sp?")]


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_is_a_protection_and_back(text):
    protection = Protection.parse(text)
    assert str(protection) == f"{protection}" == text
    assert protection is Protection.parse(text)


def test_no_two_texts_mean_the_same():
    assert len({int(Protection.parse(text)) for text in TEXTS}) == len(TEXTS) == 81


def test_it_is_shown_padded_in_a_table():
    assert f"{Protection.parse('r-xp'):>6}" == "  r-xp"


@pytest.mark.parametrize(
    ("text", "flags", "unknown"),
    [
        ("---p", Protection(0), Protection(0)),
        ("rwxs", Protection.READ | Protection.WRITE | Protection.EXEC | Protection.SHARED, Protection(0)),
        ("r??p", Protection.READ, Protection.WRITE | Protection.EXEC),
        ("???s", Protection.SHARED, Protection.READ | Protection.WRITE | Protection.EXEC),
        ("rw-?", Protection.READ | Protection.WRITE, Protection.SHARED),
    ],
)
def test_flags_that_hold_and_flags_that_are_not_known(text, flags, unknown):
    protection = Protection.parse(text)
    assert protection & Protection(0xF) == flags
    assert protection.unknown == unknown


def test_read_write_and_execute_have_the_bits_of_mmap():
    assert (Protection.READ, Protection.WRITE, Protection.EXEC) == (
        mmap.PROT_READ,
        mmap.PROT_WRITE,
        mmap.PROT_EXEC,
    )


def test_unknown_is_all_four():
    assert str(UNKNOWN) == "????"


@pytest.mark.parametrize(
    "text", ["", "rwx", "rw-px", "RW-P", "wr-p", "rw p", "rws-", "----", "rw-p\n", "0x7"]
)
def test_other_texts_are_refused(text):
    with pytest.raises(InvalidArgument, match="no protection"):
        Protection.parse(text)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_a_copy_is_the_same(copied):
    assert copied(Protection.parse("r?xs")) == Protection.parse("r?xs")
