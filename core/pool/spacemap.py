"""The bitmaps of the pages in use, written for a commit.

They are themselves pages in use, at new places every time, so writing one changes another. Therefore
all places are taken first, until no bitmap changes any more, and only then is anything written.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable

from .layout import PAGE, PAGE_MASK
from .space import Space
from .tree import PageTree, TreePlace


class SpaceSwap:
    """One commit's new bitmaps. `write_at(page, raw)` writes a file page and returns its entry."""

    def __init__(self, space: Space, tree: PageTree, write_at: Callable[[int, bytes], int]) -> None:
        self._space = space
        self._tree = tree
        self._write_at = write_at
        self._groups: dict[int, int] = {}
        self._nodes: dict[TreePlace, int] = {}
        self._left: list[int] = []

    def write(self) -> None:
        """Take the places and write bitmaps and nodes; the tree is up to date then."""
        self._take_places()
        for group, page in self._groups.items():
            raw = self._space.working(group).to_bytes(PAGE, "little")
            self._tree.set(group, array("Q", [self._write_at(page, raw)]))
        self._tree.flush(lambda place, raw: self._write_at(self._nodes[place], raw), lambda _: None)

    def undo(self) -> None:
        """Free the new places and take the old ones again; the caller restores the tree."""
        for page in [*self._groups.values(), *self._nodes.values()]:
            self._space.release(page)
        for page in self._left:
            self._space.take(page)

    def _take_places(self) -> None:
        groups, nodes = set(self._space.changed), self._tree.changed()
        while groups or nodes:
            for group in sorted(groups):
                old = self._tree.get(group)
                self._tree.set(group, array("Q", [old]))  # unchanged, but marks its nodes as changed
                self._groups[group] = self._move(old)
            for place in sorted(nodes):
                self._nodes[place] = self._move(self._tree.entry_of(place))
            groups = self._space.changed - self._groups.keys()
            nodes = self._tree.changed() - self._nodes.keys()

    def _move(self, old: int) -> int:
        if old:
            self._space.release(old & PAGE_MASK)
            self._left.append(old & PAGE_MASK)
        return self._space.allocate(1)[0][0]
