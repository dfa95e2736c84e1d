"""What the names in an expression mean: variables, registers, symbols and types, as LLDB knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import lldb
from ptatlas.core.errors import InvalidArgument

from ..arch import architecture
from .operands import Number, Operand, Place, Untyped, pointer

_BASIC = {
    "void": lldb.eBasicTypeVoid,
    "bool": lldb.eBasicTypeBool,
    "_Bool": lldb.eBasicTypeBool,
    "char": lldb.eBasicTypeChar,
    "signed char": lldb.eBasicTypeSignedChar,
    "unsigned char": lldb.eBasicTypeUnsignedChar,
    "short": lldb.eBasicTypeShort,
    "unsigned short": lldb.eBasicTypeUnsignedShort,
    "int": lldb.eBasicTypeInt,
    "unsigned int": lldb.eBasicTypeUnsignedInt,
    "long": lldb.eBasicTypeLong,
    "unsigned long": lldb.eBasicTypeUnsignedLong,
    "long long": lldb.eBasicTypeLongLong,
    "unsigned long long": lldb.eBasicTypeUnsignedLongLong,
    "float": lldb.eBasicTypeFloat,
    "double": lldb.eBasicTypeDouble,
}
# Type names of C's headers, for programs without debug information, as basic types.
_HEADERS = {
    "int8_t": "signed char",
    "int16_t": "short",
    "int32_t": "int",
    "int64_t": "long long",
    "size_t": "unsigned long",
    "ssize_t": "long",
    "ptrdiff_t": "long",
    "intptr_t": "long",
    "uint8_t": "unsigned char",
    "uint16_t": "unsigned short",
    "uint32_t": "unsigned int",
    "uint64_t": "unsigned long long",
    "uintptr_t": "unsigned long",
}
_QUALIFIERS = ("const", "volatile")
_TAGS = ("struct", "union", "enum", "class")
_ARITHMETIC = ("signed", "unsigned", "short", "long", "int", "char", "double")
_PERSISTENT = re.compile(r"\$[0-9]+")


class Scope:
    """The names that the selected frame of a process knows."""

    def __init__(self, process: lldb.SBProcess) -> None:
        self.arch = architecture(process)
        self._target = process.GetTarget()
        self._frame = process.GetSelectedThread().GetSelectedFrame()

    def at(self, address: int, kind: lldb.SBType, name: str) -> Place:
        """Return the memory at the address as an object of the type."""
        place = lldb.SBAddress(address, self._target)
        return Place(self.arch, name, self._target.CreateValueFromAddress("place", place, kind))

    def named(self, name: str) -> Operand:
        """Return what the name means; raise InvalidArgument if it is unknown."""
        found = self._register(name) if name.startswith("$") else self._variable(name) or self._symbol(name)
        if found is None:
            what = "register" if name.startswith("$") else "variable or symbol"
            raise InvalidArgument(f"no {what} is named {name}")
        return found

    def type_of(self, words: Sequence[str]) -> lldb.SBType | None:
        """Return the type that the words name, or None; a variable hides a type of the same name."""
        plain = [word for word in words if word not in _QUALIFIERS]
        if len(plain) == 2 and plain[0] in _TAGS:
            return self._valid(self._target.FindFirstType(plain[1]))
        basic = _BASIC.get(_spelled(plain))
        if basic is not None:
            return self._valid(self._target.GetBasicType(basic))
        if len(plain) != 1 or self._variable(plain[0]) is not None:
            return None
        found = self._valid(self._target.FindFirstType(plain[0]))
        if found is None and plain[0] in _HEADERS:
            found = self._valid(self._target.GetBasicType(_BASIC[_HEADERS[plain[0]]]))
        return found

    @staticmethod
    def _valid(kind: lldb.SBType) -> lldb.SBType | None:
        return kind if kind.IsValid() else None

    def _register(self, name: str) -> Operand | None:
        """Return a register under any of its names, or the result of an earlier LLDB expression (`$0`)."""
        if _PERSISTENT.fullmatch(name):
            value = self._frame.FindValue(name, lldb.eValueTypeConstResult)
        else:
            value = self._frame.FindRegister(name[1:])
        if not value.IsValid():
            return None
        if not value.GetType().IsValid() and self._is_general(value):
            # In a core without any module, LLDB 19 has no types for registers.
            return Number(self.arch, value.GetValueAsUnsigned(), value.GetByteSize(), signed=False)
        return Place(self.arch, name, value)

    def _is_general(self, register: lldb.SBValue) -> bool:
        """Return whether it is one of the general registers, which hold integers: LLDB's first set."""
        general = self._frame.GetRegisters().GetValueAtIndex(0)
        return bool(general.GetChildMemberWithName(register.GetName()).IsValid())

    def _variable(self, name: str) -> Place | None:
        for value in self._variables(name):
            if value.IsValid() and not value.GetError().Fail():
                return Place(self.arch, name, value.GetNonSyntheticValue())
        return None

    def _variables(self, name: str) -> Iterator[lldb.SBValue]:
        """Yield the frame's variable, a member of its object (C++), then a global of any file."""
        yield self._frame.FindVariable(name, lldb.eNoDynamicValues)
        yield self._frame.GetValueForVariablePath(name, lldb.eNoDynamicValues)
        yield self._target.FindFirstGlobalVariable(name.lstrip(":"))

    def _symbol(self, name: str) -> Operand | None:
        name = name.lstrip(":")
        for context in self._target.FindFunctions(name, lldb.eFunctionNameTypeAuto):
            start = context.GetFunction().GetStartAddress()
            if not start.IsValid():
                start = context.GetSymbol().GetStartAddress()
            address = start.GetLoadAddress(self._target)
            if address != lldb.LLDB_INVALID_ADDRESS:
                return self._function(address)
        for context in self._target.FindSymbols(name):
            address = context.GetSymbol().GetStartAddress().GetLoadAddress(self._target)
            if address != lldb.LLDB_INVALID_ADDRESS:
                return Untyped(self.arch, name, address)
        return None

    def _function(self, address: int) -> Number:
        return pointer(self.arch, address, self._target.GetBasicType(lldb.eBasicTypeVoid))


def _spelled(words: Sequence[str]) -> str:
    """Return a basic type's words as `_BASIC` has them: `long unsigned int` is `unsigned long`."""
    if not words or any(word not in _ARITHMETIC for word in words):
        return " ".join(words)
    lengths = [word for word in words if word in ("short", "long")]
    base = [word for word in words if word in ("char", "double")] or ([] if lengths else ["int"])
    sign = [word for word in words if word == "unsigned" or (word == "signed" and base == ["char"])]
    return " ".join([*sign, *lengths, *base])
