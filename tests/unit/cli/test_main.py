"""`ptatlas` without a debugger: the commands' own answers, and the exit status for scripts."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ptatlas.core.cli.main import main
from ptatlas.core.version import described
from support.core_builder import PAGE, CoreBuilder


@pytest.fixture
def run(capsys):
    """Return the exit status, what was printed, and the errors."""

    def call(*words: object):
        status = main([str(word) for word in words])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


@pytest.fixture
def core(tmp_path):
    return CoreBuilder().load(0x10000, b"..needle..".ljust(PAGE, b".")).write(tmp_path / "core")


def test_a_process_is_listed(run):
    status, printed, _ = run("maps", os.getpid(), "--json")
    document = json.loads(printed)
    assert (status, document["pid"], document["source"]) == (0, os.getpid(), "procfs")


def test_a_core_file_is_searched_and_the_status_says_whether_anything_was_found(run, core):
    status, printed, _ = run("find", core, "needle", "--format", "jsonl")
    hit, summary = map(json.loads, printed.splitlines())
    assert (status, hit["address"], summary["count"]) == (0, "0x10002", 1)
    assert run("find", core, "nosuchtext")[0] == 1


def test_a_check_of_nothing_is_neither_clean_nor_not(run, core):
    status, printed, errors = run("image", core, "check", "-p", "w", "--json")
    assert (status, errors) == (2, "")
    assert json.loads(printed)["compared"] == 0
    assert run("image", core, "check", "-p", "w")[1] == (
        "nothing could be compared: no file is mapped there (4K)\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("find", "{core}", "-x", "zz"), "pt-find: 'zz' is no hex byte"),
        (("find", "{core}"), "pt-find: PATTERN is missing"),
        (("find",), "ptatlas: TARGET is missing (ptatlas find PID-or-CORE, then the arguments)"),
        (("find", "--json", "{core}", "x"), "ptatlas: TARGET is missing"),
        (("maps", "/dev/null"), "ptatlas: '/dev/null' is a character device"),
        (("maps", 999_999_999), "ptatlas: process 999999999: "),
        (("mapz", 1), "ptatlas: there is no 'mapz' (did you mean maps?)"),
        (("doctor", "now"), "ptatlas: doctor takes no 'now'"),
    ],
)
def test_an_error_is_one_line_and_status_2(run, core, words, said):
    status, printed, errors = run(*(str(word).format(core=core) for word in words))
    assert (status, printed, errors.count("\n")) == (2, "", 1)
    assert errors.startswith(said)


def test_a_dash_is_no_target(run, core):
    printed = run("image", "-", "list", "--json")[1]
    assert json.loads(printed)["images"] == []
    assert run("maps", "-")[0] == 2


def test_the_commands_own_help_is_shown(run):
    status, printed, _ = run("find", "--help")
    assert status == 0
    assert "--ignore-case" in printed
    assert "Usage: pt-image check" in run("image", "--help", "check")[1]


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_without_words_it_says_what_there_is(run, words):
    status, printed, _ = run(*words)
    assert status == 0
    assert printed.startswith(described() + "\n")
    assert "ptatlas maps|find|image TARGET" in printed


def test_its_version_says_where_it_is_from(run):
    for words in [("--version",), ("maps", "-", "--version"), ("image", "-", "check", "--version")]:
        assert run(*words) == (0, described() + "\n", "")


COMMANDS = (Path(__file__).resolve().parents[3] / "docs" / "commands.md").read_text()


@pytest.mark.parametrize(
    "line", re.findall("^ptatlas ((?:maps|find|image) .*?)(?: [|].*)?$", COMMANDS, re.MULTILINE)
)
def test_what_the_documentation_shows_works(run, core, line):
    target = {"1234": os.getpid(), "core.1234": core}
    status, _, errors = run(
        *(target.get(word, word) for word in shlex.split(line.replace("@libc", "0x10000")))
    )
    # The core file holds no code to check.
    assert (status, errors) == (2 if " check" in line else status, "")
    assert status in (0, 1, 2)


@pytest.mark.slow
def test_a_pipe_that_is_closed_early_ends_it_quietly():
    command = f"{sys.executable} -m ptatlas find $$ -t u8 0 -l 0 --format jsonl | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""
