"""Files that change while a process maps them: that is told, not what differs because of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from ptatlas.core.images.check.changed_files import ChangedFile
from ptatlas.core.images.check.check import CheckResult, check
from ptatlas.core.images.mapped.load import load_image
from ptatlas.core.images.mapped.mapped_files import MappedFiles
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.ports.target import Target
from ptatlas.core.sources.procfs.process import process_target
from support.children import Child
from support.library import Change, Library, cut, delete, make_library, replace, rewrite, touch


class NoLinks:
    """The kernel's word for what is mapped, to a user who may not open its links to that."""

    def is_apart(self) -> bool:
        return False

    def root(self) -> str:
        return "/"

    def mapped(self, _area: Area) -> str:
        return "/proc/may/not/be/opened"


class Running(NamedTuple):
    """A process that maps the library."""

    library: Library
    target: Target

    def areas(self) -> list[Area]:
        (lister, *_) = self.target.listers
        return [area for area in lister.areas() if (area.path or "").startswith(str(self.library.path))]

    def check(self, perms: str) -> CheckResult:
        areas, (reader, *_) = self.areas(), self.target.readers
        files = MappedFiles(AreaMap(self.target.listers[0].areas()), reader, began=self.target.began)
        image = load_image(None, areas, files).image
        chosen = [area for area in areas if area.perms == perms]
        return check(image, reader, chosen, files=files)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    library = make_library(tmp_path)
    with Child(library.program) as child:
        # Standing still: where its library is cut, it would not live to ask for its next command.
        os.kill(child.pid, signal.SIGSTOP)
        os.waitpid(child.pid, os.WUNTRACED)
        yield Running(library, process_target(child.pid))


def causes(result: CheckResult) -> set[str]:
    return {item.cause for item in result.differences}


def test_a_file_that_nobody_changed_is_not_in_doubt(running: Running) -> None:
    result = running.check("r--p")
    assert (causes(result), result.unfit, result.doubtful) == ({"relocation"}, (), ())


def test_a_file_that_was_written_in_place_is_told_and_its_many_differences_only_counted(
    running: Running,
) -> None:
    rewrite(running.library)
    result = running.check("r--p")
    ((path, count, is_listed),) = result.doubtful
    assert (path, is_listed) == (str(running.library.path), False)
    assert count > 64
    assert "unknown" not in causes(result)


def test_a_file_that_was_touched_is_told_and_what_differs_is_listed(running: Running) -> None:
    touch(running.library)
    result = running.check("r--p")
    assert result.doubtful == (ChangedFile(str(running.library.path), 0, True),)
    assert causes(result) == {"relocation"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(replace, "was replaced since it was mapped", id="replaced"),
        pytest.param(delete, "was deleted since it was mapped", id="deleted"),
        pytest.param(cut, "ends before", id="cut"),
    ],
)
def test_a_file_that_is_another_or_gone_is_told_instead(running: Running, change: Change, why: str) -> None:
    change(running.library)
    areas, (reader, *_) = running.areas(), running.target.readers
    image, left_out = load_image(None, areas, MappedFiles(AreaMap(areas), reader, paths=NoLinks()))
    assert len(image) == 0
    assert len(left_out) == len(areas)
    assert all(item.why.startswith(why) for item in left_out)
    assert running.check("r-xp").differences == ()
