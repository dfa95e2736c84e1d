"""The help of every command: complete, and as the grammar has it."""

from __future__ import annotations

import pytest
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.help import help_text
from ptatlas.core.commands.shell.parse import parse, split
from support.shell import Shell

EVERY = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


@EVERY
def test_help_names_each_call_argument_and_option_and_says_what_it_is_for(command):
    lines = help_text(command).splitlines()
    for call in command.calls:
        assert any(f"{command.name} {call.name}".rstrip() in line for line in lines), call.name
        for positional in call.positionals:
            assert any(positional.metavar in line for line in lines)
    for option in command.options_of(None):
        place = next(
            n for n, line in enumerate(lines) if f"--{option.name}" in line.replace(",", " ").split()
        )
        assert option.help.split()[0] in " ".join(lines[place : place + 2]), option.name
        if option.metavar:
            assert option.metavar in lines[place]


@EVERY
def test_help_begins_with_the_summary_and_fits_a_terminal(command):
    lines = help_text(command).splitlines()
    assert lines[0] == command.summary
    assert max(map(len, lines)) <= 100
    assert all(line == line.rstrip() and line.isprintable() for line in lines)


@EVERY
def test_examples_are_valid(command):
    assert command.examples
    for line, _meaning in command.examples:
        name, _, arguments = line.partition(" ")
        assert name == command.name
        parse(command, split(arguments))


@EVERY
def test_no_letter_stands_for_two_options(command):
    letters = [option.short for option in command.options_of(None) if option.short]
    assert len(letters) == len(set(letters))
    assert not any(letter.isdigit() for letter in letters), "negative numbers look like it"


@EVERY
def test_h_and_help_print_it_without_an_inferior_and_whatever_else_is_given(command):
    call = command.calls[-1].name if command.has_words else ""
    for arguments in ("--help", "-h", f"{call} x y z --json --help"):
        assert Shell().run(f"{command.name} {arguments}") == help_text(command) + "\n"
