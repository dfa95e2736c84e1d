"""Runs a command: words in, text out, errors as one line."""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import partial
from operator import methodcaller
from typing import Any

from ...errors import AtlasError
from ...files.whole import whole_file
from ...render.document import Raw, Result, Text
from ...render.escape import visible
from ...render.palette import colours, wants_colour
from ...render.render import Style, render
from ...render.telling import NotWritten, Unwanted
from ...render.text import PLAIN, Line, Palette
from ...version import described
from .context import Context
from .help import help_text
from .meanwhile import told_meanwhile
from .parse import Arguments, parse, split
from .progress_line import USUAL_TIMES, LineTimes, ProgressLine
from .spec import Command
from .terminal import Terminal


class CommandFailed(Exception):
    """A command's error as the user sees it: `pt-maps: what is wrong`, with a hint where one helps."""


def execute(
    command: Command,
    given: str | Sequence[str],
    context: Context,
    terminal: Terminal,
    times: LineTimes = USUAL_TIMES,
) -> bool | None:
    """Run the command with a line of arguments, or with its words; return whether it found anything.

    None says that there was nothing to look at, so that neither is true.

    Its answer is written to the terminal, or to the file that the arguments name; `times` are those of the
    line that shows how far it is. Raise CommandFailed, whose text is for the user; this is the one place
    where an AtlasError is caught.
    """
    try:
        settings = context.session.settings
        words = split(given) if isinstance(given, str) else given
        arguments = parse(command, words, settings.format)
        progress = _progress(arguments, terminal, times, is_wanted=settings.progress)
        watched = replace(
            context,
            watch=progress.watching(context.watch),
            tell=partial(_tell, arguments, terminal, progress),
        )
        with context.moment():
            try:
                result = progress.around(told_meanwhile(_answer(command, arguments, watched), context))
                context.check_presence()
                _write(result, arguments, terminal, context.check_presence)
            finally:
                progress.hide()
    except KeyboardInterrupt:
        raise CommandFailed(f"{command.name}: interrupted") from None
    except AtlasError as error:
        raise CommandFailed(message(command.name, error)) from None
    except MemoryError:
        raise CommandFailed(f"{command.name}: the debugger has no memory left for this") from None
    found = getattr(result, "found", None)
    return found() if found else True


def _answer(command: Command, arguments: Arguments, context: Context) -> Result:
    if arguments.flag("help"):
        return Text(help_text(command, arguments.positionals).splitlines())
    if arguments.flag("version"):
        return Text([described()])
    if context.inferior is not None and arguments.flag("trust-files"):
        context = replace(context, inferior=context.inferior.trusting())
    if arguments.call.needs_inferior:
        context.require_process()
    module, _, name = arguments.call.run.partition(":")
    result: Result = getattr(importlib.import_module(f"..{module}", __package__), name)(context, arguments)
    return result


def _tell(arguments: Arguments, terminal: Terminal, progress: ProgressLine, line: Line) -> None:
    """Write a line at once, unless a document for programs goes to the terminal."""
    if arguments.format == "table" or arguments.value("output") is not None:
        progress.hide()
        terminal.write(_palette(arguments, terminal.color).line(line) + "\n")


def _progress(arguments: Arguments, terminal: Terminal, times: LineTimes, *, is_wanted: bool) -> ProgressLine:
    """Return the progress line for the command: none where it would cut a line of JSON in two."""
    is_in_the_way = arguments.format == "json" and arguments.value("output") is None
    return ProgressLine(
        terminal.status if is_wanted and not is_in_the_way else None,
        lambda: _palette(arguments, terminal.color),
        times=times,
    )


def _write(
    result: Result, arguments: Arguments, terminal: Terminal, check_presence: Callable[[], None]
) -> None:
    """Write the answer, parts of which may be worked out only now; at its end, check the presence."""
    path = arguments.value("output")
    if path is None:
        style = Style(arguments.format, _palette(arguments, terminal.color), terminal.width)
        _write_pieces(render(result, style), terminal.write, is_paged=terminal.is_paged)
        check_presence()
        return
    with whole_file(path) as stream:
        if isinstance(result, Raw):
            for chunk in result.chunks:
                stream.write(chunk)
        else:
            pieces = render(result, Style(arguments.format, _palette(arguments, False)))
            _write_pieces(pieces, stream.write, methodcaller("encode", "utf-8", "backslashreplace"))
        check_presence()


def _write_pieces(
    pieces: Generator[str, None, None],
    write: Callable[[Any], object],
    convert: Callable[[str], Any] = str,
    *,
    is_paged: bool = False,
) -> None:
    """Write the renderer's pieces; after an interrupt, those that end the document.

    Of an interrupt that comes while a piece is written to a pager it is assumed that the pager was asking:
    nothing else is done but showing, so it ends only that (docs/decisions/0217-what-q-ends.md).

    Wherever Ctrl-C comes, each piece is known to be written or not written:

        renderer: yield piece --> here: write(piece) --> renderer goes on: the piece is written.
                                      |                      |
                                      |                      +-- Ctrl-C: the renderer ends its rows itself
                                      |                          (`Document.rows_until_interrupted`).
                                      +-- Ctrl-C: the piece isn't written. NotWritten is thrown to the
                                          renderer where it yielded the piece, and `Telling` doesn't count it.

    There is no moment between `write` and the renderer: `map` and `deque` are C, and interrupts are raised
    between two steps of Python. Where `write` itself is Python, an interrupt at its end counts as one before
    it: the row is shown, and is also where to go on.
    """
    try:
        deque(map(write, map(convert, pieces)), maxlen=0)
    except KeyboardInterrupt:
        is_unwanted = is_paged and _is_waiting(pieces)
        after = _after_interrupt(pieces, Unwanted() if is_unwanted else NotWritten())
        try:
            deque(map(write, map(convert, after)), maxlen=0)
        except Unwanted:
            return  # nothing is said below such rows
        except KeyboardInterrupt:
            if not (is_unwanted and _is_waiting(pieces)):  # the pager asked again
                raise


def _is_waiting(pieces: Generator[str, None, None]) -> bool:
    """Return whether the renderer waits for a piece to be written, so that nothing was interrupted in it."""
    return getattr(pieces, "gi_frame", None) is not None  # which typeshed gives only to GeneratorType


def _after_interrupt(pieces: Generator[str, None, None], interrupt: NotWritten) -> Iterator[str]:
    """Yield what the renderer says after an interrupt; raise it if there is nothing to say any more."""
    try:
        yield pieces.throw(interrupt)
    except StopIteration:
        return
    yield from pieces


def _palette(arguments: Arguments, shows_colour: bool) -> Palette:
    when = arguments.value("color") or "auto"
    return colours() if when == "always" or (when == "auto" and wants_colour(shows_colour)) else PLAIN


def message(name: str, error: AtlasError) -> str:
    """Return an error as the user sees it, behind the name of the command: one line, with a hint."""
    text = f"{name}: {visible(str(error))}"
    return f"{text} ({visible(error.hint)})" if error.hint else text
