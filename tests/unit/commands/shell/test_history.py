"""What commands remember of inferiors, and that it goes with them."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

from ptatlas.core.arch import Arch
from ptatlas.core.commands.shell.history import History
from ptatlas.core.inferior import Inferior
from ptatlas.core.search.hits.hit_list import HitList
from ptatlas.core.search.hits.hits import Hit
from ptatlas.core.search.narrowing.last_search import LastSearch
from ptatlas.core.sources import buffer_target


def search(*addresses: int) -> LastSearch:
    hits = HitList()
    for address in addresses:
        hits.append(Hit(address, 1), None)
    return LastSearch((), Arch(), hits)


def test_each_inferior_has_its_own_and_so_has_none():
    history, one, other = History(), Inferior(buffer_target([])), Inferior(buffer_target([]))
    for number, inferior in enumerate((one, other, None)):
        history.of(inferior).listed = number
        history.keep(inferior, search(number))
    assert [history.of(inferior).listed for inferior in (one, other, None)] == [0, 1, 2]
    assert [history.of(inferior).last_search.hits[0].address for inferior in (one, other, None)] == [0, 1, 2]
    assert history.of(one).followed is None


def test_the_hits_of_the_last_search_are_the_inferiors_last_hits():
    history, inferior = History(), Inferior(buffer_target([]))
    assert list(inferior.last_hits) == []
    history.keep(inferior, search(7, 8))
    history.keep(None, search(9))
    assert [hit.address for hit in inferior.last_hits] == [7, 8]


def test_an_inferior_that_goes_away_is_forgotten():
    history, inferior = History(), Inferior(buffer_target([]))
    last = search(7)
    history.keep(inferior, last)
    gone = weakref.ref(inferior), weakref.ref(last)
    del inferior, last
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def process(pid: int | None, name: str) -> Inferior:
    return Inferior(replace(buffer_target([]), pid=pid, name=name))


def test_a_process_is_followed_whatever_program_it_becomes():
    history, shell, other = History(), process(7, "sh"), process(7, "ls")
    assert not history.is_followed(shell)
    history.follow(shell, 3)
    assert (history.of(shell).followed, history.of(other).followed) == (3, None)
    assert [history.is_followed(each) for each in (shell, other, process(8, "ls"))] == [True, True, False]
    assert [history.followed_before(each) for each in (shell, other)] == [None, "sh"]
    history.follow(other, 1)
    assert history.followed_before(other) is None
    history.follow(other, None)
    assert not history.is_followed(other)
    assert not history.is_followed(process(7, "sh"))


def test_what_has_no_number_is_followed_by_itself():
    history, one, other = History(), process(None, "x"), process(None, "x")
    history.follow(one, 1)
    assert (history.is_followed(one), history.is_followed(other)) == (True, False)
    assert history.followed_before(other) is None
