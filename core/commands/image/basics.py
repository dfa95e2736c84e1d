"""pt-image: making, filling, showing and reading images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...arch import Arch
from ...errors import MemoryFault
from ...images.model.asid import Asid
from ...images.model.image import LIVE, Image
from ...images.model.snapshot import Snapshot
from ...render.document import Document, Raw, Result
from ...render.fields import hexadecimal
from ...render.hexdump import Hexdump
from ...render.text import Line, note
from ..shell.context import Context, Session, image_of, images_of
from ..shell.parse import Arguments
from ..shell.values import Values
from .lost_files import explain, lost_lines
from .sections import image_document, image_rows

if TYPE_CHECKING:
    from ...images.stored.attached import Attached


def add_image(session: Session, image: Image) -> None:
    """Keep an image under its name. Raise InvalidArgument if the name is taken."""
    assert image.name is not None
    check_name(session, image.name)
    session.images[image.name] = image


def check_name(session: Session, name: str) -> None:
    """Raise InvalidArgument if a name is taken or not for images: before the work, not after it."""
    images_of(session).check_new(name)


def arch_of(context: Context, *names: str) -> Arch:
    """Return the architecture that addresses in these images are of: the first snapshot's, or the inferior's.

    `live` is the inferior. Raise AtlasError if there is no image of a name.
    """
    images = [None if name == LIVE else image_of(context.session, name) for name in names]
    for image in images:
        if isinstance(image, Snapshot):
            return image.circumstances.arch
        if image is None and context.inferior is not None:
            break
    return context.inferior.arch if context.inferior else Arch()


@contextmanager
def changing(context: Context, name: str) -> Iterator[Image]:
    """Yield an image to be changed; a failure leaves it as it was. Raise AtlasError if there is none.

    A stored image is changed in its store.
    """
    image_of(context.session, name)
    with context.session.images.changing(name, watch=context.watch) as image:
        yield image


def asid_of(arguments: Arguments, values: Values) -> Asid:
    """Return the address space that --cr3 and --vmcs name."""
    given = (arguments.value(name) for name in ("cr3", "vmcs"))
    return Asid(*(None if text is None else values.integer(text) for text in given))


def list_images(context: Context, _arguments: Arguments) -> Result:
    """Answer `pt-image list`."""
    rows = images_of(context.session).listed()
    return Document.known("ptatlas.images/1", {}, image_rows(rows, "no images"), found=bool(rows))


def new_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image new`."""
    name = arguments.positionals[0]
    add_image(context.session, Image(name))
    return Document.known("ptatlas.new/1", {"image": name})


def drop_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image drop`."""
    name = arguments.positionals[0]
    image_of(context.session, name)
    kept = next((item.store for item in context.session.images.listed() if item.name == name), None)
    context.session.images.drop(name, watch=context.watch)
    return Document.known("ptatlas.drop/1", {"image": name, "store": kept})


def add_file(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image add-file`."""
    name, path, offset, size, address = arguments.positionals
    values = Values(context.inferior, arch_of(context, name))
    start, asid = values.address(address), asid_of(arguments, values)
    with changing(context, name) as image:
        image.add_file(path, values.size(offset), values.size(size), start, asid)
        section = image.find(start, asid)
    head = {
        "image": name,
        "path": path,
        "offset": section.offset,
        "size": section.size,
        "start": hexadecimal(section.start),
        "end": hexadecimal(section.end),
    }
    return Document.known("ptatlas.add-file/1", head)


def show_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image show`."""
    image = image_of(context.session, arguments.positionals[0])
    return image_document(image, lost_lines(image))


def kept_lines(attached: Attached) -> list[Line]:
    """Return the line that says where an image is kept now."""
    return [note(f"kept in {attached.store.path}")]


def read_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image read`."""
    name, address, size = arguments.positionals
    values = Values(context.inferior, arch_of(context, name))
    start, asid = values.address(address), asid_of(arguments, values)
    image = image_of(context.session, name)
    try:
        content = image.read(start, values.size(size), asid)
    except MemoryFault as fault:
        raise explain(image, fault) from fault
    if arguments.value("output") is not None and arguments.given_format in (None, "table"):
        return Raw((content,))
    head = {"image": name, "address": hexadecimal(start), "size": len(content), "bytes": content.hex()}
    return Document.known("ptatlas.read/1", head, notes=[Hexdump(start, content)])
