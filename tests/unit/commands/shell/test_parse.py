"""Arguments into words, words into options and positionals."""

import contextlib
import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.commands.shell.parse import parse, split, words_before
from ptatlas.core.commands.shell.spec import Call, Command, Option, Positional
from ptatlas.core.errors import InvalidArgument

ANSWER = "nowhere:nothing"


ONE = Command(
    "pt-one",
    "does one thing",
    (
        Call(
            "",
            "the thing",
            ANSWER,
            (Positional("WHERE", "where", 0, None),),
            (
                Option("name", "by name", "GLOB", short="n", repeat=True),
                Option("columns", "what", "LIST", choices=("start", "end", "size"), listed=True),
                Option("gaps", "gaps too"),
                Option("limit", "how many", "N", short="l"),
                Option("help", "help", short="h"),
            ),
        ),
    ),
)
MANY = Command(
    "pt-many",
    "does many things",
    (
        Call("list", "all", ANSWER),
        Call("drop", "one", ANSWER, (Positional("NAME", "which"),), (Option("force", "now"),)),
        Call("read", "some", ANSWER, (Positional("NAME", "which"), Positional("SIZE", "how much"))),
        Call("box add", "into it", ANSWER, (Positional("NAME", "which"),), (Option("twice", "two"),)),
        Call("box list", "what is in it", ANSWER),
    ),
    (Option("json", "as JSON"), Option("help", "help", short="h")),
    groups={"box": "the box"},
)


@pytest.mark.parametrize(
    ("line", "positionals", "values"),
    [
        pytest.param("", (), {}, id="nothing"),
        pytest.param("$sp --gaps", ("$sp",), {"gaps": ("",)}, id="an option behind a positional"),
        pytest.param("--gaps $sp", ("$sp",), {"gaps": ("",)}, id="an option before a positional"),
        pytest.param("-n libc -n ld", (), {"name": ("libc", "ld")}, id="an option that repeats"),
        pytest.param("-nlibc", (), {"name": ("libc",)}, id="a short option with its value joined"),
        pytest.param("--limit=5", (), {"limit": ("5",)}, id="a long option with its value joined"),
        pytest.param("--lim 5", (), {"limit": ("5",)}, id="a long option cut short"),
        pytest.param("--columns size,start", (), {"columns": ("size,start",)}, id="a list of choices"),
        pytest.param("-- --gaps", ("--gaps",), {}, id="two dashes end the options"),
        pytest.param("'a b' \"c d\" e\\ f", ("a b", "c d", "e f"), {}, id="quotes and a backslash"),
        pytest.param(
            r"\x60\xf0 a\.b", (r"\x60\xf0", r"a\.b"), {}, id="a backslash that takes nothing from its meaning"
        ),
        pytest.param(r""""\n" '\x60' """, (r"\n", r"\x60"), {}, id="a backslash in quotes"),
        pytest.param(r'''a\\b \' "\""''', (r"a\b", "'", '"'), {}, id="a backslash before what it escapes"),
        pytest.param("a\\", ("a\\",), {}, id="a backslash at the end"),
        pytest.param("-l 0x10", (), {"limit": ("0x10",)}, id="a value in hexadecimal"),
    ],
)
def test_reads(line, positionals, values):
    arguments = parse(ONE, split(line))
    assert (arguments.positionals, dict(arguments.values)) == (positionals, values)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        pytest.param("--colums size", "no option --colums", "--columns", id="a misspelt option"),
        pytest.param("--qqq", "no option --qqq", "--help", id="an option like no other"),
        pytest.param("-z", "no option -z", "--help", id="an unknown short option"),
        pytest.param("--limit", "--limit needs a value: N", None, id="a value that is missing"),
        pytest.param("--gaps=yes", "--gaps takes no value", None, id="a value that is too much"),
        pytest.param("--limit 1 --limit 2", "--limit is given 2 times", "once", id="an option given twice"),
        pytest.param("--columns szie", "doesn't take 'szie'", "size", id="a misspelt choice"),
        pytest.param("'open", "no closing quotation", None, id="an open quote"),
    ],
)
def test_refuses(line, message, hint):
    with pytest.raises(InvalidArgument, match=message) as caught:
        parse(ONE, split(line))
    assert (hint is None) or hint in caught.value.hint


def test_the_first_word_chooses_the_call_and_options_may_stand_before_it():
    arguments = parse(MANY, split("--json drop x"))
    assert (arguments.call.name, arguments.positionals, arguments.format) == ("drop", ("x",), "json")


