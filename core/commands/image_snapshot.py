"""pt-image snapshot: a copy of what memory holds now."""

from __future__ import annotations

from ..render.document import Result
from .context import Context
from .image_calls import add_image, asid_of, check_name, image_document
from .parse import Arguments
from .scope import Scope
from .values import Values


def snapshot(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image snapshot`."""
    inferior, (name,) = context.process, arguments.positionals
    check_name(context.session, name)
    values = Values(inferior)
    taken = inferior.snapshot(
        name,
        Scope.of(arguments, arguments.all("in"), values).areas(inferior.areas),
        asid=asid_of(arguments, values),
        store=context.session.pages,
        interrupted=context.interrupted,
    )
    add_image(context.session, taken)
    return image_document(taken, listed=False)
