"""pt-image copy and remove: sections from image to image, and out of one."""

from __future__ import annotations

from ...errors import InvalidArgument
from ...images.model.image import Image
from ...render.document import Document, Result
from ...render.fields import counted
from ...render.text import note, warning
from ..shell.context import Context, image_of, images_of
from ..shell.parse import Arguments
from ..shell.values import Values
from .basics import asid_of, changing
from .lost_files import lost_lines


def copy_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image copy`; an image that isn't there yet is made."""
    name, other = arguments.positionals
    images = images_of(context.session)
    source = image_of(context.session, other)
    if name not in images:
        images[name] = Image(name)
    with images.changing(name, watch=context.watch) as target:
        ignored = 0 if name == other else target.copy_from(source)
    lost = list(lost_lines(source))
    copied = 0 if name == other else len(source) - ignored
    text = f"{name}: {counted(copied, 'section')} copied from {other}, {ignored} ignored"
    head = {"image": name, "from": other, "copied": copied, "ignored": ignored}
    line = warning(text) if ignored else note(text)
    return Document.known("ptatlas.copy/1", head, notes=[line, *lost])


def remove_sections(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image remove`."""
    name, path = arguments.positionals[0], arguments.value("file")
    if (path is not None) == arguments.flag("all"):
        raise InvalidArgument("which sections?", hint="give one of --file FILE and --all")
    asid = asid_of(arguments, Values(context.inferior))
    with changing(context, name) as image:
        removed = image.remove_by_asid(asid) if path is None else image.remove_by_filename(path, asid)
    text = f"{name}: {counted(removed, 'section')} removed, {len(image)} left"
    head = {"image": name, "removed": removed, "left": len(image)}
    return Document.known("ptatlas.remove/1", head, notes=[note(text)], found=removed > 0)
