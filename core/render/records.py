"""Documents for programs: JSON, JSON lines and CSV, written as the rows come."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from .document import Document
from .escape import visible
from .fields import BLANK, Column


def as_json(document: Document) -> Iterator[str]:
    """Yield the document as one JSON object; non-ASCII and control characters are escaped."""
    head = "{" + _members({"schema": document.schema, **document.head})
    if document.rows is not None:
        head += f", {json.dumps(document.rows.name)}: ["
        with document.rows_until_interrupted() as telling:
            for row in document.rows.items:
                yield from telling.tell(
                    (",\n" if telling.told else head + "\n") + _row(document.rows.fields, row)
                )
        head = ("" if telling.told else head) + "]"
    tail = document.tail()
    yield head + (", " + _members(tail) if tail else "") + "}\n"


def as_json_lines(document: Document) -> Iterator[str]:
    """Yield one row a line, and then the document without its rows."""
    if document.rows is not None:
        with document.rows_until_interrupted() as telling:
            for row in document.rows.items:
                yield from telling.tell(_row(document.rows.fields, row) + "\n")
    yield "{" + _members({"schema": document.schema, **document.head, **document.tail()}) + "}\n"


def as_csv(document: Document) -> Iterator[str]:
    """Yield the rows as comma-separated values (RFC 4180) under a line of headings.

    Text that a spreadsheet would take for a formula begins with an apostrophe, which makes it text there.
    """
    if document.rows is None:
        values = {"schema": document.schema, **document.head, **document.tail()}
        yield _csv_line(values) + _csv_line(map(_plain, values.values()))
        return
    columns = document.rows.columns
    yield _csv_line(column.name for column in columns)
    with document.rows_until_interrupted() as telling:
        for row in document.rows.items:
            yield from telling.tell(_csv_line(_cell(column, row) for column in columns))


def _members(values: Any) -> str:
    return json.dumps(values)[1:-1]


def _row(fields: Iterable[Column], row: Any) -> str:
    return json.dumps(json_row(fields, row))


def json_row(fields: Iterable[Column], row: Any) -> dict[str, Any]:
    """Return the row as documents have it, without the columns for which it has no value (BLANK)."""
    told = ((column, column.get(row)) for column in fields)
    return {
        column.name: None if value is None else column.kind.json(value)
        for column, value in told
        if value is not BLANK
    }


def _cell(column: Column, row: Any) -> str:
    """Return the document's exact value, escaped where needed; for a structure, the table's text."""
    value = column.json(row)
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    return _guarded(visible(value) if isinstance(value, str) else column.text(row))


def _plain(value: Any) -> str:
    return _guarded(visible(value)) if isinstance(value, str) else json.dumps(value)


# What a spreadsheet evaluates, by its first character (OWASP, "CSV Injection"); not a protection (`---p`).
_FORMULA = re.compile(r"[=+@]|-(?![-rwxsp?]*$)")


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
