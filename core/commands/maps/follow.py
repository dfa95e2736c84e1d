"""`pt-maps --follow`: at every stop, what changed in the map since the last one."""

from __future__ import annotations

from ...errors import AtlasError
from ...inferior import Inferior
from ...render.document import Document
from ...render.escape import visible
from ...render.palette import colours, wants_colour
from ...render.render import Style, render
from ...render.text import PLAIN
from ..shell.dispatch import CommandFailed
from ..shell.history import History
from ..shell.scope import Scope
from ..shell.terminal import Terminal
from .changes import changed_document
from .command import SCHEMA, head


def latest_changes(history: History, inferior: Inferior) -> Document | None:
    """Return what changed since the last time, if the inferior is followed and anything did.

    A process that has called execve(2) since is followed on: that another program runs is all that is said.
    """
    since = history.of(inferior).followed
    if not history.is_followed(inferior) or since == inferior.generation:
        return None
    before, about = history.followed_before(inferior), head(inferior)
    history.follow(inferior, inferior.generation)
    if before is not None:
        about["program_before"] = before
    return changed_document(SCHEMA, about, inferior, since, Scope())


def tell_news(history: History, inferior: Inferior, terminal: Terminal) -> None:
    """Write what changed in the inferior's map since the last time, if it is followed and anything did.

    Raise CommandFailed as `execute` does.
    """
    try:
        document = latest_changes(history, inferior)
        if document is not None:
            palette = colours() if wants_colour(terminal.color) else PLAIN
            for piece in render(document, Style("table", palette, terminal.width)):
                terminal.write(piece)
    except AtlasError as error:
        raise CommandFailed(f"pt-maps --follow: {visible(str(error))}") from None
