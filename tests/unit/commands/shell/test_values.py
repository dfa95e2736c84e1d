"""Arguments into addresses, sizes and integers, without a debugger and with one."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.commands.shell.values import NoExpression, Values
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.inferior import Inferior
from ptatlas.core.numbers import literal
from ptatlas.core.sources import BufferArea, buffer_target

TOP = 2**64


class Variables:
    """A debugger that knows the names of a few integers and nothing else."""

    def integer(self, expression: str) -> int:
        known = {"minus": -1, "here": 0x1000, "high": TOP - 1, "a + 1": 6}
        if expression not in known:
            raise InvalidArgument(f"no symbol {expression!r}", hint="look again")
        return known[expression]

    def content(self, expression: str) -> bytes:
        return self.integer(expression).to_bytes(8, "little", signed=True)


def values(word_size: int = 8, evaluator: object = None) -> Values:
    from dataclasses import replace

    target = buffer_target([BufferArea(0x1000, bytes(4096))], Arch(word_size))
    return Values(Inferior(replace(target, evaluator=evaluator or Variables())))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("42", 42),
        ("0x2a", 42),
        ("0X2A", 42),
        ("0b101010", 42),
        ("0o52", 42),
        ("-1", -1),
        ("0xffffffffffffffff", TOP - 1),
        ("", None),
        ("x", None),
        ("1.5", None),
        ("0x", None),
        ("010", None),
    ],
)
def test_literals(text, value):
    assert literal(text) == value


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("700", 700),
        ("4K", 4096),
        ("4k", 4096),
        ("0x10M", 16 << 20),
        ("2G", 2 << 30),
        ("1T", 1 << 40),
        ("0b11K", 3072),
        ("here", 0x1000),
        ("a + 1", 6),
    ],
)
def test_sizes(text, size):
    assert values().size(text) == size


@pytest.mark.parametrize("text", ["-1", "-1K", "minus", "1.5K", "K", "4KB", "nosuch", "", " "])
def test_what_is_no_size(text):
    with pytest.raises(InvalidArgument):
        values().size(text)


@pytest.mark.parametrize(
    ("text", "word_size", "address"),
    [
        pytest.param("0", 8, 0, id="zero"),
        pytest.param("0xffffffffffffffff", 8, TOP - 1, id="the highest"),
        pytest.param("-1", 8, TOP - 1, id="counted from the top"),
        pytest.param("minus", 8, TOP - 1, id="an expression that is negative"),
        pytest.param("0xffffffff", 4, 2**32 - 1, id="the highest of 32 bits"),
        pytest.param("-0x80000000", 4, 2**31, id="the lowest negative one of 32 bits"),
    ],
)
def test_addresses(text, word_size, address):
    assert values(word_size).address(text) == address


@pytest.mark.parametrize(
    ("text", "word_size"),
    [(str(TOP), 8), ("0x100000000", 4), (str(-(2**63) - 1), 8), ("-0x80000001", 4), ("high", 4)],
)
def test_what_is_no_address(text, word_size):
    with pytest.raises(InvalidArgument, match="is no address"):
        values(word_size).address(text)


def test_a_range_may_end_at_the_top_and_nothing_else_may_be_there():
    assert values().range_ends(f"0..{TOP}") == (0, TOP)
    assert values(4).range_ends("0..0x100000000") == (0, 2**32)
    with pytest.raises(InvalidArgument):
        values().range_ends(f"{TOP}..{TOP}")


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("0x10..0x20", (0x10, 0x20)),
        ("0x10,+0x20", (0x10, 0x30)),
        ("0x1000-0x3000", (0x1000, 0x3000)),
        ("0xfffffffffffff000-0x10000000000000000", (TOP - 0x1000, TOP)),
        ("0x3000-0x1000", None),
        ("0x1000-16", None),
        ("here,+1K", (0x1000, 0x1400)),
        ("here..high", (0x1000, TOP - 1)),
        ("0xfffffffffffffff0,+16", (TOP - 16, TOP)),
        ("0x10", None),
        ("libc.so", None),
    ],
)
def test_ranges(text, ends):
    assert values().range_ends(text) == ends


@pytest.mark.parametrize(
    "text",
    [
        "a = 1",
        "a=1",
        "a += 1",
        "a -= 1",
        "a <<= 1",
        "a >>= 1",
        "a++",
        "--a",
        "f(a = 1)",
        "a == 1 ? b = 2 : 0",
    ],
)
def test_what_would_change_something_never_reaches_the_debugger(text):
    class Untouched:
        def integer(self, expression: str) -> int:
            raise AssertionError(f"{expression} was evaluated")

        content = integer

    for read in (values(evaluator=Untouched()).integer, values(evaluator=Untouched()).content):
        with pytest.raises(InvalidArgument, match="would change something") as told:
            read(text)
        assert not isinstance(told.value, NoExpression)  # or it would be looked for among the names


@pytest.mark.parametrize("text", ["a == 1", "a != 1", "a <= 1", "a >= 1", 's["="]', "'='", '"a++"'])
def test_comparisons_and_quoted_text_do_reach_it(text):
    class Seen:
        def integer(self, expression: str) -> int:
            return len(expression)

    assert values(evaluator=Seen()).integer(text) == len(text)


class Counting:
    """A debugger that knows everything, and what it is."""

    def integer(self, expression: str) -> int:
        return len(expression)

    def real(self, expression: str) -> float:
        return len(expression) + 0.5


@pytest.mark.parametrize(
    "text", ["1,35", "a, b", "$sp,16", "(a, b)", "2 * (a, b)", "t[1, 2]", "a < b, c > d", "1,2,3"]
)
def test_a_comma_that_would_drop_something_is_no_expression(text):
    known = values(evaluator=Counting())
    for read in (known.integer, known.real, known.address, known.size, known.content):
        with pytest.raises(NoExpression, match="what is before it would not count"):
            read(text)


@pytest.mark.parametrize(
    "text",
    [
        "f(a, b)",
        "{1, 2}[1]",
        "','",
        '"a,b"[1]',
        "&pair<int, 3>::size",
        "(pair<int, int> *) p",
        "'f(int, int)'",
    ],
)
def test_a_comma_of_arguments_elements_or_text_reaches_the_debugger(text):
    assert values(evaluator=Counting()).integer(text) == len(text)
    assert values(evaluator=Counting()).real(text) == len(text) + 0.5


def test_a_range_with_two_commas_is_none():
    with pytest.raises(NoExpression, match="'1,2' has a comma"):
        values(evaluator=Counting()).range_ends("1,2,+3")
    assert values(evaluator=Counting()).range_ends("f(1,+2),+1K") == (7, 7 + 1024)


def test_what_the_debugger_refuses_is_no_expression_and_keeps_the_hint():
    with pytest.raises(NoExpression, match="no symbol 'nosuch'") as caught:
        values().address("nosuch")
    assert caught.value.hint == "look again"


def test_without_a_debugger_only_literals_are_values():
    assert Values(None).address("0x10") == 0x10
    with pytest.raises(NoExpression, match="there is no debugger to evaluate it"):
        Values(None).address("here")
