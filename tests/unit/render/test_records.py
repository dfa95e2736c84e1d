"""Documents for programs."""

import csv
import io
import json
from collections import namedtuple

import pytest
from ptatlas.core.render.document import Document, Rows
from ptatlas.core.render.fields import ADDRESS, NAME, column
from ptatlas.core.render.records import as_csv, as_json, as_json_lines

Row = namedtuple("Row", "start path")
COLUMNS = (column("start", ADDRESS), column("path", NAME))
ROWS = [Row(0x1000, '/tmp/a "b", c'), Row(0xFFFFFFFFFF600000, None)]


def document(items=ROWS):
    return Document(
        "ptatlas.maps/1", {"pid": 42}, Rows("areas", items, COLUMNS, COLUMNS), lambda: {"total": 2}
    )


def test_json_is_one_object_with_the_schema_first_and_rows_where_they_belong():
    read = json.loads("".join(as_json(document())))
    assert list(read) == ["schema", "pid", "areas", "total"]
    assert read["areas"] == [
        {"start": "0x1000", "path": '/tmp/a "b", c'},
        {"start": "0xffffffffff600000", "path": None},
    ]


def test_json_without_rows_is_a_document_all_the_same():
    assert json.loads("".join(as_json(document([]))))["areas"] == []
    assert json.loads("".join(as_json(Document("ptatlas.maps/1")))) == {"schema": "ptatlas.maps/1"}


def test_json_is_written_as_the_rows_come():
    pieces = as_json(document(Row(n, "x") for n in iter(int, 1)))
    assert [next(pieces) for _ in range(4)][-1].startswith(",\n")


def test_json_lines_are_one_row_each_and_then_the_document_without_its_rows():
    *rows, last = map(json.loads, "".join(as_json_lines(document())).splitlines())
    assert [row["start"] for row in rows] == ["0x1000", "0xffffffffff600000"]
    assert last == {"schema": "ptatlas.maps/1", "pid": 42, "total": 2}


def test_csv_quotes_what_needs_it_and_leaves_empty_what_is_not_known():
    read = list(csv.reader(io.StringIO("".join(as_csv(document())))))
    assert read == [["start", "path"], ["0x1000", '/tmp/a "b", c'], ["0xffffffffff600000", ""]]


def test_csv_of_a_document_without_rows_is_its_values():
    assert "".join(as_csv(Document("ptatlas.maps/1", {"pid": 42}))) == "schema,pid\nptatlas.maps/1,42\n"


@pytest.mark.parametrize("text", ["=1+2", "+1", "@SUM(9)", "-2+3", "-x=1", "=", "-rwxcmd"])
def test_csv_keeps_a_spreadsheet_from_evaluating_text(text):
    rows = list(csv.reader(io.StringIO("".join(as_csv(document([Row(1, text)]))))))
    assert rows[1] == ["0x1", "'" + text]
    assert text in as_csv(Document("ptatlas.image/1", {"name": text})).__next__().partition("'")[2]


@pytest.mark.parametrize("text", ["---p", "-w-", "r--p", "a=1", "x-1", "?", "'=1", ""])
def test_csv_leaves_protections_and_other_text_alone(text):
    assert list(csv.reader(io.StringIO("".join(as_csv(document([Row(1, text)]))))))[1][1] == text


def test_csv_leaves_numbers_alone():
    assert "".join(as_csv(Document("ptatlas.image/1", {"offset": -5}))).endswith(",-5\n")


def test_no_format_lets_an_escape_sequence_through():
    evil = [Row(1, "/tmp/\x1b]0;owned\x07\x9b31m\udcff")]
    for writer in (as_json, as_json_lines, as_csv):
        text = "".join(writer(document(evil)))
        assert text.replace("\n", "").isprintable()
        assert text.isascii()


def test_the_tail_is_asked_only_when_the_rows_have_been_read():
    seen = []

    def rows():
        for row in ROWS:
            seen.append(row)
            yield row

    counted = Document("s", {}, Rows("r", rows(), COLUMNS, COLUMNS), lambda: {"count": len(seen)})
    assert json.loads("".join(as_json(counted)))["count"] == 2
