"""pt-find --yara: which rules match, and where their strings lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from ...errors import InvalidArgument
from ...inferior import Inferior
from ...render.fields import NAME, TEXT, Column, counted
from ...render.text import Line, warning
from ...search.engine.search import Search, Stopped
from ...search.hits.hit_list import HitList
from ...search.hits.hits import Hit
from ...search.narrowing.last_search import LastSearch
from ...search.patterns.types import TYPE_OPTIONS
from ...search.yara import USUAL_SIZES, YaraScan, YaraSizes, load_rules
from ...walk.reading import read_up_to
from ...watch import Watch
from ..shell.parse import Arguments
from .counts import count_lines
from .mode import Mode
from .rows import HitColumns, hit_columns
from .search_scope import SearchScope
from .what import What

# Options that say how patterns are read, searched or compared: rules have none of them.
WITHOUT = (
    *("type", *TYPE_OPTIONS, "patterns", "ignore-case", "endian", "align"),
    *("next", "changed", "unchanged", "increased", "decreased", "break"),
)
# At most this much of a match is read and shown, in bytes: a string may match all of a buffer.
SHOWN = 4096


def rules_of(arguments: Arguments, inferior: Inferior, scope: SearchScope) -> Rules:
    """Return the search for the rules of --yara.

    Raise InvalidArgument for options that are not for rules, and AtlasError as `load_rules` raises it.
    """
    given = ["--" + name for name in WITHOUT if arguments.flag(name)]
    if arguments.positionals or given:
        other = given[0] if given else "a PATTERN"
        raise InvalidArgument(f"--yara goes without {other}", hint="the rules say what to find")
    return Rules(inferior, scope, arguments.value("yara") or "")


class Rules(Mode):
    """A search for what the rules of a file match; which names there are turns out on the way."""

    def __init__(
        self, inferior: Inferior, scope: SearchScope, path: str, sizes: YaraSizes = USUAL_SIZES
    ) -> None:
        super().__init__(inferior, scope)
        rules = load_rules(path)
        memory = inferior.memory.ready(scope.readable)
        self._path = path
        self._scan = YaraScan(rules, memory, inferior.target, scope.readable, sizes)

    def search(self, start: int | None, limit: int | None, watch: Watch) -> Search:
        """Return a search of the scope, each of whose areas is a buffer of its own."""
        return self._scan.search(start=start or 0, limit=limit, watch=watch)

    def last(self, hits: HitList, stopped: Stopped | None) -> LastSearch:
        """Return the search as it ended: it was for no patterns."""
        return LastSearch((), self.inferior.arch, hits, stopped)

    def head(self) -> dict[str, Any]:
        """Return the file of the rules."""
        return {"pattern": {"type": "yara", "text": self._path}}

    def columns(self) -> HitColumns:
        """Return the fields and columns of a match, with its rule and the string in that."""
        names = self._scan.names
        rule = Column("rule", NAME, lambda hit: names[hit.pattern].rule)
        string = Column("string", TEXT, lambda hit: names[hit.pattern].string)
        shown = Column("string", TEXT, lambda hit: names[hit.pattern].string or "")
        what = What(self.inferior, (), self.inferior.arch).columns()
        return hit_columns((rule, string), (rule, shown), what)

    def count_json(self, counts: Counter[int]) -> dict[str, Any]:
        """Return how many matches each string of each rule has."""
        return {
            "by_rule": [
                {"rule": name.rule, "string": name.string, "hits": counts[number]}
                for number, name in enumerate(self._scan.names)
            ]
        }

    def count_lines(self, counts: Counter[int]) -> Iterator[Line]:
        """Return how many matches each string of each rule has."""
        names = self._scan.names
        return count_lines(lambda number: str(names[number]), len(names), counts)

    def tail(self) -> dict[str, Any]:
        """Return how the rules were applied: a condition is of one buffer."""
        return {
            "buffers": self._scan.buffers,
            "areas_cut": len(self._scan.cut),
            "overflown": [str(name) for name in sorted(self._scan.overflown, key=str)],
        }

    def notes(self) -> Iterator[Line]:
        """Yield what the user should know of how the rules were applied."""
        if self._scan.cut:
            areas = counted(len(self._scan.cut), "area")
            text = f"{areas} matched in several parts: conditions hold for each part by itself"
            yield warning(text)
        for name in sorted(self._scan.overflown, key=str):
            yield warning(f"there may be more matches of {name}")

    def content(self, hit: Hit, _word: int | None) -> bytes:
        """Return the first bytes of the match."""
        return read_up_to(self.inferior.memory, hit.address, min(hit.size, SHOWN))
