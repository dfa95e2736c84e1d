"""Intel's libipt through ctypes: images, section caches, and what an image answers.

libipt shows what an image holds only by decoding a trace with it. `Libipt.bytes_at` writes a trace of one
synchronisation point (Intel SDM volume 3, "Intel Processor Trace", packets PSB, PIP, VMCS, MODE.Exec, FUP,
PSBEND) that says "address space so-and-so, at this address", and steps through what the instruction flow
decoder finds there. Contents that consist of one-byte instructions (`ONE_BYTE`) come back byte by byte.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from typing import Any, NamedTuple

# enum pt_error_code
INVALID, EOS, NOMAP, BAD_IMAGE, BAD_FILE = 2, 7, 13, 17, 26
# pts_event_pending of enum pt_status_flag
_EVENT_PENDING = 1
NO_ASID = (1 << 64) - 1

# Instructions of one byte in 64-bit mode that go on to the next address: push, pop, xchg, cwde, flags, ...
ONE_BYTE = bytes(
    [*range(0x50, 0x60), *range(0x90, 0x9A), 0x9C, 0x9D, 0x9E, 0x9F, 0xC9, 0xF5, 0xF8, 0xF9, 0xFC]
)


class _Asid(Structure):
    _fields_ = (("size", c_size_t), ("cr3", c_uint64), ("vmcs", c_uint64))


class _Config(Structure):
    """struct pt_config; what follows the buffer stays zero."""

    _fields_ = (("size", c_size_t), ("begin", c_void_p), ("end", c_void_p), ("rest", c_uint8 * 256))


class _Insn(Structure):
    _fields_ = (
        ("ip", c_uint64),
        ("isid", c_int),
        ("mode", c_int),
        ("iclass", c_int),
        ("raw", c_uint8 * 15),
        ("size", c_uint8),
        ("flags", c_uint32),
    )


class Cell(NamedTuple):
    """What libipt answers for one address: the byte, and the section's identifier (0: none)."""

    byte: int
    isid: int


_CALLBACK = ctypes.CFUNCTYPE(c_int, POINTER(c_uint8), c_size_t, POINTER(_Asid), c_uint64, c_void_p)
_SIGNATURES = {
    "pt_image_alloc": (c_void_p, [c_char_p]),
    "pt_image_free": (None, [c_void_p]),
    "pt_image_name": (c_char_p, [c_void_p]),
    "pt_image_add_file": (c_int, [c_void_p, c_char_p, c_uint64, c_uint64, POINTER(_Asid), c_uint64]),
    "pt_image_add_cached": (c_int, [c_void_p, c_void_p, c_int, POINTER(_Asid)]),
    "pt_image_copy": (c_int, [c_void_p, c_void_p]),
    "pt_image_remove_by_filename": (c_int, [c_void_p, c_char_p, POINTER(_Asid)]),
    "pt_image_remove_by_asid": (c_int, [c_void_p, POINTER(_Asid)]),
    "pt_image_set_callback": (c_int, [c_void_p, _CALLBACK, c_void_p]),
    "pt_iscache_alloc": (c_void_p, [c_char_p]),
    "pt_iscache_free": (None, [c_void_p]),
    "pt_iscache_set_limit": (c_int, [c_void_p, c_uint64]),
    "pt_iscache_add_file": (c_int, [c_void_p, c_char_p, c_uint64, c_uint64, c_uint64]),
    "pt_iscache_read": (c_int, [c_void_p, c_void_p, c_uint64, c_int, c_uint64]),
    "pt_insn_alloc_decoder": (c_void_p, [POINTER(_Config)]),
    "pt_insn_free_decoder": (None, [c_void_p]),
    "pt_insn_set_image": (c_int, [c_void_p, c_void_p]),
    "pt_insn_sync_set": (c_int, [c_void_p, c_uint64]),
    "pt_insn_event": (c_int, [c_void_p, c_void_p, c_size_t]),
    "pt_insn_next": (c_int, [c_void_p, POINTER(_Insn), c_size_t]),
}


def load_libipt() -> ctypes.CDLL | None:
    """Return libipt.so.2 with its signatures, or None where it isn't installed."""
    try:
        library = ctypes.CDLL("libipt.so.2")
    except OSError:
        return None
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def asid(cr3: int | None, vmcs: int | None) -> _Asid | None:
    """Return a struct pt_asid; null for an asid that lacks both values."""
    if cr3 is None and vmcs is None:
        return None
    values = (NO_ASID if value is None else value for value in (cr3, vmcs))
    return _Asid(ctypes.sizeof(_Asid), *values)


def _reference(value: _Asid | None) -> object:
    return None if value is None else byref(value)


class LibiptCache:
    """A pt_image_section_cache; results are libipt's own numbers."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self.pointer = library.pt_iscache_alloc(b"cache")

    def close(self) -> None:
        self._library.pt_iscache_free(self.pointer)

    def add_file(self, path: str, offset: int, size: int, address: int) -> int:
        return int(self._library.pt_iscache_add_file(self.pointer, path.encode(), offset, size, address))

    def set_limit(self, limit: int) -> int:
        return int(self._library.pt_iscache_set_limit(self.pointer, limit))

    def read(self, isid: int, size: int, address: int) -> tuple[int, bytes]:
        """Return the status and, if it isn't negative, the bytes."""
        buffer = ctypes.create_string_buffer(max(size, 1))
        status = int(self._library.pt_iscache_read(self.pointer, buffer, size, isid, address))
        return status, buffer.raw[: max(status, 0)]


