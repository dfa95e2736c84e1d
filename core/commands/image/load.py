"""pt-image load: an image of the files that are mapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...errors import InvalidArgument
from ...images.mapped.load import LeftOut
from ...images.mapped.load import load_image as load
from ...render.document import Result
from ...render.escape import visible
from ...render.text import Line, warning
from ..shell.context import Context
from ..shell.parse import Arguments
from ..shell.scope import Scope
from ..shell.undecided import Undecided
from ..shell.values import Values
from .basics import add_image, asid_of
from .displaced import displaced_in, displaced_lines
from .sections import image_document


def load_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image load`."""
    inferior, values = context.process, Values(context.inferior)
    name = arguments.positionals[0] if arguments.positionals else inferior.target.name
    if not name:
        raise InvalidArgument("the program has no name here", hint="pt-image load NAME")
    scope = Scope.of(arguments, arguments.all("in"), values)
    areas, files = scope.areas(inferior.areas), inferior.mapped_files()
    loaded = load(name, areas, files, asid_of(arguments, values))
    add_image(context.session, loaded.image)
    displaced = displaced_lines(displaced_in(files, areas))
    document = image_document(loaded.image, [*left_out_lines(loaded.left_out), *displaced], listed=False)
    return Undecided.of(scope, inferior.areas).told_in(document)


def left_out_lines(left_out: Iterable[LeftOut]) -> Iterator[Line]:
    """Yield a line for each file that isn't in the image."""
    whys = {(item.area.path or "", item.why): None for item in left_out}
    for path, why in whys:
        yield warning(f"left out: {visible(path)} {visible(why)}")
