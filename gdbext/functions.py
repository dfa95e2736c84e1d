"""GDB's convenience functions over the map: `$pt_mapped(ADDR)` and its kin, fit for conditions.

    break free if !$pt_mapped(ptr)

A condition is evaluated before GDB sends the events that say that the inferior ran, so no call may use a
cached map: each asks the kernel for one area, which takes microseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Union

import gdb

Answer = Union[int, str]


class AreaFunction(gdb.Function):
    """A function of an address that returns a fact about the area which contains it."""

    def __init__(self, name: str, summary: str, answer: Callable[..., Answer]) -> None:
        self.__doc__ = f"${name} (ADDR): {summary}"
        self._name, self._answer = name, answer
        super().__init__(name)

    def invoke(self, address: gdb.Value) -> Answer | gdb.Value:
        """Return the fact about the area that contains the address, or about none."""
        from ptatlas.core.errors import AtlasError
        from ptatlas.core.inferiors import required

        from . import values
        from .debugger import DEBUGGER

        try:
            inferior = required(DEBUGGER.selected())
            place = values.address_of(address) % values.address_limit()
            answer = self._answer(inferior.area_now(place))
        except AtlasError as error:
            raise gdb.GdbError(f"${self._name}: {error}") from None
        return _empty() if answer == "" else answer


class BaseFunction(gdb.Function):
    """$pt_base (NAME): the first address of the loaded object of this name, such as "libc"; 0 for none."""

    def __init__(self) -> None:
        super().__init__("pt_base")

    def invoke(self, name: gdb.Value) -> int:
        """Return the address; raise GDB's own error for what is no text, and where several have the name."""
        from ptatlas.core.errors import AtlasError
        from ptatlas.core.inferiors import required

        from .debugger import DEBUGGER

        try:
            return required(DEBUGGER.selected()).base_of(name.string())
        except AtlasError as error:
            hint = f" ({error.hint})" if error.hint else ""
            raise gdb.GdbError(f"$pt_base: {error}{hint}") from None
        except gdb.error:
            raise gdb.GdbError('$pt_base takes a name in quotes, such as "libc"') from None


def register_functions() -> None:
    """Register the functions with GDB."""
    for name, summary, answer in FUNCTIONS:
        AreaFunction(name, summary, answer)
    BaseFunction()


def _empty() -> gdb.Value:
    """Return an empty string of GDB's; from Python's, GDB makes a null pointer."""
    return gdb.Value(b"\0", gdb.lookup_type("char").array(0))


def _name(area: object | None) -> str:
    return getattr(area, "path", None) or ""


FUNCTIONS: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("pt_mapped", "1 if an area contains the address, else 0", lambda area: int(area is not None)),
    (
        "pt_perms",
        'its area\'s protection, such as "rw-p"; "" in none',
        lambda area: area.perms if area else "",
    ),
    ("pt_name", 'its area\'s path, or a name such as "[heap]"; "" without', _name),
    ("pt_start", "its area's first address; 0 in none", lambda area: area.start if area else 0),
    ("pt_end", "one past its area's last address; 0 in none", lambda area: area.end if area else 0),
)
