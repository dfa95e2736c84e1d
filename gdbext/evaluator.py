"""GDB's expressions, evaluated without running code in the inferior."""

from __future__ import annotations

import gdb
from ptatlas.core.errors import InvalidArgument

from .arch import architecture
from .selection import selected


class GdbEvaluator:
    """Evaluates GDB's expressions, with calls into the inferior switched off."""

    _ADDRESSED = (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_FUNC)
    _NUMBERS = (
        gdb.TYPE_CODE_INT,
        gdb.TYPE_CODE_PTR,
        gdb.TYPE_CODE_ENUM,
        gdb.TYPE_CODE_BOOL,
        gdb.TYPE_CODE_CHAR,
        gdb.TYPE_CODE_REF,
        gdb.TYPE_CODE_RVALUE_REF,
        gdb.TYPE_CODE_FLAGS,
        gdb.TYPE_CODE_RANGE,
        gdb.TYPE_CODE_BITSTRING,
    )

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def integer(self, expression: str) -> int:
        """Return the value as an integer; an array's or a function's address."""
        with selected(self._inferior):
            return self._integer(expression)

    def content(self, expression: str) -> bytes:
        """Return the bytes of the value: of the object where it is one, else of the number."""
        with selected(self._inferior):
            return self._content(expression)

    def _integer(self, expression: str) -> int:
        try:
            value = _evaluate(expression)
            code = value.type.strip_typedefs().code
            if code in self._ADDRESSED and value.address is not None:
                value = value.address
            elif code == gdb.TYPE_CODE_VOID:
                raise InvalidArgument(f"{expression} has no value: no such register or variable here")
            elif code not in self._NUMBERS:
                raise InvalidArgument(f"{expression} is no integer but {value.type}")
            return int(value)
        except gdb.error as error:
            raise InvalidArgument(_first_line(error)) from None

    def _content(self, expression: str) -> bytes:
        try:
            value = _evaluate(expression)
            if value.address is not None:
                size = value.type.sizeof
                return bytes(gdb.selected_inferior().read_memory(int(value.address), size))
            return _bytes_of(value, expression)
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
    size = value.type.sizeof
    kind = gdb.selected_inferior().architecture().integer_type
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_FLT or size > 8:
        holder = value.cast(value.type)
        try:
            return bytes(holder.bytes)  # GDB 15 and later
        except AttributeError:
            raise InvalidArgument(f"{expression} is not in memory", hint="give its type with -t") from None
    number = int(value.cast(kind(size * 8, False)))
    return number.to_bytes(size, architecture(gdb.selected_inferior()).endian)


def _first_line(error: gdb.error) -> str:
    return (str(error).splitlines() or ["GDB gave no reason"])[0].rstrip(".")
