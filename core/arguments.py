"""What callers of the public API give, as what it is meant to be; InvalidArgument for anything else.

Here is the border: what is wrong is told before anything is changed, and in our own words. Integers have a
border of their own (`integers`), as have the names of files (`files.paths`).
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterable
from typing import TypeVar, Union

from .errors import InvalidArgument

T = TypeVar("T")
F = TypeVar("F")
BytesLike = Union[bytes, bytearray, memoryview]


def as_kind(value: object, kind: type[T]) -> T:
    """Return the value, which must be of this class."""
    if not isinstance(value, kind):
        raise InvalidArgument(f"a {type(value).__name__} is no {kind.__name__}")
    return value


def as_text(value: str) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise InvalidArgument(f"a {type(value).__name__} is no text")
    return value


def as_bytes(value: BytesLike) -> bytes:
    """Return a copy of the bytes."""
    if not isinstance(value, (bytes, bytearray, memoryview)):
        raise InvalidArgument(f"a {type(value).__name__} is not bytes")
    try:
        return bytes(value)
    except ValueError as error:
        raise InvalidArgument(f"these bytes can't be read: {error}") from None  # a view that was released


def as_buffer(value: BytesLike | mmap.mmap, *, writable: bool) -> memoryview:
    """Return a view of a buffer's bytes, whatever items it says it has; its bytes must lie in one piece."""
    try:
        view = memoryview(value).cast("B")
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"a {type(value).__name__} is no buffer: {error}") from error
    if writable and view.readonly:
        raise InvalidArgument(f"this {type(value).__name__} can't be written to")
    return view


def as_real(value: float) -> float:
    """Return a real number; of an integer the nearest one."""
    try:
        return math.copysign(value, value)  # unlike `float` it reads no text
    except OverflowError:
        raise InvalidArgument("the number is too large for a float of 64 bits") from None
    except TypeError:
        raise InvalidArgument(f"a {type(value).__name__} is no real number") from None


def as_list(values: Iterable[T]) -> list[T]:
    """Return a list of what can be iterated over."""
    try:
        return list(values)
    except TypeError:
        raise InvalidArgument(f"a {type(values).__name__} holds nothing to go through") from None


def as_callable(value: F) -> F:
    """Return what can be called; None, where a caller gives no function, is None."""
    if value is not None and not callable(value):
        raise InvalidArgument(f"a {type(value).__name__} can't be called")
    return value
