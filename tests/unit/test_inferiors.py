"""Inferiors by number: one model for as long as it stays the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ptatlas.core.errors import AtlasError
from ptatlas.core.inferior import Inferior
from ptatlas.core.inferiors import Inferiors, required
from ptatlas.core.sources import buffer_target

THROUGH_DEBUGGER = buffer_target([(0x1000, b"content", "rw-p")])
READ_DIRECTLY = replace(THROUGH_DEBUGGER, raw=THROUGH_DEBUGGER.readers[0])


@pytest.fixture
def inferiors():
    return Inferiors()


@pytest.fixture
def made():
    """The targets that were made, in order."""
    return []


def ask(inferiors, made, number=1, identity="it", *, target=THROUGH_DEBUGGER, running=False):
    def make():
        made.append((number, identity))
        return target

    return inferiors.of(number, identity, make, lambda: running)


def test_each_number_is_made_once_and_stays(inferiors, made):
    first, second = (ask(inferiors, made, number) for number in (1, 2))
    assert first is not second
    assert [ask(inferiors, made, number) for number in (1, 2, 1)] == [first, second, first]
    assert made == [(1, "it"), (2, "it")]


def test_one_that_is_not_read_directly_is_another_and_both_stay(inferiors, made):
    first = ask(inferiors, made)
    through = inferiors.of(1, "it", lambda: THROUGH_DEBUGGER, lambda: False, directly=False)
    assert through is not first
    assert ask(inferiors, made) is first
    inferiors.forget(1)
    assert 1 not in inferiors
    assert ask(inferiors, made) is not first


def test_another_identity_is_another_inferior(inferiors, made):
    first = ask(inferiors, made)
    assert ask(inferiors, made, identity="another") is not first
    assert made == [(1, "it"), (1, "another")]


def test_one_that_runs_and_only_the_debugger_reads_is_made_anew_until_it_stops(inferiors, made):
    running = [ask(inferiors, made, running=True) for _ in range(2)]
    assert running[0] is not running[1]
    assert 1 not in inferiors
    stopped = ask(inferiors, made)
    assert ask(inferiors, made, running=True) is stopped
    assert len(made) == 3


def test_one_that_is_read_directly_stays_although_it_runs(inferiors, made):
    first = ask(inferiors, made, target=READ_DIRECTLY, running=True)
    assert ask(inferiors, made, target=READ_DIRECTLY, running=True) is first


def test_whether_it_runs_is_not_asked_of_one_that_is_kept(inferiors, made):
    kept = ask(inferiors, made)

    def fail():
        raise AssertionError

    assert inferiors.of(1, "it", fail, fail) is kept


def test_one_that_cannot_be_made_leaves_what_was_kept(inferiors, made):
    kept = ask(inferiors, made)

    def fail():
        raise AtlasError("gone")

    with pytest.raises(AtlasError):
        inferiors.of(1, "another", fail, lambda: False)
    assert ask(inferiors, made) is kept


def test_what_is_forgotten_is_made_anew(inferiors, made):
    first = ask(inferiors, made)
    assert 1 in inferiors
    for _ in range(2):
        inferiors.forget(1)
        assert 1 not in inferiors
    assert ask(inferiors, made) is not first


def test_an_inferior_that_is_required_and_missing_is_told_in_one_sentence():
    inferior = Inferior(THROUGH_DEBUGGER)
    assert required(inferior) is inferior
    with pytest.raises(AtlasError, match=r"^no process \(start one, attach, or open a core file\)$"):
        required(None)
