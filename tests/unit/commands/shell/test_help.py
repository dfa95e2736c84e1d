"""The help of every command: complete, and as the grammar has it."""

from __future__ import annotations

import pytest
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.help import INDENT, help_text, spelled, usage
from ptatlas.core.commands.shell.parse import parse, split
from support.shell import Shell

EVERY = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
EVERY_CALL = pytest.mark.parametrize(
    ("command", "call"),
    [
        pytest.param(command, call, id=f"{command.name} {call.name}".rstrip())
        for command in COMMANDS
        for call in command.calls
    ],
)


@EVERY
def test_help_names_each_call_argument_and_option_and_says_what_it_is_for(command):
    lines = help_text(command).splitlines()
    for call in command.calls:
        assert any(f"{command.name} {call.name}".rstrip() in line for line in lines), call.name
        for positional in call.positionals:
            assert any(positional.metavar in line for line in lines)
    for option in command.options_of():
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
    assert max(map(len, lines)) < 80
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
    letters = [option.short for option in command.options_of() if option.short]
    assert len(letters) == len(set(letters))
    assert not any(letter.isdigit() for letter in letters), "negative numbers look like it"


@EVERY
def test_h_and_help_print_it_without_an_inferior_and_whatever_else_is_given(command):
    for arguments in ("--help", "-h", "--color never --color auto --json --help"):
        assert Shell().run(f"{command.name} {arguments}") == help_text(command) + "\n"


@EVERY_CALL
def test_each_call_has_its_own_help_with_its_own_arguments_and_options_only(command, call):
    for arguments in (f"{call.name} --help", f"-h {call.name} x y z --json"):
        lines = Shell().run(f"{command.name} {arguments}").splitlines()
        assert lines == help_text(command, call.words).splitlines()
        assert max(map(len, lines)) < 80
        assert f"Usage: {usage(command, call)}" in lines
        options = [line[:INDENT].rstrip() for line in lines if line.startswith("  -")]
        assert options == [f"  {spelled(option)}" for option in command.options_of([call])]
        for positional in call.positionals:
            assert any(line.startswith(f"  {positional.metavar}  ") for line in lines)


def test_the_help_of_a_call_has_the_examples_of_it():
    examples = Shell().run("pt-image check --help").partition("Examples:\n")[2]
    assert [line.split("  ")[1] for line in examples.splitlines() if line.startswith("  pt-")] == [
        "pt-image check",
        "pt-image check -n libc -p w",
    ]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.groups], ids=lambda command: command.name)
def test_the_help_of_a_group_lists_its_calls(command):
    for word, noun in command.groups.items():
        lines = Shell().run(f"{command.name} {word} --help").splitlines()
        assert lines[0] == f"What {command.name} does with {noun}."
        calls = [call for call in command.calls if call.words[0] == word]
        assert len(calls) > 1
        assert [line for line in lines if line.startswith(command.name)] == [
            line for line in help_text(command).splitlines() if line.startswith(f"{command.name} {word} ")
        ]


@EVERY
def test_the_words_of_calls_are_unambiguous_and_groups_have_nouns(command):
    for call in command.calls:
        assert command.calls_of(call.words) == (call,)
    assert command.groups.keys() == {call.words[0] for call in command.calls if len(call.words) > 1}
