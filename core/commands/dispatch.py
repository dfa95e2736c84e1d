"""One way to run a command: words in, text out, errors as one line."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from functools import partial
from typing import Callable, Union

from ..errors import AtlasError
from ..render.document import Raw, Result, Text
from ..render.escape import visible
from ..render.palette import colours
from ..render.render import Style, render
from ..render.text import PLAIN, Palette
from .context import Context
from .helptext import help_text
from .output import Terminal, whole_file
from .parse import Arguments, parse, split
from .spec import Command


class CommandFailed(Exception):
    """A command's error as the user sees it: `pt-maps: what is wrong`, with a hint where one helps."""


def execute(command: Command, given: Union[str, Sequence[str]], context: Context, terminal: Terminal) -> bool:
    """Run the command with a line of arguments, or with its words, and write what it answers.

    Returns whether anything was found. Raises CommandFailed, whose text is for the user; this is the
    one place where an AtlasError is caught.
    """
    try:
        arguments = parse(command, split(given) if isinstance(given, str) else given)
        result = _answer(command, arguments, context)
        _write(result, arguments, terminal)
    except KeyboardInterrupt:
        raise CommandFailed(f"{command.name}: interrupted") from None
    except AtlasError as error:
        raise CommandFailed(_message(command, error)) from None
    found = getattr(result, "found", None)
    return found() if found else True


def _answer(command: Command, arguments: Arguments, context: Context) -> Result:
    if arguments.flag("help"):
        return Text(help_text(command).splitlines())
    if arguments.call.needs_inferior:
        _check_inferior(context)
    return arguments.call.answer(context, arguments)


def _check_inferior(context: Context) -> None:
    inferior = context.inferior
    if inferior is None:
        raise AtlasError("no process (start one, attach, or open a core file)")
    if inferior.target.run_state is not None and inferior.target.run_state.is_running():
        raise AtlasError("the process is running; interrupt it first")


def _write(result: Result, arguments: Arguments, terminal: Terminal) -> None:
    path = arguments.value("output")
    if path is None:
        style = Style(arguments.format, _palette(arguments, terminal.color), terminal.width)
        _pump(render(result, style), terminal.write)
        return
    with whole_file(path) as stream:
        if isinstance(result, Raw):
            for chunk in result.chunks:
                stream.write(chunk)
            return
        pieces = render(result, Style(arguments.format, _palette(arguments, False)))
        _pump(pieces, lambda piece: stream.write(piece.encode("utf-8", "backslashreplace")))


def _pump(pieces: Generator[str, None, None], write: Callable[[str], object]) -> None:
    """Write the pieces; an interrupt while one is written is told to the renderer, which ends its rows."""
    step: Callable[[], str] = partial(next, pieces)
    while True:
        try:
            write(step())
            step = partial(next, pieces)
        except StopIteration:
            return
        except KeyboardInterrupt as interrupt:
            step = partial(pieces.throw, interrupt)


def _palette(arguments: Arguments, shows_colour: bool) -> Palette:
    when = arguments.value("color") or "auto"
    # https://no-color.org: set, to anything but the empty string, means no colours.
    auto = shows_colour and not os.environ.get("NO_COLOR")
    return colours() if when == "always" or (when == "auto" and auto) else PLAIN


def _message(command: Command, error: AtlasError) -> str:
    text = f"{command.name}: {visible(str(error))}"
    return f"{text} ({visible(error.hint)})" if error.hint else text
