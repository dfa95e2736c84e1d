"""Small memories of every kind of page, and what a search must find in them, by trying every address.

The oracle knows nothing of chunks, anchors or overlaps. What a pattern matches is said here once more, in the
plainest way: `Wanted.size_at` looks at the bytes from an address on.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from hypothesis import strategies as st
from ptatlas.core.arch import Arch
from ptatlas.core.ranges import TOP, Range, coalesce
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources.buffer import BufferArea, buffer_target

PAGE = 16
DATA, UNTOUCHED, UNREADABLE, ABSENT, HOLE = "data", "untouched", "unreadable", "absent", "hole"

# So few different bytes that patterns made of them occur.
ALPHABET = b"\x00\x00\x00\x01\x02aAb\xff\x80"


class World(NamedTuple):
    """Pages from `base` on, each of one state and with its bytes; areas are cut at `borders`."""

    base: int
    states: tuple[str, ...]
    data: bytes
    borders: frozenset[int]

    @property
    def end(self) -> int:
        return self.base + len(self.data)

    def state(self, address: int) -> str:
        return self.states[(address - self.base) // PAGE]

    def target(self):
        def ranges(state):
            return [(a, a + PAGE) for a, s in self._pages() if s == state]

        pieces = [BufferArea(a.start, self._bytes(a), "rw-p") for a in self.areas()]
        return buffer_target(
            pieces, unreadable=ranges(UNREADABLE), absent=ranges(ABSENT), untouched=ranges(UNTOUCHED)
        )

    def areas(self) -> list[Range]:
        """The mapped ranges, some of which touch."""
        found = []
        for mapped in coalesce(Range(a, a + PAGE) for a, s in self._pages() if s != HOLE):
            cuts = [
                mapped.start,
                *sorted(b for b in self.borders if b in mapped and b != mapped.start),
                mapped.end,
            ]
            found += [Range(a, b) for a, b in zip(cuts, cuts[1:])]
        return found

    def runs(self, scope: Sequence[Range]) -> Iterator[tuple[int, bytes]]:
        """Contiguous bytes of the scope that a search can see, and their address."""
        shown = (r for page, s in self._pages() if s in (DATA, UNTOUCHED) for r in [Range(page, page + PAGE)])
        parts = [p for r in shown for c in coalesce(sorted(scope)) for p in [r.intersection(*c)] if p]
        for run in coalesce(parts):
            yield run.start, self._bytes(run)

    def _pages(self) -> Iterator[tuple[int, str]]:
        return ((self.base + PAGE * i, state) for i, state in enumerate(self.states))

    def _bytes(self, part: Range) -> bytes:
        zeros = [bytes(PAGE) if s == UNTOUCHED else None for s in self.states]
        pages = [z or self.data[PAGE * i : PAGE * (i + 1)] for i, z in enumerate(zeros)]
        return b"".join(pages)[part.start - self.base : part.end - self.base]


class Wanted(NamedTuple):
    """A pattern, and its oracle: the size of the match at an offset of a run, or None."""

    pattern: Pattern
    size_at: Callable[[bytes, int], int | None]


def hits_in(world: World, scope: Sequence[Range], wanted: Sequence[Wanted], align: int, start: int = 0):
    """Every hit there is, as (address, size, pattern)."""
    return [
        (address + offset, size, number)
        for address, run in world.runs(scope)
        for offset in range(len(run))
        if address + offset >= start and (address + offset) % align == 0
        for number, one in enumerate(wanted)
        for size in [one.size_at(run, offset)]
        if size is not None
    ]


# --- Strategies ----------------------------------------------------------------------------------

BYTE_ORDERS = st.sampled_from([("little", "<"), ("big", ">")])


@st.composite
def worlds(draw: st.DrawFn, most_pages: int = 14) -> World:
    """Memories; some end at the top of the address space."""
    kinds = st.sampled_from([DATA, DATA, DATA, DATA, UNTOUCHED, UNTOUCHED, UNREADABLE, ABSENT, HOLE])
    states = draw(st.lists(kinds, min_size=1, max_size=most_pages))
    size = PAGE * len(states)
    base = draw(st.sampled_from([0, 0x5000, TOP - size]))
    content = st.lists(st.sampled_from(ALPHABET), min_size=size, max_size=size)
    borders = draw(st.frozensets(st.integers(0, len(states) - 1)))
    return World(base, tuple(states), bytes(draw(content)), frozenset(base + PAGE * b for b in borders))


@st.composite
def scopes(draw: st.DrawFn, world: World) -> list[Range]:
    """All areas; or parts of them, which may overlap."""
    areas = world.areas()
    if not areas or draw(st.booleans()):
        return areas
    parts = []
    for _ in range(draw(st.integers(1, 4))):
        area = draw(st.sampled_from(areas))
        low = draw(st.integers(area.start, area.end - 1))
        parts.append(Range(low, draw(st.integers(low + 1, area.end))))
    return sorted(parts)


def literal(pattern: Pattern, data: bytes) -> Wanted:
    return Wanted(pattern, lambda run, at: len(data) if run.startswith(data, at) else None)


def numeric(pattern: Pattern, form: str, accepts: Callable[[float], bool]) -> Wanted:
    size = struct.calcsize(form)

    def size_at(run: bytes, at: int) -> int | None:
        if at + size > len(run):
            return None
        return size if accepts(struct.unpack_from(form, run, at)[0]) else None

    return Wanted(pattern, size_at)


@st.composite
def raw_patterns(draw: st.DrawFn) -> Wanted:
    data = bytes(draw(st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=20)))
    return literal(Pattern.raw(data), data)


@st.composite
def text_patterns(draw: st.DrawFn) -> Wanted:
    text = draw(st.text("abAB\0\1", min_size=1, max_size=5))
    name, endian = draw(st.sampled_from(["utf-8", "utf-16", "utf-32"])), draw(BYTE_ORDERS)[0]
    options = {"endian": endian, "terminated": draw(st.booleans())}
    codec = name if name == "utf-8" else f"{name}-{endian[0]}e"
    data = (text + "\0" * options["terminated"]).encode(codec)
    if not draw(st.booleans()):
        return literal(Pattern.text(text, name, **options), data)
    folded = data.lower()

    def size_at(run: bytes, at: int) -> int | None:
        return len(data) if run[at : at + len(data)].lower() == folded else None

    return Wanted(Pattern.text(text, name, ignore_case=True, **options), size_at)


@st.composite
def masked_patterns(draw: st.DrawFn) -> Wanted:
    nibbles = st.sampled_from("0012648fF????")
    words = draw(st.lists(st.tuples(nibbles, nibbles).map("".join), min_size=1, max_size=6))
    words.append(draw(st.sampled_from(["00", "61", "0?", "?1", "ff"])))

    def size_at(run: bytes, at: int) -> int | None:
        digits = run[at : at + len(words)].hex()
        fits = len(digits) == 2 * len(words) and all(
            w in ("?", d) for w, d in zip("".join(words).lower(), digits)
        )
        return len(words) if fits else None

    return Wanted(Pattern.hex(" ".join(words)), size_at)


@st.composite
def integer_patterns(draw: st.DrawFn) -> Wanted:
    endian, order = draw(BYTE_ORDERS)
    letter = draw(st.sampled_from("BHIQbhiq"))
    form, size, signed = order + letter, struct.calcsize(order + letter), letter.islower()
    type_ = f"{'i' if signed else 'u'}{8 * size}"
    # Bounds that occur: words made of the alphabet.
    word = st.lists(st.sampled_from(ALPHABET), min_size=size, max_size=size)
    bound = word.map(lambda b: int.from_bytes(bytes(b), endian, signed=signed))
    low, high = sorted((draw(bound), draw(bound)))
    kind = draw(st.sampled_from(["value", "range", "mask"]))
    if kind == "mask":
        mask = (
            draw(st.integers(1, (1 << 8 * size) - 1))
            if draw(st.booleans())
            else 1 << draw(st.integers(0, 8 * size - 1))
        )
        wanted = low & mask
        pattern = Pattern.masked(type_, wanted, mask, arch=Arch(8, endian))
        return numeric(pattern, form, lambda value: value & mask == wanted)
    if kind == "value":
        return numeric(Pattern.integer(type_, low, endian=endian), form, lambda value: value == low)
    pattern = Pattern.integer(type_, low, high, endian=endian)
    return numeric(pattern, form, lambda value: low <= value <= high)


@st.composite
def real_patterns(draw: st.DrawFn) -> Wanted:
    type_, letter = draw(st.sampled_from([("f32", "f"), ("f64", "d")]))
    endian, order = draw(BYTE_ORDERS)
    # Of 32 bits, so that at least the bounds lie in every range.
    bound = st.one_of(st.sampled_from([0.0, -0.0]), st.floats(width=32, allow_nan=False))
    low, high = sorted((draw(bound), draw(bound)))
    if draw(st.booleans()):
        exact = struct.pack(order + letter, low)
        return literal(Pattern.real(type_, low, endian=endian), exact)
    pattern = Pattern.real(type_, low, high, endian=endian)
    return numeric(pattern, order + letter, lambda value: low <= value <= high)


@st.composite
def pointer_patterns(draw: st.DrawFn) -> Wanted:
    word_size, letter = draw(st.sampled_from([(4, "I"), (8, "Q")]))
    endian, order = draw(BYTE_ORDERS)
    word = st.lists(st.sampled_from(ALPHABET), min_size=word_size, max_size=word_size)
    starts = [int.from_bytes(bytes(draw(word)), "big") for _ in range(draw(st.integers(1, 20)))]
    ranges = [
        Range(s, min(s + draw(st.sampled_from([1, 300, 1 << 20])), 1 << (8 * word_size))) for s in starts
    ]
    pattern = Pattern.pointer(ranges=ranges, arch=Arch(word_size, endian))
    return numeric(pattern, order + letter, lambda v: any(v in r for r in ranges))


@st.composite
def regex_patterns(draw: st.DrawFn) -> Wanted:
    expression = draw(
        st.sampled_from(
            [
                rb"a+",
                rb"ab",
                rb"(?i)ab|ba",
                rb"\x00\x00+",
                rb"[^a]{3}",
                rb"^a",
                rb"(?<=a)b",
                rb"(?<!\x00)\x00",
                rb"\ba",
                rb"a$",
                rb"a(?=b)",
                rb"\x01[\x00-\xff]{20}",
                rb"\x00\x00a?b?",
                rb"(?:\x00a|\x01\x02)\x00*?",
                rb"ab(?!a)|aab|\xff\x80",
                rb"(?s)a.b|(?<=\x00)\x00[aA]b?$",
            ]
        )
    )
    ignore_case = draw(st.booleans())
    compiled = re.compile(expression, re.IGNORECASE if ignore_case else 0)

    def size_at(run: bytes, at: int) -> int | None:
        match = compiled.match(run, at, at + 4096)
        return match and match.end() - match.start()

    return Wanted(Pattern.regex(expression, ignore_case=ignore_case), size_at)


def patterns() -> st.SearchStrategy[Wanted]:
    """Patterns of every type, with their oracles."""
    return st.one_of(
        raw_patterns(),
        text_patterns(),
        masked_patterns(),
        integer_patterns(),
        real_patterns(),
        pointer_patterns(),
        regex_patterns(),
    )
