"""One command, one map: what it needs of the map and the threads is read once, whether or not they change."""

from __future__ import annotations

import pytest
from ptatlas.core.ports.target import Target
from ptatlas.core.ports.threads import Thread
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell
from support.targets import area

AREAS = 200
BASE, PAGE = 0x10000, 0x1000


class Running:
    """The clock, the map and the threads of an inferior that runs, which count what they are asked."""

    source = "counted"

    def __init__(self, *, changes: bool = False) -> None:
        self.ticks = self.listed = self.asked_threads = 0
        self._changes = changes

    def now(self):
        self.ticks += 1
        return self.ticks

    def areas(self):
        self.listed += 1
        more = self.listed if self._changes else 0
        starts = [BASE + 2 * PAGE * number for number in range(AREAS + more)]
        return [area(start, start + PAGE, "", perms="rw-p") for start in starts]

    def threads(self):
        self.asked_threads += 1
        return [Thread(1, BASE + 8)]


def shell_over(running: Running) -> Shell:
    content = [BufferArea(BASE + 2 * PAGE * number, b"needle".ljust(PAGE, b"\1")) for number in range(AREAS)]
    reader = buffer_target(content).readers[0]
    return Shell(Target(buffer_target(content).arch, (running,), (reader,), clock=running, threads=running))


COMMANDS = [
    "pt-maps",
    "pt-maps --summary",
    f"pt-maps {BASE:#x}",
    "pt-find needle --count",
    "pt-find needle",
    "pt-image snapshot s",
]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_reads_the_map_at_its_borders_and_the_threads_once(line):
    running = Running()
    shell_over(running).run(line)
    assert running.listed <= 2
    assert running.asked_threads == 1
    assert running.ticks <= 3


@pytest.mark.parametrize("line", COMMANDS)
def test_a_map_that_changed_meanwhile_is_told(line):
    shell = shell_over(Running(changes=True))
    assert "the map changed meanwhile" in shell.run(line)
    assert shell.json(line.replace("snapshot s", "snapshot t"))["map_changed"] is True


@pytest.mark.parametrize("line", COMMANDS)
def test_nothing_is_told_of_a_map_that_stayed(line):
    shell = shell_over(Running())
    assert "meanwhile" not in shell.run(line)
    assert "map_changed" not in shell.json(line.replace("snapshot s", "snapshot t"))


def test_the_next_command_sees_the_new_map():
    shell = shell_over(Running(changes=True))
    shell.run("pt-maps")
    assert "new" in shell.run("pt-maps --changed") or shell.inferior.generation > 1
