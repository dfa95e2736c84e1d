"""GDB's expressions, evaluated without running code in the inferior."""

from __future__ import annotations

from struct import pack

import gdb
from ptatlas.core.arch import FLOAT_CODES, ORDER_CODES
from ptatlas.core.errors import InvalidArgument

from .arch import architecture
from .selection import selected
from .values import REFERENCES, integer, without_calls


class GdbEvaluator:
    """Evaluates GDB's expressions, with calls into the inferior switched off."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def integer(self, expression: str) -> int:
        """Return the value as an integer; an array's or a function's address."""
        with selected(self._inferior), without_calls():
            return integer(_evaluate(expression), expression)

    def real(self, expression: str) -> float:
        """Return the value of a real number or an integer as a float."""
        with selected(self._inferior), without_calls():
            return self._real(_evaluate(expression), expression)

    def content(self, expression: str) -> bytes:
        """Return the bytes of the value: of the object where it is one, else of the number."""
        with selected(self._inferior), without_calls():
            return self._content(_evaluate(expression), expression)

    def _real(self, value: gdb.Value, expression: str) -> float:
        if value.type.strip_typedefs().code in REFERENCES:
            value = value.referenced_value()
        if value.type.strip_typedefs().code == gdb.TYPE_CODE_FLT:
            return float(value)
        return float(integer(value, expression))

    @staticmethod
    def _content(value: gdb.Value, expression: str) -> bytes:
        if value.address is None:
            return _bytes_of(value, expression)
        return bytes(gdb.selected_inferior().read_memory(int(value.address), value.type.sizeof))


def _evaluate(expression: str) -> gdb.Value:
    value = gdb.parse_and_eval(expression)
    value.fetch_lazy()
    return value


def _bytes_of(value: gdb.Value, expression: str) -> bytes:
    """Return the bytes of a value that isn't in memory: a register's, a constant's."""
    size, endian = value.type.sizeof, architecture(gdb.selected_inferior()).endian
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_ARRAY:
        low, high = value.type.strip_typedefs().range()
        return b"".join(_bytes_of(value[index], expression) for index in range(low, high + 1))
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
