"""pt-image snapshot: a copy of what memory holds now."""

from __future__ import annotations

from ...images.capture.page_dedup import Destination
from ...images.model.snapshot import Snapshot
from ...render.document import Result
from ..shell.context import Context
from ..shell.parse import Arguments
from ..shell.scope import Scope, known_areas
from ..shell.undecided import Undecided
from ..shell.values import Values
from .basics import add_image, asid_of, check_name, kept_lines
from .sections import image_document


def snapshot(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image snapshot`."""
    inferior, (name,) = context.process, arguments.positionals
    values, given = Values(inferior), arguments.value("store")
    path = context.session.settings.store if given is None else given
    scope = Scope.of(arguments, arguments.all("in"), values)
    known = known_areas(inferior, scope.places)
    areas, undecided = scope.areas(known), Undecided.of(scope, known)
    asid = asid_of(arguments, values)

    def take(pages: Destination) -> Snapshot:
        return inferior.snapshot(
            name,
            areas,
            asid=asid,
            store=pages,
            no_access=arguments.flag("no-access"),
            watch=context.watch,
        )

    if path:
        images = context.session.images
        stored = images.take_into(path, name, take, watch=context.watch)
        document = image_document(stored, kept_lines(images.store_at(path)), listed=False)
        return undecided.told_in(document)
    check_name(context.session, name)
    taken = take(context.session.pages)
    add_image(context.session, taken)
    return undecided.told_in(image_document(taken, listed=False))
