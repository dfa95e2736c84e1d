"""The progress line: shown when work takes long, never in the way of a result, and gone without a trace."""

from __future__ import annotations

import re

import pytest
from ptatlas.core.commands.shell.progress_line import LineTimes, ProgressLine
from ptatlas.core.render.document import Document, Rows, Text
from ptatlas.core.watch import Progress, Watch
from support.shell import Shell

MIB = 1 << 20


class Screen:
    """A terminal of which only the line with the cursor counts."""

    def __init__(self, columns: int = 80, is_free: bool = True) -> None:
        self._columns, self._is_free = columns, is_free
        self.cells, self.cursor, self.written = "", 0, ""

    def columns(self) -> int:
        return self._columns

    def is_free(self) -> bool:
        return self._is_free

    def write(self, text: str) -> None:
        self.written += text
        for part in re.split("(\r|\n)", text):
            if part in ("\r", "\n"):
                self.cursor = 0
                self.cells = self.cells if part == "\r" else ""
            else:
                self.cells = self.cells[: self.cursor] + part + self.cells[self.cursor + len(part) :]
                self.cursor += len(part)

    @property
    def line(self) -> str:
        return self.cells.rstrip()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def screen() -> Screen:
    return Screen()


def line_on(screen, clock) -> ProgressLine:
    return ProgressLine(screen, clock=clock)


def test_quick_work_shows_nothing(screen, clock):
    line = line_on(screen, clock)
    clock.now += 0.4
    line.show(Progress(MIB, 4 * MIB, 0))
    assert screen.written == ""


def test_after_half_a_second_it_says_how_much_is_done_how_fast_and_what_was_found(screen, clock):
    line = line_on(screen, clock)
    clock.now += 2
    line.show(Progress(256 * MIB, 1024 * MIB, 3))
    assert screen.line == " 25%  256M of 1G, 128M/s, 3 hits"


def test_work_that_looks_for_nothing_says_only_how_far_it_is(screen, clock):
    line = line_on(screen, clock)
    clock.now += 2
    line.show(Progress(256 * MIB, 1024 * MIB))
    assert screen.line == " 25%  256M of 1G, 128M/s"


def test_what_was_found_has_its_own_name(screen, clock):
    line = line_on(screen, clock)
    clock.now += 2
    line.show(Progress(256 * MIB, 1024 * MIB, 1, "difference"))
    assert screen.line == " 25%  256M of 1G, 128M/s, 1 difference"


def test_it_is_written_over_itself_ten_times_a_second_at_most(screen, clock):
    line = line_on(screen, clock)
    clock.now += 1
    line.show(Progress(100 * MIB, 1024 * MIB, 1000))
    before = screen.written
    clock.now += 0.05
    line.show(Progress(101 * MIB, 1024 * MIB, 1000))
    assert screen.written == before
    clock.now += 0.1
    line.show(Progress(1024 * MIB, 1024 * MIB, 7))
    assert screen.line.startswith("100%  1G of 1G")
    assert screen.line.endswith(" 7 hits")


def test_hidden_it_leaves_an_empty_line_and_the_cursor_at_its_start(screen, clock):
    line = line_on(screen, clock)
    clock.now += 1
    line.show(Progress(1, 2, 0))
    line.hide()
    assert (screen.line, screen.cursor) == ("", 0)


def test_it_is_never_wider_than_the_terminal(clock):
    screen = Screen(columns=12)
    line = line_on(screen, clock)
    clock.now += 1
    line.show(Progress(1, 2, 0))
    assert 0 < len(screen.line) < 12


def test_it_stays_away_while_something_else_has_the_screen(clock):
    screen = Screen(is_free=False)
    line = line_on(screen, clock)
    clock.now += 1
    line.show(Progress(1, 2, 0))
    assert screen.written == ""


def test_work_that_only_polls_shows_how_long_it_takes(screen, clock):
    watch = line_on(screen, clock).watching(Watch(lambda: True))
    clock.now += 3
    assert watch.is_interrupted()
    assert screen.line == "3 s"


def test_each_row_and_the_end_find_an_empty_line(screen, clock):
    line = line_on(screen, clock)

    def rows():
        for number in range(3):
            clock.now += 1
            line.show(Progress(number, 3, number))
            assert screen.line
            yield number
        clock.now += 1
        line.show(Progress(3, 3, 3))

    document = line.around(Document("s", rows=Rows("rows", rows(), (), ())))
    for _ in document.rows.items:
        assert screen.line == ""
    assert screen.line == ""


def test_a_result_without_rows_finds_an_empty_line(screen, clock):
    line = line_on(screen, clock)
    clock.now += 1
    line.show(Progress(1, 2, 0))
    assert line.around(Text(["x"])) == Text(["x"])
    assert screen.line == ""


def test_without_a_terminal_nothing_changes():
    line = ProgressLine()
    watch = Watch()
    document = Document("s", rows=Rows("rows", [], (), ()))
    assert line.watching(watch) is watch
    assert line.around(document) is document


@pytest.mark.parametrize(
    ("options", "has_line"),
    [
        pytest.param("", True, id="a table"),
        pytest.param("--format jsonl", True, id="lines"),
        pytest.param("--json", False, id="one JSON document, whose lines aren't whole"),
        pytest.param("--json -o {file}", True, id="one JSON document into a file"),
    ],
)
def test_it_appears_only_where_the_cursor_is_at_the_start_of_a_line(tmp_path, options, has_line):
    from ptatlas.core.sources.buffer import BufferArea, buffer_target

    shell, screen = Shell(buffer_target([BufferArea(0x10000, b"needle" * 4000)])), Screen()
    shell.status, shell.times = screen, LineTimes(patience=0.0)
    file = tmp_path / "hits"
    text = shell.run(f"pt-find needle -l 3 {options.format(file=file)}")
    assert bool(screen.written) is has_line
    assert screen.line == ""
    assert "\r" not in text
    assert "file" not in options or file.read_text().count("address") == 3
