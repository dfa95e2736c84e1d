"""One way from a result to text, whatever its format."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass

from ..errors import InvalidArgument
from .document import Document, Result, Text
from .records import as_csv, as_json, as_json_lines
from .table import table
from .telling import Unwanted
from .text import PLAIN, Palette, laid_out

FORMATS = ("table", "json", "jsonl", "csv")


@dataclass(frozen=True)
class Style:
    """How results are to look: the format, the palette, the terminal's width in columns (None: no limit)."""

    format: str = "table"
    palette: Palette = PLAIN
    width: int | None = None

    @property
    def room(self) -> int | None:
        """How wide a line may be: one that takes the whole width is two to GDB's pager."""
        return None if self.width is None else max(self.width - 1, 1)


def render(result: Result, style: Style) -> Generator[str, None, None]:
    """Yield the result's text in pieces, as its rows come.

    Raise InvalidArgument for raw bytes, which have no text form.
    """
    if isinstance(result, Text):
        yield from (style.palette.line(line) + "\n" for line in result.lines)
    elif isinstance(result, Document):
        writers = {"json": as_json, "jsonl": as_json_lines, "csv": as_csv}
        yield from writers[style.format](result) if style.format in writers else _as_table(result, style)
    else:
        raise InvalidArgument("raw bytes go to a file", hint="add -o FILE")


def _as_table(document: Document, style: Style) -> Generator[str, None, None]:
    if document.rows is not None:
        # Who has seen enough rows still wants to know what there was.
        with suppress(Unwanted), document.rows_until_interrupted() as telling:
            yield from table(document.rows, style.palette, style.room, telling)
    yield from (style.palette.line(line) + "\n" for line in laid_out(document.notes(), style.room))
