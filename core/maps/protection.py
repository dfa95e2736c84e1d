"""Protections: whether an area may be read, written, executed, is shared or private, or isn't known."""

from __future__ import annotations

import enum
import itertools

from ..errors import InvalidArgument

_UNKNOWN_SHIFT = 4  # from a flag to its `*_UNKNOWN` partner, in bits
_UNKNOWN_ACCESS = 7 << _UNKNOWN_SHIFT  # those of READ, WRITE and EXEC, as a plain integer: see `holds`


class Protection(enum.IntFlag):
    """The protection of an area, in the bits of mmap(2)'s PROT_* for READ, WRITE and EXEC.

    A flag that is set holds. One that isn't set doesn't hold, unless its `*_UNKNOWN` partner is set: then the
    target didn't know. Text form: `rw-p`, with `s` for shared and `?` for unknown.
    """

    READ = 1
    WRITE = 2
    EXEC = 4
    SHARED = 8
    READ_UNKNOWN = 16
    WRITE_UNKNOWN = 32
    EXEC_UNKNOWN = 64
    SHARED_UNKNOWN = 128

    @classmethod
    def parse(cls, text: str) -> Protection:
        """Read `rw-p` as in proc_pid_maps(5), `?` for what isn't known; anything else is InvalidArgument."""
        try:
            return _BY_TEXT[text]
        except KeyError:
            raise InvalidArgument(f"{text!r} is no protection", hint="such as rw-p, r-xs or r??p") from None

    def __str__(self) -> str:
        return _BY_VALUE[int(self)]

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    @property
    def unknown(self) -> Protection:
        """The flags among READ, WRITE, EXEC and SHARED that the target doesn't know."""
        return Protection(int(self) >> _UNKNOWN_SHIFT)

    @property
    def tells_access(self) -> bool:
        """Whether it is known of all of READ, WRITE and EXEC whether they hold."""
        return not int(self) & _UNKNOWN_ACCESS

    def holds(self, flag: Protection) -> bool | None:
        """Return whether the flag (one of READ, WRITE, EXEC, SHARED) holds; None: not known.

        Raise InvalidArgument for a flag that is none.
        """
        # As plain integers: an operator of IntFlag costs twenty times as much, and maps are long.
        try:
            bits, wanted = int(self), int(flag)
        except (TypeError, ValueError):
            raise InvalidArgument(f"{flag!r} and {self!r}: one is no Protection") from None
        return None if bits >> _UNKNOWN_SHIFT & wanted else bool(bits & wanted)


UNKNOWN = Protection(0xF0)

_LETTERS = (
    (("r", Protection.READ), ("-", 0), ("?", Protection.READ_UNKNOWN)),
    (("w", Protection.WRITE), ("-", 0), ("?", Protection.WRITE_UNKNOWN)),
    (("x", Protection.EXEC), ("-", 0), ("?", Protection.EXEC_UNKNOWN)),
    (("s", Protection.SHARED), ("p", 0), ("?", Protection.SHARED_UNKNOWN)),
)


def _tables() -> tuple[dict[str, Protection], dict[int, str]]:
    by_text = {
        "".join(letter for letter, _ in choice): Protection(sum(int(flag) for _, flag in choice))
        for choice in itertools.product(*_LETTERS)
    }
    return by_text, {int(value): text for text, value in by_text.items()}


_BY_TEXT, _BY_VALUE = _tables()
