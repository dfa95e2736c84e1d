"""GDB's values as integers: what an expression is, and what a script passes as an address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gdb
from ptatlas.core.errors import InvalidArgument

REFERENCES = (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF)
_PLAIN = (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_PTR)
_ADDRESSED = (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_FUNC)
_NUMBERS = (
    gdb.TYPE_CODE_INT,
    gdb.TYPE_CODE_PTR,
    gdb.TYPE_CODE_ENUM,
    gdb.TYPE_CODE_BOOL,
    gdb.TYPE_CODE_CHAR,
    gdb.TYPE_CODE_FLAGS,
    gdb.TYPE_CODE_RANGE,
    gdb.TYPE_CODE_BITSTRING,
)


def address_of(value: gdb.Value) -> int:
    """Return the address that a script's value means; a negative one counts from the top, as pointers do.

    Raise InvalidArgument for what is no integer, pointer, array or function, and what GDB can't read.
    """
    number = integer_of(value)
    return number if number >= 0 else number % address_limit()


def integer_of(value: gdb.Value) -> int:
    """Return the integer that a script's value is; raise InvalidArgument as `address_of`."""
    if value.type.code in _PLAIN:  # there is nothing that GDB could call for it, and $pt_mapped must be fast
        try:
            return int(value)
        except gdb.error:
            pass  # raised again below, in our words
    with without_calls():
        return integer(value)


def integer(value: gdb.Value, shown: str = "the value") -> int:
    """Return the value as an integer, an array's or a function's address; `shown` names it in errors.

    A reference is what it refers to.
    """
    if value.type.strip_typedefs().code in REFERENCES:
        value = value.referenced_value()
    code = value.type.strip_typedefs().code
    if code in _ADDRESSED and value.address is not None:
        value = value.address
    elif code == gdb.TYPE_CODE_VOID:
        raise InvalidArgument(f"{shown} has no value: no such register or variable here")
    elif code not in _NUMBERS:
        raise InvalidArgument(f"{shown} is no integer but {value.type}")
    return int(value)


@contextmanager
def without_calls() -> Iterator[None]:
    """Run nothing in the inferior, and raise what GDB refuses in the block as InvalidArgument, in its words.

    Not only expressions call: asked for the address of an array that it made itself, `"text"` or `{1, 2}`,
    GDB calls malloc in the inferior for it, unless calls are off; then there is no address.
    """
    try:
        with gdb.with_parameter("may-call-functions", False):
            yield
    except gdb.error as error:
        raise InvalidArgument(_first_line(error)) from None


def address_limit() -> int:
    """Return one past the highest address that the selected inferior's pointers hold."""
    return 1 << 8 * gdb.selected_inferior().architecture().integer_type(8).pointer().sizeof


def _first_line(error: gdb.error) -> str:
    return (str(error).splitlines() or ["GDB gave no reason"])[0].rstrip(".")
