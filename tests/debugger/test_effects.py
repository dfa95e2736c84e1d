"""What each command leaves behind in the process and in the debugger: nothing but what it was asked for."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.sources import process_target
from support.children import Child
from support.effects import CAN_OPEN_NAMELESS, changed, start_untold, state
from support.session import Session
from support.sessions import GdbSession, LldbSession
from support.shell import Shell

# Every call, and every option of its command; AT is the address of a place, BIN the program.
LINES = """
pt-maps
pt-maps AT --rss --all --gaps
pt-maps -n libc* -p x -k module --min-size 4K --max-size 1G --sort size --format csv
pt-maps --columns start,rss,owner,vmflags --color always
pt-maps --marks --json --trust-files
pt-maps --sections libc
pt-maps --summary --format json --color never
pt-maps --blocks --json
pt-maps --blocks AT
pt-maps --since 1
pt-maps --changed
pt-maps --html OUT/map.html
pt-maps --timestamp -o OUT/timestamp
pt-maps --version
pt-maps --help
pt-find untold-needle -C 64
pt-find --next --json
pt-find -r untold-[a-z]+ -l 0 --json
pt-find untold-needle --blocks
pt-find --refs AT
pt-find --targets AT
pt-find --leaks
pt-find -x "7f 45 4c 46" --from 0x1000 -C 32
pt-find UNTOLD-needle -i
pt-find -t u16 7 --endian big -l 3 --color never
pt-find -e 7 -l 3
pt-find --version
pt-find --help
pt-find -t u32 0 --count --no-access
pt-find untold-needle --all -a 4
pt-find -t u32 0 -l 9
pt-find --next --unchanged
pt-find -t u32 0 -l 9
pt-find --next --changed
pt-find -t u32 0 -l 9
pt-find --next --increased
pt-find -t u32 0 -l 9
pt-find --next --decreased
pt-find -P @libc -n libc* -p rw -k module --min-size 4K --max-size 1G
pt-find -P AT --in AT --trust-files
pt-find --patterns OUT/patterns --format jsonl -o OUT/found
pt-find --yara OUT/rules
pt-image load all
pt-image load part -n libc* --cr3 1 --vmcs 2
pt-image list --json
pt-image list --format csv
pt-image --version
pt-image --help
pt-image show all
pt-image new empty
pt-image add-file empty BIN 0 64 0x1000
pt-image read empty 0x1000 16 --color never
pt-image cache add BIN 0 64 0x1000
pt-image cache list
pt-image cache limit 1M
pt-image add-cached empty 1
pt-image copy other empty
pt-image remove other --file BIN
pt-image remove other --all
pt-image check
pt-image check all
pt-image check -p w --cause relocation --json
pt-image check -p w --from 0x1000
pt-image snapshot one
pt-image snapshot few -k heap --min-size 4K --max-size 1G
pt-image snapshot two --no-access --in AT -o OUT/taken
pt-image check one
pt-image diff one live
pt-image diff live one --by file --from 0x1000
pt-image diff all live -C 64 --in AT
pt-image diff one live -C 64 --no-access -n untold
pt-image export one --core OUT/one.core
pt-image export all --ptxed
pt-image export empty --raw OUT/raw
pt-image add-core core OUT/one.core
pt-find needle --image one
pt-image attach OUT/a.store --prefix kept-
pt-image save empty OUT/a.store
pt-image snapshot stored --in AT --store OUT/a.store
pt-image store check OUT/a.store
pt-image store keys OUT/a.store
pt-image store stats OUT/a.store
pt-image detach OUT/a.store
pt-image attach OUT/a.store --read-only --trust-files
pt-image detach OUT/a.store
pt-image drop other
"""
# Options that change the debugger because they are asked to: breakpoints, and a listing at each stop.
ASKED_FOR = {"break", "follow"}
# What a debugger is asked of its own state, and what `pt-find` is documented to set there.
ASKED = {
    "gdb": (
        "show",
        "show convenience",
        "info breakpoints",
        "thread",
        "frame",
        "info display",
        "info checkpoints",
    ),
    "lldb": ("settings show", "breakpoint list", "watchpoint list", "thread info", "frame info", "alias"),
}
SET_BY_FIND = re.compile(r"^(?:convenience:  )?\$(?:_|numfound) = .*\n?", re.MULTILINE)
TOLD = {
    "gdb": "open('{file}', 'w').write(gdb.execute('{command}', to_string=True))",
    "lldb": "import lldb; told = lldb.SBCommandReturnObject(); "
    "lldb.debugger.GetCommandInterpreter().HandleCommand('{command}', told); "
    "open('{file}', 'w').write(told.GetOutput())",
}
# Numbers of history, which every line typed moves on.
MOVING = re.compile(r"^.*(?:history|commands).*$", re.MULTILINE | re.IGNORECASE)
TRACED = "trace=ptrace,process_vm_writev,pwrite64,pwritev,pwritev2,open,openat,creat"
WRITES = re.compile(
    r"PTRACE_(?:POKE|SET(?!OPTIONS|SIGMASK)|CONT|SINGLESTEP)\w*|process_vm_writev"
    r"|/proc/\d+/(?:task/\d+/)?mem\"[^\n]*O_(?:RDWR|WRONLY)|pwrite\w*\(\d+</proc/"
)
OPENED = re.compile(r"\"([^\"]*)\", [^)\n]*O_(?:RDWR|WRONLY)")


class Looked(NamedTuple):
    """What was typed where, for all tests of a debugger, and the folder that it may write to."""

    child: Child
    out: Path

    def lines(self) -> list[str]:
        known = {"AT": f"{self.child.place('sparse').address:#x}", "OUT": str(self.out)}
        known["BIN"] = str(Path(f"/proc/{self.child.pid}/exe").resolve())
        return [_filled(line, known) for line in LINES.split("\n") if line]


def _filled(line: str, known: dict[str, str]) -> str:
    return re.sub(r"\b(?:AT|OUT|BIN)\b", lambda found: known[found[0]], line)


@pytest.fixture
def looked(build_dir: Path, tmp_path: Path) -> Iterator[Looked]:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "patterns").write_text("str untold-needle\nu32 7\n")
    (tmp_path / "out" / "rules").write_text('rule one { strings: $a = "untold-needle" condition: $a }\n')
    with start_untold(build_dir, tmp_path, only_named=not CAN_OPEN_NAMELESS) as child:
        yield Looked(child, tmp_path / "out")


def test_no_call_and_no_option_of_a_command_is_forgotten():
    lines = [line for line in LINES.split("\n") if line]
    for command in COMMANDS:
        own = [line for line in lines if line.startswith(command.name + " ") or line == command.name]
        called = {call.name for line in own for call in [command.call_of(line.split()[1:])] if call}
        assert {call.name for call in command.calls} - {""} <= called
        for option in command.options_of():
            spellings = {f"--{option.name}", *([f"-{option.short}"] if option.short else [])}
            is_used = any(spellings & set(line.split()) for line in own)
            assert is_used or option.name in ASKED_FOR, f"{command.name} {option.name}"


def effects(
    lines: list[str], run: Callable[[str], object], now: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return, for each line that changed something, what."""
    found, before = {}, now()
    for line in lines:
        run(line)
        after = now()
        if after != before:
            found[line] = changed(before, after)
        before = after
    return found