class LibiptImage:
    """A pt_image and a decoder that looks into it; results are libipt's own numbers."""

    def __init__(self, library: ctypes.CDLL, name: bytes | None = None) -> None:
        self._library = library
        self.pointer = library.pt_image_alloc(name)
        self._trace = ctypes.create_string_buffer(64)
        address = ctypes.addressof(self._trace)
        config = _Config(280, address, address + len(self._trace))
        self._decoder = library.pt_insn_alloc_decoder(byref(config))
        assert self._decoder, "libipt refused the decoder's configuration"
        assert library.pt_insn_set_image(self._decoder, self.pointer) == 0
        self._callback = _CALLBACK()

    def close(self) -> None:
        self._library.pt_insn_free_decoder(self._decoder)
        self._library.pt_image_free(self.pointer)

    @property
    def name(self) -> bytes | None:
        name: bytes | None = self._library.pt_image_name(self.pointer)
        return name

    def add_file(self, path: str, offset: int, size: int, address: int, space: _Asid | None) -> int:
        status = self._library.pt_image_add_file(
            self.pointer, path.encode(), offset, size, _reference(space), address
        )
        return int(status)

    def add_cached(self, cache: LibiptCache, isid: int, space: _Asid | None) -> int:
        return int(self._library.pt_image_add_cached(self.pointer, cache.pointer, isid, _reference(space)))

    def copy_from(self, other: LibiptImage) -> int:
        return int(self._library.pt_image_copy(self.pointer, other.pointer))

    def remove_by_filename(self, path: str, space: _Asid | None) -> int:
        return int(self._library.pt_image_remove_by_filename(self.pointer, path.encode(), _reference(space)))

    def remove_by_asid(self, space: _Asid | None) -> int:
        return int(self._library.pt_image_remove_by_asid(self.pointer, _reference(space)))

    def set_callback(self, read: Callable[[int, int, int, int], bytes | int] | None) -> int:
        """Set `read(address, size, cr3, vmcs) -> bytes or a negative status`, or take it away."""

        def call(buffer: Any, size: int, space: Any, address: int, _context: object) -> int:
            assert read is not None
            data = read(address, size, space[0].cr3, space[0].vmcs)
            if isinstance(data, int):
                return data
            ctypes.memmove(buffer, data, len(data))
            return len(data)

        self._callback = _CALLBACK() if read is None else _CALLBACK(call)
        return int(self._library.pt_image_set_callback(self.pointer, self._callback, None))

    def bytes_at(self, address: int, count: int, cr3: int | None, vmcs: int | None) -> list[Cell | None]:
        """Return what the image answers for each of the addresses; None where it answers nothing.

        Instructions longer than a byte answer for their first byte only, and stand for None behind it.
        """
        cells: list[Cell | None] = [None] * count
        place = 0
        while place < count:
            place += max(1, self._step(address, place, cells, (cr3, vmcs)))
        return cells

    def _step(
        self,
        address: int,
        place: int,
        cells: list[Cell | None],
        space: tuple[int | None, int | None],
    ) -> int:
        """Decode from one place until nothing is there; return how many instructions that was."""
        trace = synchronisation(address + place, *space)
        ctypes.memset(self._trace, 0, len(self._trace))  # zeros are PAD packets
        ctypes.memmove(self._trace, trace, len(trace))
        status = self._events(self._library.pt_insn_sync_set(self._decoder, 0))
        insn, done = _Insn(), 0
        while status >= 0 and place + done < len(cells):
            status = self._library.pt_insn_next(self._decoder, byref(insn), ctypes.sizeof(insn))
            if status < 0:
                assert -status in (NOMAP, EOS, BAD_IMAGE, BAD_FILE), f"libipt's decoder failed with {status}"
                break
            cells[insn.ip - address] = Cell(insn.raw[0], insn.isid)
            done = insn.ip - address - place + 1
            status = self._events(status)
        return done

    def _events(self, status: int) -> int:
        event = ctypes.create_string_buffer(64)
        while status >= 0 and status & _EVENT_PENDING:
            status = int(self._library.pt_insn_event(self._decoder, event, len(event)))
        return status


def synchronisation(address: int, cr3: int | None, vmcs: int | None) -> bytes:
    """Return the packets that begin a trace at an address of an address space.

    CR3 is a multiple of 32, the VMCS base of 4096: the packets hold no more of them.
    """
    packets = [b"\x02\x82" * 8]  # PSB
    packets.append(b"\x99\x01")  # MODE.Exec: 64 bits
    if cr3 is not None:
        packets.append(b"\x02\x43" + (cr3 >> 5 << 1).to_bytes(6, "little"))  # PIP
    if vmcs is not None:
        packets.append(b"\x02\xc8" + (vmcs >> 12).to_bytes(5, "little"))  # VMCS
    packets.append(b"\xdd" + address.to_bytes(8, "little"))  # FUP with all 64 bits of the address
    packets.append(b"\x02\x23")  # PSBEND
    return b"".join(packets)
