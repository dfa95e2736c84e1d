"""Running a command: errors as one line, colours, and interrupts that come at any moment."""

from __future__ import annotations

import io
import json
import signal
from dataclasses import replace

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.errors import SourceError
from ptatlas.core.inferior import Inferior
from ptatlas.core.render.table import BLOCK
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.watch import Watch
from support.shell import Shell
from support.targets import Reader, interrupt, on_read

START, HITS = 0x1000, 3 * BLOCK


def target():
    return buffer_target([BufferArea(START, b"\x01" * HITS, "rw-p", "/tmp/\x1b[31mdata")])


class InterruptedShell(Shell):
    """A terminal at which the user presses Ctrl-C before the piece of this number is written."""

    def __init__(self, number: int) -> None:
        super().__init__(target())
        self.pieces, self._number = 0, number

    def write(self, text: str) -> None:
        self.pieces += 1
        assert self.pieces < 10_000, "an interrupted command goes on for ever"
        if self.pieces == self._number:
            raise KeyboardInterrupt
        super().write(text)


class QuitShell(InterruptedShell):
    """A terminal with a pager, at which the user says no before the piece of this number is written."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.is_paged = True


def interrupted_while_reading(number: int) -> Shell:
    shell = Shell(target())
    shell.inferior.memory._readers[:] = [
        Reader(shell.inferior.memory._readers[0], on_read(number, interrupt), thread_safe=False)
    ]
    return shell


def test_an_error_names_the_command_and_escapes_what_it_cites():
    with pytest.raises(CommandFailed) as caught:
        Shell(target()).run("pt-maps '-\x1b'")
    assert str(caught.value) == (
        r"pt-maps: there is no option -\x1b (--help lists them; -- ends the options)"
    )


def test_an_interrupt_ends_a_listing():
    with pytest.raises(CommandFailed, match=r"^pt-maps: interrupted$"):
        InterruptedShell(1).run("pt-maps")


@pytest.mark.parametrize("number", [1, 2, 3, 100])
def test_a_document_interrupted_while_it_is_written_is_whole_and_goes_on_with_what_was_not(number):
    document = json.loads(InterruptedShell(number).run("pt-find -x 01 --json"))
    told = [int(hit["address"], 16) for hit in document["hits"]]
    assert told == [START + n for n in range(number - 1)]
    assert document["count"] == len(told)
    assert document["stopped"] == {"why": "interrupted", "from": hex(START + len(told))}


@pytest.fixture
def interrupt_after():
    """Raise KeyboardInterrupt in this thread after so many seconds, as Ctrl-C does: at any bytecode."""

    def press(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, press)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_whenever_ctrl_c_comes_a_document_is_whole_and_no_hit_is_lost(interrupt_after):
    whole, outcomes = [START + n for n in range(HITS)], set()
    for microseconds in range(200, 9000, 40):
        shell, output = Shell(target()), io.StringIO()
        # A function in C, as GDB's is: the interrupt comes before it or behind it.
        shell.write = output.write
        try:
            interrupt_after(microseconds * 1e-6)
            shell.run("pt-find -x 01 --json")
            interrupt_after(0)
        except (KeyboardInterrupt, CommandFailed):
            interrupt_after(0)
            outcomes.add("before, or too late")
            continue
        document = json.loads(output.getvalue())
        told = [int(hit["address"], 16) for hit in document["hits"]]
        again = int(document["stopped"]["from"], 16) if document["stopped"] else START + HITS
        outcomes.add(document["stopped"] and document["stopped"]["why"])
        assert document["count"] == len(told)
        assert told == whole[: len(told)]
        assert again - START in (len(told), len(told) - 1)
    assert "interrupted" in outcomes


def test_an_interrupted_table_says_where_to_go_on_with_what_was_not_shown():
    shown = InterruptedShell(2).lines("pt-find -x 01 -l 0")
    assert len(shown) == 1 + BLOCK + 2
    assert shown[-2].startswith(f"{BLOCK} hits in ")
    assert shown[-1] == f"interrupted; go on with --from {START + BLOCK:#x}"


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "table"])
@pytest.mark.parametrize("reads", [3, 40, BLOCK + 7, HITS + 1])
def test_an_interrupt_while_a_hit_is_read_shows_all_before_it_and_goes_on_with_it(form, reads):
    shell = interrupted_while_reading(reads)
    text = shell.run(f"pt-find -x ?1 -l 0 --format {form}")
    told = [
        START + n
        for n in range(HITS)
        if f"{START + n:#x}" in text.partition("stopped")[0].partition("from")[0]
    ]
    rest = len(told) + START
    assert told == list(range(START, rest))
    assert len(told) == reads - 3
    if form != "csv":
        assert f"{rest:#x}" in text.partition("from")[2]


def test_an_interrupt_while_the_context_of_a_hit_is_read_goes_on_with_that_hit():
    shell = interrupted_while_reading(2 + HITS + 5)
    shown = shell.lines("pt-find -x ?1 -l 0 -C 1")
    again = int(shown[-1].rpartition(" ")[2], 16)
    told = [line for line in shown if line.endswith("[31mdata")]
    assert len(told) == again - START


def test_a_user_who_interrupts_and_is_only_asked_ends_a_search_of_zeros_soon():
    from ptatlas.core.commands.registry import COMMANDS
    from ptatlas.core.commands.shell.context import Context
    from ptatlas.core.commands.shell.dispatch import execute

    size = 1 << 30
    zeros = buffer_target([BufferArea(START, b"", "rw-p", size=size)], untouched=[(START, START + size)])
    shell = Shell(zeros)
    asked = iter([False] * 5 + [True] * 100)
    command = next(command for command in COMMANDS if command.name == "pt-find")
    execute(
        command,
        "-t u8 0 -l 0 --json",
        Context(shell.session, shell.inferior, Watch(lambda: next(asked))),
        shell,
    )
    document = json.loads(shell.text)
    assert 0 < document["count"] == len(document["hits"]) < 1000
    assert document["stopped"] == {"why": "interrupted", "from": f"{START + document['count']:#x}"}


@pytest.mark.parametrize(
    ("shows", "option", "variable", "coloured"),
    [
        pytest.param(True, "", None, True, id="a terminal"),
        pytest.param(False, "", None, False, id="no terminal"),
        pytest.param(True, "", "1", False, id="NO_COLOR"),
        pytest.param(True, "", "", True, id="NO_COLOR, empty"),
        pytest.param(True, "--color never", None, False, id="never"),
        pytest.param(False, "--color always", None, True, id="always"),
        pytest.param(False, "--color always", "1", True, id="always, and NO_COLOR"),
        pytest.param(False, "--color auto", None, False, id="auto, no terminal"),
    ],
)
def test_colours(monkeypatch, shows, option, variable, coloured):
    monkeypatch.delenv("NO_COLOR", raising=False)
    if variable is not None:
        monkeypatch.setenv("NO_COLOR", variable)
    assert ("\x1b[" in Shell(target(), color=shows).run(f"pt-maps {option}")) is coloured


def test_a_file_gets_no_colours_unless_they_are_asked_for(tmp_path):
    shell, file = Shell(target(), color=True, width=40), tmp_path / "maps"
    shell.run(f"pt-maps -o {file}")
    assert "\x1b" not in file.read_text()
    shell.run(f"pt-maps -o {file} --color always")
    assert "\x1b[" in file.read_text()


def test_a_file_is_not_cut_to_the_terminals_width(tmp_path):
    shell, file = Shell(target(), width=20), tmp_path / "maps"
    shell.run(f"pt-maps -o {file}")
    assert "/tmp/\\x1b[31mdata" in file.read_text()


# --- inferiors that end meanwhile ---


class Ends:
    """The presence of an inferior that ends after it was asked about so many times."""

    def __init__(self, times: int) -> None:
        self._left = times

    def check(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise SourceError("process 42: the process is gone")


@pytest.mark.parametrize("times", [0, 1, 2])
@pytest.mark.parametrize(
    "line",
    ["pt-maps", "pt-maps --changed", "pt-maps 0x1000", "pt-find a", "pt-find a --count", "pt-image check"],
)
def test_an_answer_of_an_inferior_that_ended_before_or_meanwhile_is_an_error(line, times):
    shell = Shell(replace(target(), presence=Ends(times)))
    with pytest.raises(CommandFailed, match=r"^pt-[a-z]*: process 42: the process is gone$"):
        shell.run(line)
    assert times == 2 or not shell.text


def test_no_file_is_written_of_an_inferior_that_ended_meanwhile(tmp_path):
    for times in range(3):
        with pytest.raises(CommandFailed):
            Shell(replace(target(), presence=Ends(times))).run(f"pt-maps --json -o {tmp_path}/a")
    assert not list(tmp_path.iterdir())


def test_no_snapshot_is_kept_of_an_inferior_that_ended_meanwhile():
    shell = Shell(replace(target(), presence=Ends(1)))
    with pytest.raises(CommandFailed):
        shell.run("pt-image snapshot s")
    assert shell.json("pt-image list")["images"] == []


def test_what_was_kept_of_it_is_shown_when_an_inferior_has_ended():
    shell = Shell(target())
    shell.run("pt-image snapshot s")
    shell.inferior = Inferior(replace(target(), presence=Ends(0)))
    assert "s" in shell.run("pt-image list")
    assert shell.run("pt-image read s 0x1000 4")


# --- pagers that are quit ---


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    ("line", "hits"),
    [
        pytest.param("-l 0", HITS, id="all"),
        pytest.param("-l 700", 700, id="up to a limit"),
        pytest.param("-l 0 --json", HITS, id="as a document"),
        pytest.param("-l 0 -C 16", HITS, id="with context"),
        pytest.param("--count", HITS, id="counted"),
        pytest.param("--count --json", HITS, id="counted in a document"),
    ],
)
def test_who_quits_the_pager_loses_no_hit(number, line, hits):
    shell = QuitShell(number)
    shell.run(f"pt-find -t u8 1 {line}")
    last = shell.last_search
    assert [hit.address for hit in last.hits] == list(range(START, START + hits))
    assert {last.hits.value(index) for index in range(hits)} == {1}
    assert (last.stopped and last.stopped.why) == ("limit" if hits < HITS else None)
    assert shell.found
    shell.pieces = -100_000
    assert shell.json("pt-find --next")["count"] == hits


def test_below_rows_that_were_quit_stands_how_many_hits_there_are():
    shell = QuitShell(2)
    lines = shell.lines("pt-find -t u8 1 -l 0")
    assert len([line for line in lines if line.lstrip().startswith("0x")]) == BLOCK
    assert f"{HITS} hits in {HITS} bytes" in lines[-2]
    assert lines[-1] == "not all hits were shown; --next has them all"


def test_a_document_that_was_quit_ends_there():
    shell = QuitShell(5)
    assert shell.lines("pt-find -t u8 1 --json")[-1].startswith('{"address": "0x1003"')


@pytest.mark.parametrize(
    ("line", "number", "below"),
    [
        pytest.param("pt-maps", 1, "1 area, 768 bytes", id="a table"),
        pytest.param("pt-maps --help", 3, "", id="text"),
        pytest.param("pt-maps --json", 2, "", id="a document"),
    ],
)
def test_who_quits_the_pager_has_made_no_error(line, number, below):
    shell = QuitShell(number)
    assert below in shell.run(line)


def test_the_pager_may_be_quit_in_the_last_lines_too():
    shell = QuitShell(4)
    shell.run("pt-find -t u8 1 -l 300")
    assert len(shell.last_search.hits) == 300
