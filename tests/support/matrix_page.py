"""The tables of docs/reliability.md that `make matrix` writes: what passes where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
PASSES, FAILS, PARTLY, NOT_HAD = "passes", "fails", "partly", "not to be had"
# A reason that is longer is cut: it's a line of a list.
MAX_REASON = 300


class Cell(NamedTuple):
    """What became of one test: how it went, and why, if it didn't pass."""

    state: str
    reason: str = ""


Table = dict[str, dict[str, Cell]]


class Results:
    """The results of a run of pytest, which go into the page in its end; rows that were not run stay."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Function) -> Iterator[None]:
        outcome = yield
        report: pytest.TestReport = outcome.get_result()  # type: ignore[attr-defined]
        if report.when == "call" or not report.passed:
            row = ", ".join(map(str, item.callspec.params.values()))
            rows = self._tables.setdefault(item.path.stem.removeprefix("test_"), {})
            cell = _cell(report, dict(item.user_properties))
            rows.setdefault(row, {}).setdefault(_column(item.originalname), cell)

    def pytest_sessionfinish(self) -> None:
        text = PAGE.read_text()
        for name, rows in self._tables.items():
            text = with_table(text, name, {**table_of(text, name), **rows})
        PAGE.write_text(text)


def _column(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _cell(report: pytest.TestReport, properties: dict[str, Any]) -> Cell:
    if report.skipped:
        assert isinstance(report.longrepr, tuple)
        return Cell(NOT_HAD, _short(report.longrepr[2].removeprefix("Skipped: ")))
    if report.passed:
        return Cell(PARTLY, properties["but"]) if "but" in properties else Cell(PASSES)
    crash = getattr(report.longrepr, "reprcrash", None)
    return Cell(FAILS, _short(str(crash.message if crash else report.longrepr)))


def _short(reason: str) -> str:
    return " ".join(reason.split())[:MAX_REASON]


# --- the page's text ---------------------------------------------------------------------------------


def _borders(name: str) -> tuple[str, str]:
    return f"<!-- `make matrix` writes: {name} -->\n", f"<!-- end of {name} -->\n"


def _part(text: str, name: str) -> tuple[str, str, str]:
    """Return what is before the part of this name, the part, and what is behind it."""
    begin, end = _borders(name)
    before, _, rest = text.partition(begin)
    part, border, behind = rest.partition(end)
    if not border:
        raise LookupError(f"{PAGE.name} has no place for {name}")
    return before + begin, part, border + behind


def table_of(text: str, name: str) -> Table:
    """Return the table of this name in the page's text, with the reasons in the list below it."""
    part = _part(text, name)[1]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*", part, re.M)
    ]
    reasons = {
        (row, column): why for row, column, why in re.findall(r"^- \*\*(.+): (.+)\*\*: (.*)", part, re.M)
    }
    if not lines:
        return {}
    columns = lines[0][1:]
    return {
        row: {
            column: Cell(state, reasons.get((row, column), ""))
            for column, state in zip(columns, states)
            if state
        }
        for row, *states in lines[2:]
    }


def with_table(text: str, name: str, table: Table) -> str:
    """Return the page's text with this table in it, in order of its rows, and the reasons below it."""
    columns = list(dict.fromkeys(column for cells in table.values() for column in cells))
    rows = sorted(table, key=_by_number)
    lines = [["", *columns], ["---"] * (len(columns) + 1)]
    lines += [[row, *(table[row].get(column, Cell("")).state for column in columns)] for row in rows]
    reasons = [
        f"- **{row}: {column}**: {table[row][column].reason}\n"
        for row in rows
        for column in columns
        if column in table[row] and table[row][column].reason
    ]
    drawn = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    before, _, behind = _part(text, name)
    return before + "\n" + drawn + "\n" + "".join(reasons) + ("\n" if reasons else "") + behind


def _by_number(row: str) -> list[Any]:
    """Return a key that puts `gdb 9` before `gdb 13`."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", row)]
