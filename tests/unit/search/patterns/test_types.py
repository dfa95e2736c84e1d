"""The table of pattern types: it is whole, it says what the patterns do, and it costs nothing to import."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.errors import PatternError
from ptatlas.core.search.patterns import types
from ptatlas.core.search.patterns.number_format import Number
from ptatlas.core.search.patterns.pattern import TYPES, Pattern
from ptatlas.core.search.patterns.types import PATTERN_TYPES, TYPE_NAMES, pattern_type

ARCH = Arch(8, "little")
# What is typed here for a type that does not take "11".
READABLE: dict[str, str] = {}
READ_HERE = [known for known in PATTERN_TYPES if not (known.evaluated or known.several)]


def read(known, **options):
    return Pattern.parse(known.name, READABLE.get(known.name, "11"), arch=ARCH, **options)


def test_every_type_and_every_letter_stands_in_the_table_once():
    letters = [known.short for known in PATTERN_TYPES if known.short]
    assert len(set(TYPE_NAMES)) == len(TYPE_NAMES)
    assert len(set(letters)) == len(letters)


def test_every_type_that_needs_no_debugger_has_a_reader():
    assert tuple(known.name for known in READ_HERE) == TYPES
    assert [read(known).type for known in READ_HERE] == list(TYPES)


@pytest.mark.parametrize("known", READ_HERE, ids=lambda known: known.name)
def test_case_is_ignored_where_the_table_says_so(known):
    if known.has_case:
        assert read(known, ignore_case=True).type == known.name
    else:
        with pytest.raises(PatternError):
            read(known, ignore_case=True)


@pytest.mark.parametrize("known", READ_HERE, ids=lambda known: known.name)
def test_the_words_of_a_number_are_as_large_as_the_table_says(known):
    number = Number.of(read(known), ARCH)
    assert (number is not None) == bool(known.number)
    if number is not None:
        assert number.size == (known.size or ARCH.word_size) == read(known).size


@pytest.mark.parametrize("known", READ_HERE, ids=lambda known: known.name)
def test_matches_lie_at_words_where_the_table_says_so(known):
    assert read(known).default_align == (ARCH.word_size if known.at_words else 1)


def test_a_type_is_found_by_its_name():
    assert [pattern_type(known.name) for known in PATTERN_TYPES] == list(PATTERN_TYPES)
    assert pattern_type("yara") is None


def test_the_table_imports_nothing_of_the_search():
    tree = ast.parse(Path(types.__file__).read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules == {"typing"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
