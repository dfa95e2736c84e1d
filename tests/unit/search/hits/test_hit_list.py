"""Hits that are kept: as a sequence, in little memory, and never more than so many."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptatlas.core.search.hits.hit_list import HitList
from ptatlas.core.search.hits.hits import Batch, Hit

TOP = 1 << 64


def one_by_one(hits, values=None) -> HitList:
    kept = HitList()
    for number, hit in enumerate(hits):
        kept.append(hit, values and values[number])
    return kept


@st.composite
def batches(draw: st.DrawFn) -> list[Batch]:
    """Batches in order of address: few hits and many, runs of zeros, with values and without."""
    made, at = [], draw(st.sampled_from([0, 0x1000, TOP - 200_000]))
    for _ in range(draw(st.integers(0, 5))):
        count, step = draw(st.sampled_from([1, 2, 7, 4095, 4096, 20_000])), draw(st.sampled_from([1, 2]))
        if at + count * step >= TOP:
            break
        addresses = range(at, at + count * step, step)
        values = draw(st.sampled_from([None, 0, TOP - 1, list(range(count))]))
        as_run = draw(st.booleans())
        sizes = draw(st.sampled_from([4, [1 + n % 9 for n in range(count)]]))
        patterns = draw(st.sampled_from([0, 300, [n % 3 for n in range(count)]]))
        made.append(Batch(addresses if as_run else list(addresses), sizes, patterns, values))
        at = addresses[-1] + 1
    return made


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.data(), batches(), st.booleans())
def test_what_was_added_is_there_in_order_and_may_be_cut(data, made, singly):
    every = [hit for batch in made for hit in batch.hits()]
    kept = HitList()
    for batch in made:
        if singly and len(batch.addresses) < 10:
            for hit in batch.hits():
                kept.append(hit)
        else:
            kept.extend(batch)
    assert (len(kept), list(kept), kept.total) == (len(every), every, len(every))
    for index in data.draw(st.lists(st.integers(-len(every), len(every) - 1), max_size=5)) if every else ():
        assert kept[index] == every[index]
        address = every[index].address
        below = sum(hit.address < address for hit in every)
        assert (kept.first_from(address), kept.first_from(address + 1)) == (
            below,
            below + sum(hit.address == address for hit in every),
        )
    count = data.draw(st.integers(0, len(every)))
    kept.cut(count)
    assert list(kept) == every[:count]
    kept.append(Hit(TOP - 1, 1))
    assert list(kept)[count:] == [Hit(TOP - 1, 1)]


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([0] * 9000, id="all the same"),
        pytest.param(list(range(9000)), id="small"),
        pytest.param([(TOP - 1) * (n % 2) for n in range(9000)], id="as large as they get"),
    ],
)
def test_values_are_kept_beside_the_hits(values):
    hits = [Hit(0x1000 + n, 8) for n in range(9000)]
    kept, batch = HitList(), Batch([hit.address for hit in hits], 8, 0, values)
    kept.extend(batch)
    assert [kept.value(n) for n in range(9000)] == values
    assert [one_by_one(hits, values).value(n) for n in (0, 5000, 8999)] == [
        values[n] for n in (0, 5000, 8999)
    ]


def test_a_hit_without_a_value_has_none():
    kept = HitList()
    kept.extend(Batch([1, 2], 1))
    assert kept.value(1) is None


def test_no_more_than_so_many_are_kept_and_the_rest_are_counted():
    kept = HitList(most=5000)
    kept.extend(Batch(range(4000), 1))
    kept.extend(Batch(list(range(4000, 7000)), 1))
    kept.append(Hit(9000, 1))
    assert (len(kept), kept.missed, kept.total) == (4000, 3001, 7001)
    kept.cut(5000)
    assert (len(kept), kept.total) == (4000, 5000)


def test_matches_all_over_zeros_cost_next_to_nothing():
    kept = HitList(most=100)
    kept.extend(Batch(range(1 << 40), 1, 0, 0))
    assert (len(kept), kept.missed, kept[-1]) == (1 << 40, 0, Hit((1 << 40) - 1, 1))


@pytest.mark.parametrize("index", [-3, 2])
def test_there_is_no_hit_beyond_the_last(index):
    kept = one_by_one([Hit(1, 1), Hit(2, 1)])
    with pytest.raises(IndexError):
        kept[index]
    assert kept[-2:] == [Hit(1, 1), Hit(2, 1)]
    assert list(HitList()) == []
