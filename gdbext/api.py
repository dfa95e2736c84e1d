"""The ports of core on GDB's Python API; what GDB raises is translated here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Optional

import gdb
from ptatlas.core.arch import BIG, LITTLE, Arch
from ptatlas.core.errors import InvalidArgument, SourceDenied, SourceError
from ptatlas.core.maps.area import Area
from ptatlas.core.ports import Module, Symbol, Thread

from .mappings import parse_mappings


def architecture(inferior: gdb.Inferior) -> Arch:
    """Return the inferior's word size and byte order, as GDB takes them to be."""
    arch = inferior.architecture()
    word = arch.integer_type(8).pointer().sizeof
    one = gdb.Value(b"\x01\x00", arch.integer_type(16))
    return Arch(word, LITTLE if int(one) == 1 else BIG)


class ApiMemory:
    """Reads through GDB, which shows original bytes where it has breakpoints inserted."""

    source = "gdb"
    thread_safe = False

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as GDB can read; a part that fails is halved to find where."""
        size = len(buffer)
        if size == 0 or self._whole(address, buffer):
            return size
        if size == 1:
            return 0
        half = size // 2
        done = self.read_into(address, buffer[:half])
        return done if done < half else half + self.read_into(address + half, buffer[half:])

    def _whole(self, address: int, buffer: memoryview) -> bool:
        try:
            buffer[:] = self._inferior.read_memory(address, len(buffer)).cast("B")
        except gdb.MemoryError:
            return False
        except gdb.error as error:
            raise SourceError(str(error)) from None
        return True


class ApiAreas:
    """Lists areas by `info proc mappings`: what GDB can tell of a target that isn't on this machine."""

    source = "gdb"

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def areas(self) -> Sequence[Area]:
        """Return the areas; SourceDenied where GDB can't tell any of this target."""
        try:
            text = gdb.execute("info proc mappings", to_string=True)
        except gdb.error as error:
            raise SourceDenied(f"GDB cannot tell the areas of this target: {error}") from None
        return parse_mappings(text, self.source)


class ApiSymbols:
    """Names addresses by GDB's symbol tables."""

    # `0x401136 <main+4>`; with `set print symbol-filename on`: `0x401136 <main+4 at t.c:3>`.
    _FORM = re.compile(r"<(.+?)(?:\+(\d+))?(?: at .+)?>$")

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._pointer = inferior.architecture().integer_type(32).pointer()

    def symbol_at(self, address: int) -> Optional[Symbol]:
        """Return the symbol that GDB prints beside a pointer, or None."""
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

    def integer(self, expression: str) -> int:
        """Return the value as an integer; an array's or a function's address."""
        try:
            value = _evaluate(expression)
            code = value.type.strip_typedefs().code
            if code in self._ADDRESSED and value.address is not None:
                value = value.address
            elif code not in self._NUMBERS:
                raise InvalidArgument(f"{expression} is no integer but {value.type}")
            return int(value)
        except gdb.error as error:
            raise InvalidArgument(_first_line(error)) from None

    def content(self, expression: str) -> bytes:
        """Return the bytes of the value: of the object where it is one, else of the number."""
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
        selected, frame = gdb.selected_thread(), _selected_frame()
        try:
            return [self._thread(one) for one in sorted(self._inferior.threads(), key=lambda one: one.num)]
        finally:
            if selected is not None and selected.is_valid():
                selected.switch()
            if frame is not None and frame.is_valid():
                frame.select()

    @staticmethod
    def _thread(thread: gdb.InferiorThread) -> Thread:
        tid = thread.ptid[1] or thread.ptid[2] or thread.ptid[0]
        try:
            thread.switch()
            return Thread(tid, int(gdb.newest_frame().read_register("sp")))
        except (gdb.error, ValueError):
            return Thread(tid, None)


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
    order = "little" if architecture(gdb.selected_inferior()).endian == LITTLE else "big"
    return number.to_bytes(size, order)


def _selected_frame() -> Optional[gdb.Frame]:
    try:
        return gdb.selected_frame()
    except gdb.error:
        return None


def _first_line(error: gdb.error) -> str:
    return (str(error).splitlines() or ["GDB gave no reason"])[0].rstrip(".")
