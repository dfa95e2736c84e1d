"""pt-image check and diff, interrupted while they compare or while their rows are written."""

from __future__ import annotations

import json

import pytest
from ptatlas.core.commands.image.ranges import MOST_IF_INTERRUPTED
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.context import Context
from ptatlas.core.commands.shell.dispatch import execute
from ptatlas.core.sources import BufferArea
from ptatlas.core.watch import Watch
from support.shell import Shell
from support.targets import over

BASE, PAGE = 0x400000, 0x1000
# More than a check or a diff compares between two looks for an interrupt.
SIZE = 2 << 20
FEW, MANY = 3, MOST_IF_INTERRUPTED + 100
COMMAND = next(command for command in COMMANDS if command.name == "pt-image")
CALLS = pytest.mark.parametrize("call", ["check it -n file", "diff it live -n file"])


def shell_with(count: int, tmp_path) -> Shell:
    """An inferior that differs from the image `it` at its start and further on in each 64 bytes."""
    path = tmp_path / "file"
    path.write_bytes(bytes(SIZE))
    memory = bytearray(SIZE)
    memory[: 64 * count : 64] = b"x" * count
    shell = over(BufferArea(BASE, bytes(memory), path=str(path)))
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {path} 0 {SIZE} {BASE:#x}")
    return shell


def interrupted_after(polls: int, shell: Shell, line: str) -> str:
    """What is written if the interrupt comes at the poll after so many."""
    answers = iter([False] * polls)
    terminal = Shell()
    execute(
        COMMAND, line, Context(shell.session, shell.inferior, Watch(lambda: next(answers, True))), terminal
    )
    return terminal.text


@CALLS
def test_going_on_begins_where_it_was_interrupted(call, tmp_path):
    shell = shell_with(FEW, tmp_path)
    last = interrupted_after(1, shell, call).splitlines()[-1]
    start = int(last.partition("--from ")[2], 16)
    assert BASE < start < BASE + SIZE
    assert shell.json(f"pt-image {call} --from {start:#x}")["ranges"] == []
    rest = shell.json(f"pt-image {call} --from {BASE + 64:#x}")["ranges"]
    assert [item["start"] for item in rest] == [hex(BASE + 64), hex(BASE + 128)]


def rows_of(lines: list[str]) -> list[str]:
    """The rows among a table's lines: those that begin with an address."""
    return [line for line in lines if line.startswith("0x")]


@CALLS
def test_a_table_lists_only_what_is_written_at_once(call, tmp_path):
    shell = shell_with(MANY, tmp_path)
    lines = interrupted_after(1, shell, call).splitlines()
    assert len(rows_of(lines)) == MOST_IF_INTERRUPTED
    assert lines[-2] == "100 more ranges, which --format jsonl lists"
    document = json.loads(interrupted_after(1, shell, f"{call} --json"))
    assert len(document["ranges"]) == MANY


@CALLS
def test_an_interrupt_of_the_rows_ends_them_and_says_where_to_go_on(call, tmp_path):
    shell = shell_with(MANY, tmp_path)

    class Interrupting(Shell):
        """A terminal at which the user interrupts what comes after the first rows."""

        is_interrupted = False

        def write(self, text: str) -> None:
            if self.text and not self.is_interrupted:
                self.is_interrupted = True
                raise KeyboardInterrupt
            super().write(text)

    terminal = Interrupting()
    execute(COMMAND, call, Context(shell.session, shell.inferior), terminal)
    told = rows_of(terminal.text.splitlines())
    start = int(terminal.text.splitlines()[-1].partition("--from ")[2], 16)
    assert 0 < len(told) < MANY
    assert start == BASE + 64 * len(told)
