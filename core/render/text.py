"""Lines of styled text: commands choose the words and styles, the palette how styles look."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Union

from .escape import visible


class Span(NamedTuple):
    """A piece of a line in one style; the styles' names are those of `palette.STYLES`."""

    text: str
    style: str = "text"


Line = Union[str, "tuple[Span, ...]"]


class Block(ABC):
    """Lines that look otherwise where there is less room."""

    @abstractmethod
    def lines(self, width: int | None) -> Iterator[Line]:
        """Yield the lines for so much room in columns; None: no limit."""


def laid_out(lines: Iterable[Line | Block], width: int | None) -> Iterator[Line]:
    """Yield the lines, and those of blocks for so much room."""
    for line in lines:
        if isinstance(line, Block):
            yield from line.lines(width)
        else:
            yield line


def spans(line: Line) -> tuple[Span, ...]:
    """Return the line as spans; a plain string is one in the plain style."""
    return (Span(line),) if isinstance(line, str) else line


def note(text: str) -> Line:
    """Return the line of a remark on the result."""
    return (Span(text, "note"),)


def warning(text: str) -> Line:
    """Return the line of a warning."""
    return (Span(text, "warning"),)


class Palette:
    """Turns styled text into terminal output; without any codes, text stays plain."""

    def __init__(self, codes: Mapping[str, tuple[str, str]]) -> None:
        """Take the `codes`: the sequences that switch each style on and off."""
        self._codes = codes

    def paint(self, text: str, style: str) -> str:
        """Return the text in the style."""
        on, off = self._codes.get(style, ("", ""))
        return f"{on}{text}{off}" if on and text else text

    def line(self, line: Line) -> str:
        """Return the line with all its spans in their styles; what doesn't print in them is escaped."""
        return "".join(self.paint(visible(text), style) for text, style in spans(line))


PLAIN = Palette({})
