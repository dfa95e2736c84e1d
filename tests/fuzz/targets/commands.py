"""Command lines, settings, and the lines in debuggers' start-up files."""

from __future__ import annotations

from ptatlas.core.cli.block import has_line, with_line, without_line
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.complete import complete
from ptatlas.core.commands.shell.parse import parse, split, words_before
from ptatlas.core.commands.shell.protections import ProtectionFilter
from ptatlas.core.commands.shell.scope import Scope, read_where
from ptatlas.core.commands.shell.settings import SETTINGS
from ptatlas.core.commands.shell.values import Values
from ptatlas.core.maps.protection import Protection

from fuzz.target import Choices, Target

from .patterns import text_of


def use_line(data: bytes) -> None:
    """Read a command's line, and complete it; nothing is run."""
    choices = Choices(data)
    command = choices.one_of(*COMMANDS)
    text = text_of(choices.rest)
    before, last = words_before(text)
    complete(command, before, last, {})
    arguments = parse(command, split(text))
    Scope.of(arguments, arguments.all("in"), Values(None))


def use_value(data: bytes) -> None:
    """Read a value: an address, a size, a place, a protection."""
    choices, values = Choices(data), Values(None)
    read = choices.one_of(
        values.integer,
        values.address,
        values.end,
        values.size,
        values.range_ends,
        lambda text: read_where(text, values),
        lambda text: ProtectionFilter([text]),
        Protection.parse,
    )
    read(text_of(choices.rest))


def use_setting(data: bytes) -> None:
    """Set a setting; what is kept means the same when it is set, but for a path with blanks at an end."""
    choices = Choices(data)
    setting = choices.one_of(*SETTINGS)
    kept = setting.checked(text_of(choices.rest))
    assert kept != kept.strip() or setting.checked(kept) == kept


def use_block(data: bytes) -> None:
    """Add our line to a start-up file, and take it out again: it is as before."""
    before = without_line(data)
    assert has_line(with_line(before, "source x"), "source x")
    assert without_line(with_line(before, "source x")) == before


_LINES = (
    b"\0--gaps --sort size -p rw 0x1000,+16",
    b"\2-t i32 5..7 --in @libc --limit 3",
    b"\1check one --cr3 1",
    b"\2-x '48 8b' --next --",
    b"\0--kind heap --size 1K..2M 'a b'",
)
_VALUES = (b"0x10", b"-1", b"0x10000", b"4K", b"0x1000-0x2000", b"@/lib/*.so", b"rw", b"rwxp")

TARGETS = (
    Target("command-lines", use_line, _LINES, (b" --", b" -t ", b"'", b'"', b"\\"), 400),
    Target(
        "values",
        use_value,
        tuple(bytes([n]) + text for n, text in enumerate(_VALUES)),
        (b"..", b",+", b"0x", b"@"),
        200,
    ),
    Target(
        "settings",
        use_setting,
        tuple(bytes([n]) + text for n, text in enumerate((b"5K", b"json", b"8", b"auto", b"'~/a'", b"yes"))),
        (),
        100,
    ),
    Target(
        "start-up-lines",
        use_block,
        (with_line(b"a\\\n", "source x"), with_line(None, "source x"), b"set x\n"),
        (b"# <<< ptatlas <<<\n",),
        600,
    ),
)
