"""glibc's arenas, by their structures as several versions lay them out."""

from __future__ import annotations

import struct

import pytest
from ptatlas.core.elf.headers import EM_386
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import Range
from ptatlas.core.sources.fixed import FixedUntouched
from support.mapped import mapped, said

HEAP, SECOND, USED = 0x7F4784000000, 0x7F4788000000, 0x21000
TEXT = """
    7f4784000000-7f4784021000 rw-p 00000000 00:00 0
    7f4784021000-7f4788000000 ---p 00000000 00:00 0
    7f4788000000-7f4788040000 rw-p 00000000 00:00 0
    7f4788040000-7f478c000000 ---p 00000000 00:00 0
"""
ARENA = "glibc arena 0x7f4784000030"
# Words of heap_info with its padding, and of an arena before its bins: glibc 2.35 and later, 2.27, 2.26.
LAYOUTS = [
    pytest.param(6, 14, id="2.36"),
    pytest.param(4, 14, id="2.31"),
    pytest.param(4, 13, id="2.26"),
    pytest.param(6, 4, id="one without fast bins"),
]


def heap(start, *, info=6, before=14, word=8, used=USED, full=(), arena=None, previous=0, size=None):
    """The beginning of a heap; of the first heap of an arena, with the arena and its bins."""
    first = arena is None
    arena = start + info * word if first else arena
    size = used if size is None else size
    words = [arena, previous, size, used, 0x1000, 0][:info] if info > 4 else [arena, previous, size, used]
    if first:
        words += [0x1234] * before
        for number in range(127):
            itself = arena + (before + 2 * number - 2) * word
            words += [start + 0x900, start + 0xA00] if number in full else [itself, itself]
    return struct.pack(f"<{len(words)}{'Q' if word == 8 else 'I'}", *words)


@pytest.mark.parametrize(("info", "before"), LAYOUTS)
def test_an_arena_is_told_by_its_bins(info, before):
    found = said(mapped(TEXT, {HEAP: heap(HEAP, info=info, before=before)}))
    name = f"glibc arena {HEAP + info * 8:#x}"
    assert found == {"7f4784000000": name, "7f4784021000": f"rest of {name}"}


def test_further_heaps_of_an_arena_lead_back_to_it():
    content = {HEAP: heap(HEAP), SECOND: heap(SECOND, used=0x40000, arena=HEAP + 0x30, previous=HEAP)}
    assert said(mapped(TEXT, content)) == {
        "7f4784000000": ARENA,
        "7f4784021000": f"rest of {ARENA}",
        "7f4788000000": ARENA,
        "7f4788040000": f"rest of {ARENA}",
    }


def test_an_arena_may_have_thousands_of_heaps_the_last_of_which_lies_lowest():
    """As the kernel maps them, from the top down: 100 GiB of one thread's blocks, or 2 GiB in 32 bits."""
    starts = [HEAP - number * (64 << 20) for number in range(2000)]
    content = {HEAP: heap(HEAP)}
    for start, previous in zip(starts[1:], starts):
        content[start] = heap(start, arena=HEAP + 0x30, previous=previous)
    text = "\n".join(f"{start:x}-{start + USED:x} rw-p 00000000 00:00 0" for start in reversed(starts))
    assert said(mapped(text, content)) == {f"{start:x}": ARENA for start in starts}


def test_a_chain_of_heaps_that_leads_back_to_itself_is_no_arena():
    content = {
        HEAP: heap(HEAP, arena=HEAP + 0x30, previous=SECOND),
        SECOND: heap(SECOND, arena=HEAP + 0x30, previous=HEAP),
    }
    assert said(mapped(TEXT, content)) == {}


@pytest.mark.parametrize(
    ("info", "before", "arena"),
    [
        pytest.param(6, 16, 0xF6A00018, id="blocks aligned to 16 bytes"),
        pytest.param(4, 15, 0xF6A00010, id="blocks aligned to 8 bytes, 2.31"),
    ],
)
def test_an_arena_of_32_bits(info, before, arena):
    text = "f6a00000-f6a21000 rw-p 0 00:00 0\nf6a21000-f6b00000 ---p 0 00:00 0"
    content = {0xF6A00000: heap(0xF6A00000, info=info, word=4, before=before)}
    assert said(mapped(text, content, machine=EM_386, word_size=4)) == {
        "f6a00000": f"glibc arena {arena:#x}",
        "f6a21000": f"rest of glibc arena {arena:#x}",
    }


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="it can't be read"),
        pytest.param(bytes(4096), id="zeros"),
        pytest.param(b"\xff" * 4096, id="anything"),
        pytest.param(heap(HEAP)[:-256], id="cut off"),
        pytest.param(heap(HEAP, full=range(120)), id="too few empty bins to be proof"),
        pytest.param(heap(HEAP, used=(64 << 20) + 4096), id="larger than any heap"),
        pytest.param(heap(HEAP, used=USED + 1), id="no whole pages"),
        pytest.param(heap(HEAP, size=USED + 4096), id="more in use than can be"),
        pytest.param(heap(HEAP, size=0), id="nothing in use"),
        pytest.param(heap(HEAP, previous=HEAP), id="a chain that leads back to itself"),
        pytest.param(heap(HEAP, previous=HEAP + 4096), id="a chain to where no heap begins"),
        pytest.param(heap(HEAP, previous=SECOND), id="a chain to what is no heap"),
        pytest.param(heap(HEAP, arena=SECOND + 0x30), id="an arena elsewhere, without a chain"),
    ],
)
def test_what_is_no_arena(content):
    assert said(mapped(TEXT, {HEAP: content} if content else {})) == {}


def test_a_bin_in_use_is_no_contradiction():
    assert said(mapped(TEXT, {HEAP: heap(HEAP, full=(0, 5, 126))}))["7f4784000000"] == ARENA


def test_what_was_never_touched_is_not_read():
    untouched = FixedUntouched(RangeSet([Range(HEAP, HEAP + 0x1000)]))
    inferior = mapped(TEXT, {HEAP: heap(HEAP)}, untouched=untouched)
    assert said(inferior) == {}
    assert all(asked.start != HEAP for asked in inferior.target.readers[0].asked)


def test_what_does_not_begin_like_a_heap_is_not_read():
    inferior = mapped("7f4784001000-7f4784021000 rw-p 0 00:00 0\n7f4785000000-7f4786000000 rw-p 0 00:00 0")
    assert said(inferior) == {}
    assert inferior.target.readers[0].asked == []
