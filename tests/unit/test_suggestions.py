"""Hints at what may have been meant."""

from __future__ import annotations

from ptatlas.core.suggestions import did_you_mean

NAMES = ("save", "store", "snapshot")


def test_the_nearest_name_is_suggested() -> None:
    assert did_you_mean("snapshto", NAMES) == "did you mean snapshot?"
    assert did_you_mean("stor", iter(NAMES), "see --help", prefix="--") == "did you mean --store?"


def test_where_none_is_near_all_are_named_or_what_the_caller_says() -> None:
    assert did_you_mean("xyz", NAMES) == "one of save, store, snapshot"
    assert did_you_mean("xyz", NAMES, "see --help") == "see --help"
    assert did_you_mean("xyz", (), "") == ""
