"""pt-image attach, detach, save and store: images in files that outlive the debugger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import AtlasError, InvalidArgument
from ...images.stored.attached import Attached
from ...render.document import Document, Result, Rows
from ...render.fields import ADDRESS, COUNT, NAME, SIZE, column, counted, size_in_words
from ...render.text import Line, note
from ...store.store import Store
from ...store.survey import check_store, figures, keys
from ..shell.context import Context, image_of
from ..shell.parse import Arguments
from .basics import kept_lines
from .sections import image_document, image_rows

SCHEMA = "ptatlas.store/1"
# The words of a table for the names in a document.
_LABELS = {
    "images": "images",
    "image_bytes": "memory in them",
    "page_bytes": "pages, equal ones once",
    "file_bytes": "file",
    "used_bytes": "file, in use",
    "free_bytes": "file, free",
    "blocks": "blocks",
    "generation": "commits",
}


def _file(context: Context, arguments: Arguments, number: int = 0) -> str:
    """Return the positional of this number, else the store that the user has set; raise InvalidArgument."""
    given = arguments.positionals[number:]
    path = given[0] if given else context.session.settings.store
    if path is None:
        raise InvalidArgument("FILE is missing", hint="the setting 'store' names one for all commands")
    return path


def attach_store(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image attach`."""
    attached = context.session.images.attach(
        _file(context, arguments),
        prefix=arguments.value("prefix") or "",
        read_only=arguments.flag("read-only"),
        trust_files=arguments.flag("trust-files") or context.session.settings.trusts_files,
    )
    rows, store = attached.listed(), attached.store
    head = {**_head(store), "prefix": attached.prefix}
    return Document.known(SCHEMA, head, image_rows(rows), [_attached_line(attached)])


def detach_store(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image detach`."""
    path = _file(context, arguments)
    found = context.session.images.store_at(path).store
    count = _count(found)
    context.session.images.detach(path)
    text = f"{found.path}: detached"
    text += f"; its {counted(count, 'image')} {'stays' if count == 1 else 'stay'} in it" if count else ""
    return Document.known(SCHEMA, {"store": found.path, "images": count}, notes=[note(text)])


def _count(found: Store) -> int | None:
    """Return how many images a store has; None where it can't be read any more, but may be detached."""
    try:
        return len(found.entries)
    except AtlasError:
        return None


def save_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image save`."""
    name, path = arguments.positionals[0], _file(context, arguments, 1)
    images = context.session.images
    image_of(context.session, name)
    shown = images.save(name, path, attach=len(arguments.positionals) == 1, watch=context.watch)
    return image_document(images[shown], kept_lines(images.store_at(path)), listed=False)


@contextmanager
def _looked_at(context: Context, arguments: Arguments) -> Iterator[Store]:
    """Yield the attached store of the file, or attach it for reading meanwhile."""
    path = _file(context, arguments)
    for attached in context.session.images.attached:
        if attached.store.is_at(path):
            yield attached.store
            return
    found = Store.attach(path, read_only=True)
    try:
        yield found
    finally:
        found.detach()


def show_stats(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image store stats`."""
    with _looked_at(context, arguments) as found:
        stats, head = figures(found), _head(found)
    width = max(map(len, _LABELS.values()))
    lines = [f"{_LABELS[name]:{width}}  {_figure(name, value)}" for name, value in stats.items()]
    return Document.known(SCHEMA, {**head, "stats": stats}, notes=lines)


def _figure(name: str, value: int) -> str:
    return size_in_words(value) if name.endswith("bytes") else str(value)


def check_file(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image store check`."""
    with _looked_at(context, arguments) as found:
        images, head = check_store(found, context.watch), _head(found)
    text = f"{found.path}: {counted(images, 'image')}, all of it as it was written"
    return Document.known(SCHEMA, {**head, "check": "whole", "images": images}, notes=[note(text)])


def list_keys(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image store keys`."""
    with _looked_at(context, arguments) as found:
        rows, head = keys(found), _head(found)
    columns = (column("key", COUNT), column("address", ADDRESS), column("size", SIZE), column("what", NAME))
    return Document.known(SCHEMA, head, Rows("keys", rows, columns, columns, empty="no keys are set"))


def _head(found: Store) -> dict[str, Any]:
    return {"store": found.path, "read_only": found.read_only, "generation": found.pool.generation}


def _attached_line(attached: Attached) -> Line:
    found, rows = attached.store, attached.listed()
    size = size_in_words(sum(row.bytes for row in rows))
    text = f"{found.path}: {counted(len(rows), 'image')}, {size}" if rows else f"{found.path}: no images yet"
    return note(text + (f"; read-only: {found.why_read_only}" if found.why_read_only else ""))