def test_without_a_debugger_no_command_changes_the_process(looked):
    shell, failed = Shell(process_target(looked.child.pid)), []

    def run(line: str) -> None:
        try:
            shell.run(line)
        except CommandFailed as error:
            failed.append(str(error))

    found = effects(looked.lines(), run, lambda: state(looked.child.pid))
    assert [each for each in failed if "yara" not in each and "no debugger to evaluate" not in each] == []
    assert {line: left for line, each in found.items() if (left := without_vdso(each))} == {}


def without_vdso(found: dict[str, Any]) -> dict[str, Any]:
    """Return the changes without the one page of [vdso], which is in no file; see docs/search.md."""
    is_vdso = any("[vdso]" in name for name in found)
    names = ("VmRSS", "VmHWM", "RssFile") if is_vdso else ()
    return {name: each for name, each in found.items() if "[vdso]" not in name and name not in names}


@pytest.mark.parametrize("kind", [GdbSession, LldbSession], ids=["gdb", "lldb"])
def test_in_a_debugger_no_command_changes_the_process_or_the_debugger(looked, kind, tmp_path):
    with kind.start() as session:
        session.load_ptatlas()
        session.attach(looked.child.pid)
        before = debugger_state(session, tmp_path / "told")
        with traced(session, looked.child.pid, tmp_path / "calls") as calls:
            found = effects(looked.lines(), session.run, lambda: state(looked.child.pid))
        assert found == {}
        assert changed(before, debugger_state(session, tmp_path / "told")) == {}
    told = calls.read_text(errors="replace")
    assert not WRITES.findall(told)
    opened = set(OPENED.findall(told))
    # The record is of these lines: what they name is written, most of it under a longer name first.
    for name in ("map.html", "one.core", "a.store"):
        assert any(each.startswith(str(looked.out / name)) for each in opened), name
    assert not {each for each in opened if not each.startswith((str(tmp_path), "/dev/", "/proc/self/"))}


def debugger_state(session: Session, file: Path) -> dict[str, str]:
    """Return what the debugger says of itself; not at the terminal, for it shows the prompt as well."""
    found = {}
    for command in ASKED[session.name]:
        session.run_python(TOLD[session.name].format(command=command, file=file))
        text = MOVING.sub("", SET_BY_FIND.sub("", file.read_text()))
        lines = (line.replace("convenience:  ", "") for line in text.splitlines())
        found.update({f"{command}: {line}": "" for line in lines})
    return found


@contextmanager
def traced(session: Session, pid: int, calls: Path) -> Iterator[Path]:
    """Record in this file what the debugger, and its server if it has one, ask of the kernel meanwhile."""
    tracer = int(re.search(r"TracerPid:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])
    debugger = int(session.run_python("import os; print(os.getpid())"))
    names = [word for each in sorted({tracer, debugger}) for word in ("-p", str(each))]
    command = ["strace", "-f", "-y", "-e", TRACED, "-o", str(calls), *names]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as strace:
        try:
            for _ in {tracer, debugger}:
                assert "attached" in strace.stderr.readline()
            yield calls
        finally:
            strace.send_signal(signal.SIGINT)