def test_two_words_choose_a_call_of_a_group_and_options_may_stand_between_them():
    arguments = parse(MANY, split("box --json add x --twice"))
    assert (arguments.call.name, arguments.positionals) == ("box add", ("x",))
    assert arguments.flag("twice")


def test_no_word_means_the_first_call():
    assert parse(MANY, []).call.name == "list"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("dorp x", "there is no call 'dorp'", id="a misspelt call"),
        pytest.param("list --force", "'pt-many list' takes no --force", id="another call's option"),
        pytest.param("drop", "NAME is missing", id="an argument that is missing"),
        pytest.param("read", "NAME and SIZE are missing", id="two arguments that are missing"),
        pytest.param("drop a b", "'b' is one argument too many", id="an argument too many"),
        pytest.param("box add", "NAME is missing", id="an argument that is missing in a group"),
        pytest.param("box list a", "'a' is one argument too many", id="an argument too many in a group"),
        pytest.param("box list --twice", "'pt-many box list' takes no --twice", id="another one's option"),
    ],
)
def test_a_call_takes_what_it_takes(line, message):
    with pytest.raises(InvalidArgument, match=message):
        parse(MANY, split(line))


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        pytest.param("dorp x", "there is no call 'dorp'", "did you mean drop?", id="nearly a call"),
        pytest.param("qqq", "there is no call 'qqq'", "one of list, drop, read, box", id="no call"),
        pytest.param("bax add x", "there is no call 'bax'", "did you mean box?", id="nearly a group"),
        pytest.param("box lst", "the box doesn't know 'lst'", "did you mean list?", id="nearly one of it"),
        pytest.param("box qqq x", "the box doesn't know 'qqq'", "one of add, list", id="none of it"),
        pytest.param("box", "ACTION is missing", "one of add, list", id="a group alone"),
        pytest.param("box qqq --help", "the box doesn't know 'qqq'", "one of add, list", id="help of none"),
    ],
)
def test_a_word_that_chooses_no_call_is_told_with_those_that_do(line, message, hint):
    with pytest.raises(InvalidArgument) as caught:
        parse(MANY, split(line))
    assert (str(caught.value), caught.value.hint) == (message, hint)


@pytest.mark.parametrize("line", ["box --help", "box add --help", "--help drop a b --twice"])
def test_help_gets_all_words(line):
    arguments = parse(MANY, split(line))
    assert arguments.flag("help")
    assert arguments.positionals == tuple(word for word in line.split() if not word.startswith("--"))


def test_help_is_given_whatever_else_is_wrong():
    assert parse(ONE, split("--help --limit 1 --limit 2")).flag("help")


@pytest.mark.slow
@given(st.lists(st.text()))
def test_never_raises_anything_but_its_own_error(words):
    with contextlib.suppress(InvalidArgument):
        parse(ONE, words)


@pytest.mark.parametrize(
    ("text", "words", "last"),
    [
        pytest.param("", [], "", id="nothing yet"),
        pytest.param("--ga", [], "--ga", id="the first word"),
        pytest.param("-n lib --", ["-n", "lib"], "--", id="a third word"),
        pytest.param("-n ", ["-n"], "", id="a word not begun"),
        pytest.param('"a b" c', ["a b"], "c", id="behind a quoted word"),
        pytest.param('"a b', ['"a'], "b", id="inside an open quote"),
    ],
)
def test_an_unfinished_line_gives_its_words_and_the_last_one(text, words, last):
    assert words_before(text) == (words, last)


BACKSLASHES = re.compile(r"""'[^']*'|"(?:[^"\\]|\\.)*"|\\[\s\\'"`]|(?P<plain>\\)""", re.DOTALL)


@given(st.text("ab \\'\"`\t\n#\x0b\xa0", max_size=12))
def test_lines_are_split_as_shlex_does_once_backslashes_that_stay_are_doubled(line):
    doubled = BACKSLASHES.sub(lambda found: found[0] * (2 if found["plain"] else 1), line)
    try:
        expected = shlex.split(doubled)
    except ValueError:
        with pytest.raises(InvalidArgument, match="no closing quotation"):
            split(line)
    else:
        assert split(line) == expected


def test_a_word_of_a_mebibyte_takes_no_square_of_its_size():
    """With shlex this takes 20 s, and longer than pytest's patience with four times as much."""
    assert split("x" * (1 << 22)) == ["x" * (1 << 22)]
    assert split('"' + r"\x" * (1 << 20) + '"') == [r"\x" * (1 << 20)]
