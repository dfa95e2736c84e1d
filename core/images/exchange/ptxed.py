"""Images for Intel's decoder tools: `--raw` arguments, and files for what no file holds.

The form is that of libipt's ptxed and ptdump: `--raw FILE:FROM-TO:BASE` loads the bytes of the file from FROM
up to TO at BASE. It knows no address spaces.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from secrets import token_hex
from typing import NamedTuple

from ...errors import SourceError
from ...files.paths import FilePath, path_to_write
from ...files.private import PRIVATE_FOLDER, new_private_file
from ...ranges import Range
from ...signals import failing_at_file_size_limit
from ...walk.pace import Pace, given_up
from ...watch import UNWATCHED, Watch
from ..model.asid import Asid, as_asid
from ..model.image import Image
from ..model.section import FileContent, Section, SectionContent
from .nothing import nothing_to_export
from .sparse_file import GIVEN_UP, write_sparse

INDEX = "index.json"


class PtxedArguments(NamedTuple):
    """Words for a command line, and the ranges that they leave out, because no file holds them."""

    words: tuple[str, ...]
    left_out: tuple[Range, ...]


class RawFile(NamedTuple):
    """A section and the file that it was written to."""

    path: str
    section: Section

    @property
    def words(self) -> tuple[str, str]:
        """The arguments that load it."""
        return _raw(self.path, 0, self.section.size, self.section.start)


def ptxed_arguments(image: Image, asid: Asid | None = None) -> PtxedArguments:
    """Return the arguments that load an image's files, as they are seen in an address space."""
    words: list[str] = []
    left_out: list[Range] = []
    for part, section in image.visible(0, 1 << 64, asid):
        content = section.content
        if content.path is None:
            left_out.append(part)
        else:
            words += _raw(_openable(content), section.offset_of(part.start), part.size, part.start)
    return PtxedArguments(tuple(words), tuple(left_out))


def export_raw(
    image: Image,
    folder: FilePath,
    asid: Asid | None = None,
    *,
    watch: Watch = UNWATCHED,
) -> tuple[RawFile, ...]:
    """Write a file for each section whose asid matches, and `index.json` that says which is which.

    The folder must be new or empty; a new one is its owner's only, as the files in it are. Raise
    InvalidArgument for an image that holds nothing there, SourceError if the folder isn't new or can't be
    written, or where a section's content is lost, Interrupted; then nothing was written.
    """
    sections = [section for section in image.sections if section.asid.matches(as_asid(asid))]
    if not sections:
        raise nothing_to_export(image)
    target = os.path.abspath(path_to_write(folder))
    temporary = os.path.join(os.path.dirname(target), f".ptatlas-{token_hex(8)}")
    try:
        os.mkdir(temporary, PRIVATE_FOLDER)
        try:
            files = [RawFile(_name(number, each), each) for number, each in enumerate(sections)]
            pace = Pace(sum(section.size for section in sections), watch)
            with failing_at_file_size_limit(), given_up(GIVEN_UP):
                for file in files:
                    _write(os.path.join(temporary, file.path), file.section, pace)
                with new_private_file(os.path.join(temporary, INDEX)) as index:
                    index.write(json.dumps(_index(image, files), indent=1).encode())
            if os.path.isdir(target):
                os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
            os.rename(temporary, target)
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    except OSError as error:
        raise SourceError(f"{target!r} can't be written: {error.strerror}") from error
    return tuple(file._replace(path=os.path.join(target, file.path)) for file in files)


def _openable(content: SectionContent) -> str:
    """Return the path by which a file is opened: as it was given, unless it isn't found by that."""
    path = content.path or ""
    location = content.file.location if isinstance(content, FileContent) else path
    return path if os.path.abspath(path) == location else location


def _raw(path: str, offset: int, size: int, address: int) -> tuple[str, str]:
    return "--raw", f"{path}:{offset:#x}-{offset + size:#x}:{address:#x}"


def _name(number: int, section: Section) -> str:
    return f"{number:05}-{section.start:x}-{section.end:x}.raw"


def _write(path: str, section: Section, pace: Pace) -> None:
    with new_private_file(path) as file:
        write_sparse(section, Range(section.start, section.end), file, 0, pace)
        file.truncate(section.size)


def _index(image: Image, files: list[RawFile]) -> dict[str, object]:
    """Return what the files hold: addresses as text, since they may have 64 bits."""
    return {
        "schema": "ptatlas.raw/1",
        "image": image.name,
        "sections": [
            {
                "file": file.path,
                "start": f"{file.section.start:#x}",
                "end": f"{file.section.end:#x}",
                "asid": {name: _hex(getattr(file.section.asid, name)) for name in ("cr3", "vmcs")},
                "content": _content(file.section),
            }
            for file in files
        ],
    }


def _hex(value: int | None) -> str | None:
    return None if value is None else f"{value:#x}"


def _content(section: Section) -> dict[str, object]:
    content = section.content
    if content.path is None:
        return {"kind": content.kind}
    return {"kind": content.kind, "path": content.path, "offset": section.offset}
