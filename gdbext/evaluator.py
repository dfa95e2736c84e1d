"""GDB's expressions, evaluated without running code in the inferior."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from struct import pack

import gdb
from ptatlas.core.arch import FLOAT_CODES, ORDER_CODES
from ptatlas.core.errors import InvalidArgument

from .arch import architecture
from .selection import selected


class GdbEvaluator:
    """Evaluates GDB's expressions, with calls into the inferior switched off."""

    _REFERENCES = (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF)
    _ADDRESSED = (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_FUNC)
    _NUMBERS = (
        gdb.TYPE_CODE_INT,
        gdb.TYPE_CODE_PTR,
        gdb.TYPE_CODE_ENUM,
        gdb.TYPE_CODE_BOOL,
        gdb.TYPE_CODE_CHAR,
        *_REFERENCES,
        gdb.TYPE_CODE_FLAGS,
        gdb.TYPE_CODE_RANGE,
        gdb.TYPE_CODE_BITSTRING,
    )

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def integer(self, expression: str) -> int:
        """Return the value as an integer; an array's or a function's address."""
        with selected(self._inferior), _translated():
            return self._integer(_evaluate(expression), expression)

    def real(self, expression: str) -> float:
        """Return the value of a real number or an integer as a float."""
        with selected(self._inferior), _translated():
            return self._real(_evaluate(expression), expression)

    def content(self, expression: str) -> bytes:
        """Return the bytes of the value: of the object where it is one, else of the number."""
        with selected(self._inferior), _translated():
            return self._content(_evaluate(expression), expression)

    def _integer(self, value: gdb.Value, expression: str) -> int:
        code = value.type.strip_typedefs().code
        if code in self._ADDRESSED and value.address is not None:
            value = value.address
        elif code == gdb.TYPE_CODE_VOID:
            raise InvalidArgument(f"{expression} has no value: no such register or variable here")
        elif code not in self._NUMBERS:
            raise InvalidArgument(f"{expression} is no integer but {value.type}")
        return int(value)

    def _real(self, value: gdb.Value, expression: str) -> float:
        if value.type.strip_typedefs().code in self._REFERENCES:
            value = value.referenced_value()
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_FLT:
            return float(value)
        return float(self._integer(value, expression))

    @staticmethod
    def _content(value: gdb.Value, expression: str) -> bytes:
        if value.address is None:
            return _bytes_of(value, expression)
        return bytes(gdb.selected_inferior().read_memory(int(value.address), value.type.sizeof))


@contextmanager
def _translated() -> Iterator[None]:
    """Raise what GDB refuses in the block as InvalidArgument, in GDB's words."""
    try:
        yield
    except gdb.error as error:
        raise InvalidArgument(_first_line(error)) from None


def _evaluate(expression: str) -> gdb.Value:
    """Evaluate without running code in the inferior: GDB refuses calls while the setting is off."""
    with gdb.with_parameter("may-call-functions", False):
        value = gdb.parse_and_eval(expression)
        value.fetch_lazy()
        return value


def _bytes_of(value: gdb.Value, expression: str) -> bytes:
    """Return the bytes of a value that isn't in memory: a register's, a constant's."""
    size, endian = value.type.sizeof, architecture(gdb.selected_inferior()).endian
    is_real = value.type.strip_typedefs().code == gdb.TYPE_CODE_FLT
    if is_real or size > 8:
        holder = value.cast(value.type)
        try:
            return bytes(holder.bytes)  # GDB 15 and later
        except AttributeError:
            if not is_real or size not in FLOAT_CODES:
                raise InvalidArgument(
                    f"{expression} is not in memory", hint="give its type with -t"
                ) from None
        return pack(ORDER_CODES[endian] + FLOAT_CODES[size], float(value))
    kind = gdb.selected_inferior().architecture().integer_type
    return int(value.cast(kind(size * 8, False))).to_bytes(size, endian)


def _first_line(error: gdb.error) -> str:
    return (str(error).splitlines() or ["GDB gave no reason"])[0].rstrip(".")
