"""Shortens texts to a room in columns, each kind where it says least: paths within, other text at its end."""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import combining, east_asian_width

ELLIPSIS = "…"
# GDB's pager counts bytes: an ellipsis as two columns more than it takes. A line that is full would be two.
MORE_BYTES = 2
_DELETED = " (deleted)"  # what Linux adds to the name of a file that is gone, proc_pid_maps(5)
_LEAST = 8  # of a name that is told to be deleted

Cut = Callable[[str, int], str]


def columns_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: wide characters two, combining ones none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def counted_columns(text: str) -> int:
    """Return how many columns GDB's pager counts for a text with an ellipsis, at the least those it takes."""
    return columns_of(text) + MORE_BYTES * text.count(ELLIPSIS)


def _columns(character: str) -> int:
    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def cut_path(path: str, room: int) -> str:
    """Return a path without its middle where it is too long, its file's name whole: `/usr/…/libc.so.6`.

    Where there is no room for that either, a part of the name is left out: its end has the version.
    """
    if columns_of(path) <= room:
        return path
    if path.endswith(_DELETED) and room >= len(_DELETED) + _LEAST:
        return cut_path(path[: -len(_DELETED)], room - len(_DELETED)) + _DELETED
    if path.startswith("(") or (path.startswith("[") and path.endswith(")")):
        return cut_end(path, room)  # in parentheses stands whose it is, the most important first
    folder, slash, name = path.rpartition("/")
    if path.startswith("[") or not slash:
        return cut_name(path, room)
    left = room - columns_of(name) - 2
    if left >= 0:
        return _whole_folders(folder, left) + ELLIPSIS + slash + name
    return cut_name(name, room)


def file_name(path: str) -> str:
    """Return the shortest form of a path that has its file's name whole, as `cut_path` gives it."""
    folder, slash, name = path.rpartition("/")
    return path if path.startswith("[") or not slash or not folder else ELLIPSIS + slash + name


def _whole_folders(folder: str, room: int) -> str:
    """Return as many of the first folders of a path as there is room for, with the slash behind them."""
    return folder[: folder.rfind("/", 0, len(_head(folder, room))) + 1]


def cut_name(name: str, room: int) -> str:
    """Return a name without a part of its middle where it is too long: `_decimal.c…inux-gnu.so`."""
    return _cut_within(name, room, room // 2)


def cut_within(text: str, room: int) -> str:
    """Return the text with its middle left out where it is too long: `std::map…+0x19`."""
    return _cut_within(text, room, room // 3)


def cut_end(text: str, room: int) -> str:
    """Return the text without its end where it is too long: `Dear Ada, th…`."""
    return text if columns_of(text) <= room else _head(text, room - 1) + ELLIPSIS


def cut_bytes(text: str, room: int) -> str:
    """Return the first of the bytes in hexadecimal where there is no room for all: `e90600…`."""
    if len(text) <= room:
        return text
    return text[: (room - 1) // 2 * 2] + ELLIPSIS


def _cut_within(text: str, room: int, tail: int) -> str:
    if columns_of(text) <= room:
        return text
    return _head(text, room - tail - 1) + ELLIPSIS + _head(text[::-1], tail)[::-1]


def _head(text: str, room: int) -> str:
    """Return as many of the first characters as there is room for."""
    if text.isascii():
        return text[: max(room, 0)]
    end = 0
    while end < len(text) and room - _columns(text[end]) >= 0:
        room -= _columns(text[end])
        end += 1
    return text[:end]
