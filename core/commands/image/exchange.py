"""pt-image export and add-core: images to core files and decoder tools, and core files to images."""

from __future__ import annotations

import shlex

from ...errors import InvalidArgument
from ...images.exchange.ptxed import INDEX, export_raw, ptxed_arguments
from ...images.exchange.read_core import image_of_core
from ...images.exchange.write_core import export_core
from ...images.model.asid import Asid
from ...images.model.image import Image
from ...images.model.unproven import unproven_files
from ...render.document import Document, Result
from ...render.fields import counted, hexadecimal, size_in_words
from ...render.text import Line, note, warning
from ...sources.dumps import open_dump
from ..shell.context import Context, image_of
from ..shell.parse import Arguments
from ..shell.values import Values
from .basics import add_image, asid_of, check_name
from .load import left_out_lines
from .lost_files import lost_lines
from .sections import image_document
from .unproven import unproven_json, unproven_lines

SCHEMA = "ptatlas.export/1"


def export_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image export`."""
    image = image_of(context.session, arguments.positionals[0])
    asid = asid_of(arguments, Values(context.inferior))
    given = [name for name in ("core", "ptxed", "raw") if arguments.flag(name)]
    if len(given) != 1:
        raise InvalidArgument("an image is exported one way", hint="--core FILE, --ptxed or --raw DIR")
    if given == ["ptxed"]:
        return _ptxed(image, asid)
    path = arguments.value(given[0]) or ""
    write = _core if given == ["core"] else _raw
    return write(image, path, asid, context)


def _core(image: Image, path: str, asid: Asid, context: Context) -> Result:
    like = context.inferior.target if context.inferior else None
    done = export_core(image, path, asid, like=like, watch=context.watch)
    text = f"{path}: {counted(done.segments, 'segment')}, {size_in_words(done.content)} of content"
    text += f", the registers of {counted(done.threads, 'thread')}" if done.threads else ", no registers"
    head = {"image": image.name, "core": path, "segments": done.segments, "content": done.content}
    unproven = unproven_files(image, asid)
    return Document.known(
        SCHEMA,
        {**head, "threads": done.threads, **unproven_json(unproven)},
        notes=[note(text), *lost_lines(image), *unproven_lines(unproven)],
    )


def _raw(image: Image, folder: str, asid: Asid, context: Context) -> Result:
    files = export_raw(image, folder, asid, watch=context.watch)
    text = f"{folder}: {counted(len(files), 'section')} and {INDEX}"
    arguments = [word for file in files for word in file.words]
    unproven = unproven_files(image, asid)
    head = {"image": image.name, "raw": folder, "files": [file.path for file in files]}
    return Document.known(
        SCHEMA,
        {**head, "arguments": arguments, **unproven_json(unproven)},
        notes=[note(text), *lost_lines(image), *unproven_lines(unproven)],
    )


def _ptxed(image: Image, asid: Asid) -> Result:
    words, left_out = ptxed_arguments(image, asid)
    ranges = [{"start": hexadecimal(start), "end": hexadecimal(end)} for start, end in left_out]
    notes: list[Line] = [shlex.join(words)] if words else []
    if left_out:
        size = size_in_words(sum(part.size for part in left_out))
        text = f"# left out: {size} in {counted(len(left_out), 'range')} that no file holds; see --raw"
        notes.append(warning(text))
    unproven = unproven_files(image, asid)
    notes += unproven_lines(unproven, "# ")  # the words are for a shell
    head = {"image": image.name, "arguments": list(words), "left_out": ranges}
    return Document.known(SCHEMA, {**head, **unproven_json(unproven)}, notes=notes, found=bool(words))


def add_core(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image add-core`."""
    name, path = arguments.positionals
    check_name(context.session, name)
    target = open_dump(path)
    if arguments.flag("trust-files") or context.session.settings.trusts_files:
        target = target.with_trust()
    loaded = image_of_core(name, path, target, asid_of(arguments, Values(context.inferior)))
    add_image(context.session, loaded.image)
    problems = map(warning, target.problems)
    return image_document(loaded.image, [*problems, *left_out_lines(loaded.left_out)], listed=False)
