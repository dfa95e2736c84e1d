"""Every call of every command, every setting, with words that mean nothing: each is an error of one line."""

from __future__ import annotations

import random
from itertools import islice

import pytest
from ptatlas.core.commands.completions import names
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.complete import complete
from ptatlas.core.commands.shell.context import Context
from ptatlas.core.commands.shell.dispatch import CommandFailed, execute
from ptatlas.core.commands.shell.parse import words_before
from ptatlas.core.commands.shell.settings import SETTINGS, Settings
from ptatlas.core.errors import AtlasError
from support.hostile_words import LINES, LONG, WORDS, Typed, all_calls, typed
from support.shell import Shell
from support.targets import over_page

CALLS = list(all_calls())


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch) -> None:
    """Relative paths are the test's own, and there is a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(bytes(100))


def fresh() -> Shell:
    """A session with an image, `i`."""
    shell = over_page(b"needle")
    shell.run("pt-image snapshot i")
    return shell


def run(shell: Shell, command, given) -> str | None:
    """Run a command; return what is wrong with how it failed, None if it succeeded or failed as it should."""
    try:
        execute(command, given, Context(shell.session, shell.inferior), shell, shell.times)
    except CommandFailed as error:
        return what_is_wrong(str(error), command.name)
    return None


def what_is_wrong(said: str, name: str) -> str | None:
    """Return what a line of an error should not have."""
    if not said.startswith(f"{name}: ") or len(said) <= len(name) + 2:
        return f"does not say what is wrong: {said!r}"
    if not said.isprintable():
        return f"is no line that prints: {said!r}"
    return None


def answers(typed: Typed, shell: Shell) -> Shell:
    """Type the words; return the session, a new one where the image or the memory is gone."""
    wrong = run(shell, typed.command, list(typed.words))
    assert wrong is None, (typed.command.name, [word[:80] for word in typed.words], wrong[:300])
    return shell if "i" in shell.session.images else fresh()


@pytest.mark.parametrize(("command", "call"), CALLS, ids=[f"{one.name} {call.name}" for one, call in CALLS])
def test_a_word_that_means_nothing_is_one_line(command, call):
    shell = fresh()
    for one in typed(command, call, WORDS):
        shell = answers(one, shell)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_megabyte_of_a_word_is_one_line(command):
    shell = fresh()
    for one in islice(typed(command, command.calls[0], LONG), 12):
        shell = answers(one, shell)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_line_that_is_no_words_is_one_line(command):
    shell, rnd = fresh(), random.Random(13)
    joined = (" ".join(rnd.choices((*WORDS, *LINES, "--in", "-t", "i", "show"), k=3)) for _ in range(100))
    for line in (*LINES, LONG[0], *joined):
        wrong = run(shell, command, line)
        assert wrong is None, (command.name, line[:80], wrong[:300])
        before, last = words_before(line[:5000])
        complete(command, before, last, names(shell.session, shell.inferior))


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_takes_a_value_or_says_in_one_line_why_not(setting):
    settings = Settings()
    for word in (*WORDS, *LINES, *LONG):
        before = settings.shown(setting.name)
        try:
            settings.set(setting.name, word)
        except AtlasError as error:
            said = str(error)
            assert said, word[:80]
            assert settings.shown(setting.name) == before, (word[:80], said[:300])
            continue
        shell = fresh()
        shell.session.settings = settings
        for line in ("pt-find needle", "pt-image list"):
            wrong = run(shell, next(c for c in COMMANDS if line.startswith(c.name)), line.partition(" ")[2])
            assert wrong is None, (setting.name, word[:80], wrong[:300])


def test_an_error_of_several_lines_is_seen():
    assert what_is_wrong("pt-maps: a\nb", "pt-maps")
    assert what_is_wrong("ValueError: a", "pt-maps")
    assert what_is_wrong("pt-maps: ", "pt-maps")
    assert what_is_wrong("pt-maps: no area", "pt-maps") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"pt-maps --since {'9' * 5000}", "pt-maps: --since takes a generation, not '999"),
        ("pt-find --patterns 'a\0b'", "pt-find: 'a\\x00b' is no name that a file can have"),
        ("pt-find --yara 'a\0b'", "pt-find: 'a\\x00b' is no name that a file can have"),
        ("pt-find --yara \udcff", r"pt-find: cannot read \xff: yara-x takes only paths that are UTF-8"),
    ],
)
def test_what_was_an_exception_of_pythons_says_what_is_wrong(tmp_path, line, said):
    (tmp_path / "\udcff").write_text("rule a { condition: true }")
    with pytest.raises(CommandFailed) as caught:
        fresh().run(line)
    assert str(caught.value).startswith(said)


def test_with_a_store_attached_no_path_is_an_exception_of_pythons():
    shell = fresh()
    shell.run("pt-image attach a.store")
    with pytest.raises(CommandFailed):
        shell.run("pt-image attach 'a\0b'")


def test_a_setting_takes_no_number_that_python_cannot_show():
    with pytest.raises(AtlasError):
        Settings().set("limit", "0x" + "f" * 5000)
