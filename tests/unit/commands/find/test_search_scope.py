"""What a search is to cover: areas are sorted before it begins."""

from __future__ import annotations

from ptatlas.core.commands.find.search_scope import SearchScope
from ptatlas.core.commands.shell.scope import Scope
from ptatlas.core.maps.kinds import NO_READ
from ptatlas.core.ranges import Range
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.walk.coverage import Unreadable

PAGE = 0x1000


def pieces(*given: BufferArea):
    target = buffer_target(given)
    return Scope().pieces(target.listers[0].areas())


def test_areas_are_readable_refused_or_left_out():
    scope = SearchScope.of(
        pieces(
            BufferArea(0x1000, bytes(PAGE), "r--p"),
            BufferArea(0x2000, bytes(PAGE), "-w-p"),
            BufferArea(0x3000, bytes(PAGE), "r--p", kind="vvar"),
            BufferArea(0x4000, bytes(PAGE), "?w-p"),
        ),
        ("vvar",),
    )
    assert scope.readable == [Range(0x1000, 0x2000), Range(0x4000, 0x5000)]
    assert scope.refused == [Unreadable(0x2000, 0x3000, NO_READ)]
    assert scope.left_out == PAGE


def test_what_the_process_may_not_read_is_readable_if_the_user_says_so():
    areas = (BufferArea(0x1000, bytes(PAGE), "---p"), BufferArea(0x2000, bytes(PAGE), "--xp"))
    scope = SearchScope.of(pieces(*areas), (), no_access=True)
    assert scope.readable == [Range(0x1000, 0x2000), Range(0x2000, 0x3000)]
    assert scope.refused == []
