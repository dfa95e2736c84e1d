"""One way to run a command: words in, text out, errors as one line."""

from __future__ import annotations

import importlib
import inspect
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from ...errors import AtlasError
from ...files.whole import whole_file
from ...render.document import Raw, Result, Text
from ...render.escape import visible
from ...render.palette import colours, wants_colour
from ...render.render import Style, render
from ...render.telling import NotWritten
from ...render.text import PLAIN, Palette
from .context import Context
from .help import help_text
from .parse import Arguments, parse, split
from .progress_line import ProgressLine
from .spec import Command
from .terminal import Terminal


class CommandFailed(Exception):
    """A command's error as the user sees it: `pt-maps: what is wrong`, with a hint where one helps."""


def execute(command: Command, given: str | Sequence[str], context: Context, terminal: Terminal) -> bool:
    """Run the command with a line of arguments, or with its words, and write what it answers.

    Returns whether anything was found. Raises CommandFailed, whose text is for the user; this is the
    one place where an AtlasError is caught.
    """
    try:
        arguments = parse(command, split(given) if isinstance(given, str) else given)
        progress = _progress(arguments, terminal)
        watched = replace(context, watch=progress.watching(context.watch))
        try:
            result = progress.around(_answer(command, arguments, watched))
            _write(result, arguments, terminal)
        finally:
            progress.hide()
    except KeyboardInterrupt:
        raise CommandFailed(f"{command.name}: interrupted") from None
    except AtlasError as error:
        raise CommandFailed(_message(command, error)) from None
    except MemoryError:
        raise CommandFailed(f"{command.name}: the debugger has no memory left for this") from None
    found = getattr(result, "found", None)
    return found() if found else True


def _answer(command: Command, arguments: Arguments, context: Context) -> Result:
    if arguments.flag("help"):
        return Text(help_text(command, arguments.positionals).splitlines())
    if arguments.call.needs_inferior:
        context.require_process()
    module, _, name = arguments.call.run.partition(":")
    result: Result = getattr(importlib.import_module(f"..{module}", __package__), name)(context, arguments)
    return result


def _progress(arguments: Arguments, terminal: Terminal) -> ProgressLine:
    """The line that shows how far the command is: not between the parts of one JSON line."""
    is_in_the_way = arguments.format == "json" and arguments.value("output") is None
    return ProgressLine(
        None if is_in_the_way else terminal.status, lambda: _palette(arguments, terminal.color)
    )


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
        _pump(pieces, stream.write, lambda piece: piece.encode("utf-8", "backslashreplace"))


def _pump(
    pieces: Generator[str, None, None], write: Callable[[Any], object], convert: Callable[[str], Any] = str
) -> None:
    """Write the pieces. An interrupt while one is written is told to the renderer, which ends its rows then.

    The loop runs within `deque` and `map`: no interrupt comes between writing a piece and asking for the
    next unless `write` is itself written in Python, and then the piece is taken as not written.
    """
    rest: Iterable[str] = pieces
    try:
        while True:
            try:
                deque(map(write, map(convert, rest)), maxlen=0)
                return
            except KeyboardInterrupt:
                if inspect.getgeneratorstate(pieces) == inspect.GEN_CLOSED:  # perhaps by this interrupt
                    raise
            rest = chain((pieces.throw(NotWritten()),), pieces)
    except StopIteration:
        return


def _palette(arguments: Arguments, shows_colour: bool) -> Palette:
    when = arguments.value("color") or "auto"
    return colours() if when == "always" or (when == "auto" and wants_colour(shows_colour)) else PLAIN


def _message(command: Command, error: AtlasError) -> str:
    text = f"{command.name}: {visible(str(error))}"
    return f"{text} ({visible(error.hint)})" if error.hint else text
