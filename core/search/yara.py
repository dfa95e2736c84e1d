"""YARA rules over memory, by the package yara-x: compiled once, and matched in one buffer after the other."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..errors import AtlasError, InvalidArgument, SourceError
from ..files.paths import possible_path
from ..ports.memory import MemoryReader
from ..ports.target import Target
from ..ranges import Range
from ..walk.coverage import ABSENT, NEVER_TOUCHED, UNREADABLE, CoveredPart, covered
from ..watch import UNWATCHED, Watch
from .engine.chunk_buffer import ChunkBuffer
from .engine.chunk_searcher import Outcome
from .engine.planner import Job, JobKind, Planner, largest_chunk
from .engine.search import Search
from .hits.hits import Batch
from .patterns.shape import Reach


class YaraSizes(NamedTuple):
    """Sizes in bytes of what is matched as one `buffer`, and of the `overlap` of two in one area.

    The match of a buffer can't be interrupted; it takes about 15 ms for a few rules. A string that crosses
    the border of two is found if it doesn't exceed the overlap. The package keeps at most this many `matches`
    of a string in one buffer, and doesn't say if there are more.
    """

    buffer: int = 16 << 20
    overlap: int = 64 << 10
    matches: int = 1_000_000


USUAL_SIZES = YaraSizes()


class RuleName(NamedTuple):
    """A rule, with its namespace unless that is the default, and one of its strings; None: no string."""

    rule: str
    string: str | None

    def __str__(self) -> str:
        return self.rule if self.string is None else f"{self.rule} {self.string}"


def load_rules(path: str) -> Any:
    """Compile a file of rules; files that it includes are looked for beside it.

    Raise AtlasError, with how to get it, where the package is missing, and InvalidArgument for a file that
    can't be read, and with file and line for what is no rule.
    """
    package = _package()
    try:
        with open(possible_path(os.path.expanduser(path)), encoding="utf-8") as stream:
            source = stream.read()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise InvalidArgument(f"cannot read {path}: {why}") from None
    folder = os.path.dirname(os.path.abspath(os.path.expanduser(path)))
    if not _is_text(path) or not _is_text(folder):
        raise InvalidArgument(f"cannot read {path}: yara-x takes only paths that are UTF-8")
    compiler = package.Compiler()
    compiler.add_include_dir(folder)
    try:
        compiler.add_source(source, origin=path)
        return compiler.build()
    except package.CompileError as error:
        raise _compile_error(path, compiler.errors(), str(error)) from None


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _package() -> Any:
    try:
        return importlib.import_module("yara_x")
    except ImportError:
        python = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
        tabulate = importlib.util.find_spec("tabulate")
        folder = os.path.dirname(tabulate.origin) if tabulate and tabulate.origin else "DIR"
        raise AtlasError(
            f"--yara needs the package yara-x, which this {python} doesn't find",
            hint=f"pip install --target {folder} yara-x",
        ) from None


def _compile_error(path: str, errors: Sequence[dict[str, Any]], text: str) -> InvalidArgument:
    if not errors:
        return InvalidArgument(f"{path}: {text}")
    first = errors[0]
    origin = next((label["code_origin"] for label in first["labels"] if label["code_origin"]), path)
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    why = "; ".join(label["text"] for label in first["labels"] if label["text"])
    return InvalidArgument(f"{origin}, line {first['line']}: {first['title']}{more}", hint=why or None)


class YaraScan:
    """Matches rules in areas, each of which is a buffer, like a file: conditions and offsets refer to it.

    Where an area is larger than a buffer, has memory that can't be read or much that was never touched, a new
    buffer begins. The number that a hit has for its pattern counts `names`, which grow as matches come.
    `buffers` counts the buffers, `cut` are the areas that are in several, and `overflown` the names of which
    there may be more matches than were found.
    """

    def __init__(
        self,
        rules: Any,
        memory: MemoryReader,
        target: Target,
        areas: Iterable[Range],
        sizes: YaraSizes = USUAL_SIZES,
    ) -> None:
        self._scanner = _package().Scanner(rules)
        self._most_matches = sizes.matches
        self._scanner.max_matches_per_pattern(sizes.matches)
        self._error = _package().ScanError
        self.areas = list(_apart(areas))
        self.names: list[RuleName] = []
        self.buffers = 0
        self.cut: set[Range] = set()
        self.overflown: set[RuleName] = set()
        self._numbers: dict[RuleName, int] = {}
        page_size = target.arch.page_size
        self._source, self._reasons = memory.source, target.reasons
        reach, ports = Reach(0, sizes.overlap), (target.untouched, target.absent)
        # Zeros that were recorded are content, in which rules may match.
        self._planner = Planner(reach, sizes.buffer, page_size, *ports, sets_recorded_aside=False)
        self._buffer = ChunkBuffer(memory, largest_chunk(sizes.buffer) + sizes.overlap)

    def search(self, *, start: int = 0, limit: int | None = None, watch: Watch = UNWATCHED) -> Search:
        """Return the search for matches from `start` on, at most `limit` of them."""
        return Search(
            self._outcomes(start),
            self.areas,
            source=self._source,
            start=start,
            limit=limit,
            reasons=self._reasons,
            watch=watch,
        )

    def _outcomes(self, start: int) -> Iterator[Outcome]:
        """Yield the outcomes for all addresses from `start` on, in order."""
        for area in self.areas:
            before = self.buffers
            for job in self._planner.jobs([area], start):
                yield self._outcome(job)
                if self.buffers > before + 1:
                    self.cut.add(area)

    def _outcome(self, job: Job) -> Outcome:
        if job.kind is not JobKind.READ:
            state = ABSENT if job.kind is JobKind.ABSENT else NEVER_TOUCHED
            return Outcome(job.start, job.end, (), (CoveredPart(job.start, job.end, state),))
        haystack, runs, faults = self._buffer.load(job)
        hits = []
        for run in runs:
            if run.start < job.end:
                content = haystack.data[run.start - haystack.origin : run.end - haystack.origin]
                hits += sorted(hit for hit in self._hits(content, run.start) if hit[0] < job.end)
        addresses, patterns, sizes = ([hit[n] for hit in hits] for n in range(3))
        batches = [Batch(addresses, sizes, patterns)] if hits else []
        pieces = covered(job.start, job.end, [(fault, UNREADABLE) for fault in faults])
        return Outcome(job.start, job.end, batches, pieces, len(hits))

    def _hits(self, content: bytes, origin: int) -> Iterator[tuple[int, int, int]]:
        """Yield address, number of the name and size of what rules match in a buffer."""
        self.buffers += 1
        try:
            result = self._scanner.scan(content)
        except self._error as error:
            raise SourceError(f"YARA: {error}") from None
        for rule in result.matching_rules:
            name = rule.identifier if rule.namespace == "default" else f"{rule.namespace}:{rule.identifier}"
            found = [(pattern.identifier, pattern.matches) for pattern in rule.patterns if pattern.matches]
            for string, matches in found:
                number = self._number(RuleName(name, string))
                if len(matches) >= self._most_matches:
                    self.overflown.add(self.names[number])
                yield from ((origin + match.offset, number, match.length) for match in matches)
            if not found:
                yield origin, self._number(RuleName(name, None)), 0

    def _number(self, name: RuleName) -> int:
        if name not in self._numbers:
            self._numbers[name] = len(self.names)
            self.names.append(name)
        return self._numbers[name]


def _apart(areas: Iterable[Range]) -> Iterator[Range]:
    """Yield the areas in order, each without what is in one before it."""
    end = 0
    for area in sorted(areas):
        if area.end > max(end, area.start):
            yield Range(max(end, area.start), area.end)
            end = area.end
