"""Parts of the adapters without their debuggers: those that read text, which nothing else tells of."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import NoReturn
from unittest.mock import patch

from ptatlas.core.arch import Arch
from ptatlas.core.errors import InvalidArgument

_FLAGS = (
    "eTypeIsFloat",
    "eTypeIsInteger",
    "eTypeIsEnumeration",
    "eTypeIsSigned",
    "eTypeIsPointer",
    "eTypeIsComplex",
)
_FLOAT, _INTEGER, _SIGNED = 1, 2, 8


class _Module(ModuleType):
    """A debugger's module, as far as importing needs it: constants are numbers, the rest classes."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _FLAGS:
            return 1 << _FLAGS.index(name)
        return 0 if name.startswith("e") else type(name, (Exception,), {})


def adapters() -> SimpleNamespace:
    """Return what is fuzzed of the adapters; no other test sees the modules that stand in."""
    with patch.dict(sys.modules, {name: _Module(name) for name in ("gdb", "lldb")}):
        from ptatlas.gdbext.mi import mi_value
        from ptatlas.gdbext.stub import StubSearch
        from ptatlas.lldbext.expressions.expression import Expression

        return SimpleNamespace(mi_value=mi_value, StubSearch=StubSearch, Expression=Expression)


@dataclass(frozen=True)
class Kind:
    """A basic type, with the methods of lldb.SBType."""

    name: str
    size: int
    flags: int

    def GetCanonicalType(self) -> Kind:  # noqa: N802
        return self

    def GetPointerType(self) -> Kind:  # noqa: N802
        return self

    def IsPointerType(self) -> bool:  # noqa: N802
        return False

    def GetBasicType(self) -> int:  # noqa: N802
        return 1

    def GetName(self) -> str:  # noqa: N802
        return self.name

    def GetByteSize(self) -> int:  # noqa: N802
        return self.size

    def GetTypeFlags(self) -> int:  # noqa: N802
        return self.flags


KINDS = {
    "char": Kind("char", 1, _INTEGER | _SIGNED),
    "long": Kind("long", 8, _INTEGER | _SIGNED),
    "float": Kind("float", 4, _FLOAT),
}


@dataclass(frozen=True)
class Scope:
    """The scope of an expression in a program without names, but for those three types."""

    arch: Arch

    def named(self, name: str) -> NoReturn:
        raise InvalidArgument(f"no variable or symbol is named {name}")

    def at(self, address: int, kind: Kind, name: str) -> NoReturn:
        raise InvalidArgument(f"nothing of {kind} can be read at {address:#x} for {name}")

    def type_of(self, words: Sequence[str]) -> Kind | None:
        return KINDS.get(" ".join(words))
