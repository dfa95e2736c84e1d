"""pt-maps: the areas of the inferior, which of them, and what changed."""

from __future__ import annotations

from typing import Any

from ...errors import InvalidArgument
from ...inferior import Inferior
from ...render.document import Document, Result, Text
from ..shell.context import Context
from ..shell.parse import Arguments
from ..shell.scope import Scope
from ..shell.undecided import Undecided
from ..shell.values import Values
from .changes import changed_document
from .listing import listing
from .locate import locate
from .page import write_page
from .summary import summary_document

SCHEMA = "ptatlas.maps/1"


def maps(context: Context, arguments: Arguments) -> Result:
    """Answer pt-maps."""
    inferior, history = context.process, context.session.history
    remembered = history.of(inferior)
    if arguments.flag("timestamp"):
        return _timestamp(inferior, arguments)
    if arguments.flag("follow"):
        history.follow(inferior, inferior.generation if arguments.value("follow") == "on" else None)
        return Text(())
    result = _listed(context, arguments, remembered.listed)
    # Only now: what fails was no look at the map.
    remembered.listed = inferior.generation
    history.keep_program(inferior)
    return result


def _listed(context: Context, arguments: Arguments, since: int | None) -> Result:
    """Return the areas, or what changed in the map since this generation was listed."""
    inferior = context.process
    scope = Scope.of(arguments, arguments.positionals, Values(inferior))
    run_before = context.session.history.run_before(inferior)
    if arguments.flag("sections"):
        # Imported here: few lists are of sections, and theirs take reading ELF files.
        from .sections import sections_document

        return sections_document(head(inferior), inferior, scope)
    if arguments.flag("blocks"):
        # Imported here: few lists are of blocks.
        from .blocks import BlockSummary

        return BlockSummary(context, scope).document(head(inferior), shows_all=arguments.flag("all"))
    document = Document(SCHEMA, head(inferior))
    if arguments.flag("changed") or arguments.flag("since"):
        about = head(inferior) if run_before is None else {**head(inferior), "program_before": run_before}
        changed = changed_document(SCHEMA, about, inferior, _since(arguments, since), scope)
        document = Undecided.of(scope, inferior.areas).told_in(changed)
    elif not arguments.flag("html"):
        return _areas(context, arguments, scope)
    page = arguments.value("html")
    return document if page is None else write_page(page, inferior, scope, document)


def head(inferior: Inferior) -> dict[str, Any]:
    """Return the head of every document of this schema: facts about the inferior."""
    arch = inferior.arch
    problems = list(inferior.target.problems)
    return {
        "generation": inferior.generation,
        "source": inferior.source,
        "pid": inferior.pid,
        "word_size": arch.word_size,
        "endian": arch.endian,
        "page_size": arch.page_size,
        **({"problems": problems} if problems else {}),
    }


def _timestamp(inferior: Inferior, arguments: Arguments) -> Result:
    if arguments.format == "table":
        return Text((str(inferior.vm.timestamp()),))
    return Document(SCHEMA, head(inferior))


def _since(arguments: Arguments, listed: int | None) -> int | None:
    """Return the generation to compare with: the given one, else the one that was last listed."""
    given = arguments.value("since")
    if given is None:
        return listed
    try:
        if given.isdecimal():
            return int(given)
    except ValueError:
        pass  # more digits than Python reads
    raise InvalidArgument(f"--since takes a generation, not {given!r}", hint="pt-maps --timestamp tells it")


def _areas(context: Context, arguments: Arguments, scope: Scope) -> Document:
    inferior = context.process
    areas, undecided = scope.areas(inferior.areas), Undecided.of(scope, inferior.areas)
    if arguments.flag("summary"):
        summary = summary_document(SCHEMA, head(inferior), inferior, areas, arguments.flag("rss"))
        return undecided.told_in(summary)
    where = scope.wheres[0] if len(scope.wheres) == 1 else None
    place = locate(context, where) if isinstance(where, int) else None
    return undecided.told_in(listing(SCHEMA, head(inferior), inferior, areas, place, arguments))
