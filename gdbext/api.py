"""The ports of core on GDB's Python API; what GDB raises is translated here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence

import gdb
from ptatlas.core.arch import BIG, LITTLE, Arch
from ptatlas.core.elf.auxv import AT_PAGESZ, encode_auxv
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.ports import Module, Symbol, Thread

from .areas import auxiliary_vector
from .registers import thread_id
from .selection import kept_selection, selected


def architecture(inferior: gdb.Inferior) -> Arch:
    """Return the inferior's word size and byte order, as GDB takes them to be, and its page size if told."""
    arch = inferior.architecture()
    word = arch.integer_type(8).pointer().sizeof
    one = gdb.Value(b"\x01\x00", arch.integer_type(16))
    with selected(inferior):
        page = auxiliary_vector().get(AT_PAGESZ, 0)
    return Arch(word, LITTLE if int(one) == 1 else BIG, page or Arch().page_size)


class ApiSymbols:
    """Names addresses by GDB's symbol tables."""

    # `0x401136 <main+4>`; with `set print symbol-filename on`: `0x401136 <main+4 at t.c:3>`.
    _FORM = re.compile(r"<(.+?)(?:\+(\d+))?(?: at .+)?>$")

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior
        self._pointer = inferior.architecture().integer_type(32).pointer()

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol that GDB prints beside a pointer, or None."""
        with selected(self._inferior):
            text = gdb.Value(address).cast(self._pointer).format_string(symbols=True)
        match = self._FORM.search(text)
        return Symbol(match[1], int(match[2] or 0)) if match else None


class ApiEvaluator:
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


class ApiModules:
    """The objects that GDB has loaded for an inferior."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def modules(self) -> Sequence[Module]:
        """Return the loaded objects with their build-ids; separate debug files are left out."""
        files = [one for one in self._inferior.progspace.objfiles() if one.owner is None and one.filename]
        return [Module(one.filename, bytes.fromhex(one.build_id) if one.build_id else None) for one in files]


class ApiThreads:
    """The threads of an inferior and their stack pointers."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def threads(self) -> Sequence[Thread]:
        """Return the threads by number, the first one first. The selection is as before afterwards."""
        with kept_selection():
            return [self._thread(one) for one in sorted(self._inferior.threads(), key=lambda one: one.num)]

    @staticmethod
    def _thread(thread: gdb.InferiorThread) -> Thread:
        tid = thread_id(thread)
        try:
            thread.switch()
            return Thread(tid, int(gdb.newest_frame().read_register("sp")))
        except (gdb.error, ValueError):
            return Thread(tid, None)


class ApiAuxv:
    """The auxiliary vector as GDB prints it."""

    def __init__(self, inferior: gdb.Inferior, arch: Arch) -> None:
        self._inferior, self._arch = inferior, arch

    def auxv(self) -> bytes | None:
        """Return it, made anew of its entries; None where the target has none."""
        with selected(self._inferior):
            entries = auxiliary_vector()
        return encode_auxv(entries, self._arch) if entries else None


class ApiRunState:
    """Knows whether an inferior's threads run."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def is_running(self) -> bool:
        """Tell whether all threads run: one that is stopped is enough to look through."""
        threads = self._inferior.threads()
        return bool(threads) and all(thread.is_running() for thread in threads)


def _evaluate(expression: str) -> gdb.Value:
    """Evaluate without running code in the inferior: GDB refuses calls while this is off."""
    with gdb.with_parameter("may-call-functions", False):
        value = gdb.parse_and_eval(expression)
        value.fetch_lazy()
        return value


def _bytes_of(value: gdb.Value, expression: str) -> bytes:
    """The bytes of a value that isn't in memory: a register's, a constant's."""
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
