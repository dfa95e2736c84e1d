"""What the parts of an expression are: numbers of C's types, and things that the debugger has.

Each has `number()`, its integer or pointer, and `scalar()`, that or its real number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from struct import pack, unpack
from typing import Union

import lldb
from ptatlas.core.arch import FLOAT_CODES, ORDER_CODES, Arch
from ptatlas.core.errors import InvalidArgument

_INTEGRAL = lldb.eTypeIsInteger | lldb.eTypeIsPointer | lldb.eTypeIsEnumeration


@dataclass(frozen=True)
class Number:
    """A value of an integer type of `size` bytes, or a pointer; `pointee` is the type that it points to."""

    arch: Arch
    value: int
    size: int = 4
    signed: bool = True
    pointee: lldb.SBType | None = None

    def number(self) -> Number:
        """Return the number itself."""
        return self

    def scalar(self) -> Number:
        """Return the number itself."""
        return self

    def content(self) -> bytes:
        """Return the number's bytes, in target order."""
        return wrapped(self.value, self.size, False).to_bytes(self.size, self.arch.endian)

    def with_value(self, value: int) -> Number:
        """Return the value in this type, wrapped around as C does."""
        return replace(self, value=wrapped(value, self.size, self.signed))

    @property
    def step(self) -> int:
        """How many bytes one step of this pointer is; 1 for one to void or a function, as in GNU C."""
        return (self.pointee.GetByteSize() if self.pointee is not None else 0) or 1


@dataclass(frozen=True)
class Real:
    """A float of `size` bytes, 4 or 8: its value is one that this type has."""

    arch: Arch
    value: float
    size: int = 8

    def number(self) -> Number:
        """Raise InvalidArgument: this is no integer."""
        raise InvalidArgument(f"{self.value!r} is no integer but {self.type_name}")

    def scalar(self) -> Real:
        """Return the number itself."""
        return self

    def content(self) -> bytes:
        """Return the float's bytes, in target order."""
        return pack(ORDER_CODES[self.arch.endian] + FLOAT_CODES[self.size], self.value)

    @property
    def type_name(self) -> str:
        """C's name of its type."""
        return {4: "float", 8: "double"}[self.size]


@dataclass(frozen=True)
class Place:
    """An object of the debugger's: a variable, a member, a register, memory seen as a type."""

    arch: Arch
    name: str
    value: lldb.SBValue

    @property
    def type(self) -> lldb.SBType:
        """Its type, without typedefs."""
        return self.value.GetType().GetCanonicalType()

    def number(self) -> Number:
        """Return its integer or pointer, or an array's address; raise InvalidArgument if it has neither."""
        kind = self.type
        flags = kind.GetTypeFlags()
        if kind.IsReferenceType():
            return self.referenced().number()
        if kind.IsArrayType():
            return replace(self.address(), pointee=kind.GetArrayElementType())
        if not flags & _INTEGRAL:
            raise InvalidArgument(f"{self.name} is no integer but {self.value.GetTypeName()}")
        pointee = kind.GetPointeeType() if kind.IsPointerType() else None
        signed = bool(flags & lldb.eTypeIsSigned) and pointee is None
        return Number(self.arch, self._read(signed), self.value.GetByteSize(), signed, pointee)

    def scalar(self) -> Scalar:
        """Return its real number, or else what `number` does; raise InvalidArgument for `long double`."""
        kind = self.type
        if kind.IsReferenceType():
            return self.referenced().scalar()
        flags = kind.GetTypeFlags()
        if not flags & lldb.eTypeIsFloat or flags & lldb.eTypeIsComplex:
            return self.number()
        size = kind.GetByteSize()
        if size not in FLOAT_CODES:
            raise InvalidArgument(f"{self.name} is {self.value.GetTypeName()}, which cannot be computed with")
        form = ORDER_CODES[self.arch.endian] + FLOAT_CODES[size]
        return Real(self.arch, unpack(form, self.content())[0], size)

    def address(self) -> Number:
        """Return where it lies in memory, as a pointer; raise InvalidArgument if it doesn't."""
        address = self.value.GetLoadAddress()
        if address == lldb.LLDB_INVALID_ADDRESS or self.value.GetValueType() == lldb.eValueTypeRegister:
            raise InvalidArgument(f"{self.name} has no address")
        return pointer(self.arch, address, self.value.GetType())

    def content(self) -> bytes:
        """Return the bytes of the object, in target order."""
        if self.type.IsReferenceType():
            return self.referenced().content()
        size, error = self.value.GetByteSize(), lldb.SBError()
        content = self.value.GetData().ReadRawData(error, 0, size) if size else None
        if not content or error.Fail() or self.value.GetError().Fail():
            raise self._unreadable()
        return bytes(content)

    def referenced(self) -> Place:
        """Return what a pointer or a reference leads to."""
        return replace(self, value=self.value.Dereference())

    def _read(self, signed: bool) -> int:
        error = lldb.SBError()
        value = self.value.GetValueAsSigned(error, 0) if signed else self.value.GetValueAsUnsigned(error, 0)
        if error.Fail() or self.value.GetError().Fail():
            raise self._unreadable()
        return int(value)

    def _unreadable(self) -> InvalidArgument:
        reason = (self.value.GetError().GetCString() or "").strip().splitlines()
        return InvalidArgument(f"{self.name} cannot be read" + (f": {reason[0]}" if reason else ""))


@dataclass(frozen=True)
class Untyped:
    """A symbol of which only the address is known: what lies there can't be read until it has a type."""

    arch: Arch
    name: str
    start: int

    def number(self) -> Number:
        """Raise InvalidArgument: its type isn't known."""
        raise InvalidArgument(
            f"{self.name} has no known type", hint=f"&{self.name} is its address; a cast gives it a type"
        )

    def scalar(self) -> Number:
        """Raise InvalidArgument: its type isn't known."""
        return self.number()

    def content(self) -> bytes:
        """Raise InvalidArgument: its size isn't known."""
        return self.number().content()

    def address(self) -> Number:
        """Return where it lies in memory, as a pointer to void."""
        return pointer(self.arch, self.start)


Scalar = Union[Number, Real]
Operand = Union[Number, Real, Place, Untyped]


def pointer(arch: Arch, address: int, pointee: lldb.SBType | None = None) -> Number:
    """Return a pointer to a type, or to void."""
    return Number(arch, wrapped(address, arch.word_size, False), arch.word_size, False, pointee)


def wrapped(value: int, size: int, signed: bool) -> int:
    """Return the value as an integer type of `size` bytes holds it (C11 6.3.1.3)."""
    value &= (1 << 8 * size) - 1
    return value - (1 << 8 * size) if signed and value >> (8 * size - 1) else value


def literal(arch: Arch, value: int, is_decimal: bool) -> Number:
    """Return the number of an integer literal: int, or the next type that holds it (C11 6.4.4.1)."""
    for size, signed in ((4, True), (4, False), (8, True), (8, False)):
        # No signed type is wide enough for the largest ones, and compilers take them as unsigned.
        if (signed or size == 8 or not is_decimal) and wrapped(value, size, signed) == value:
            return Number(arch, value, size, signed)
    raise InvalidArgument(f"{value} has more than 64 bits")
