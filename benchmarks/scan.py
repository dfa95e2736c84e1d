"""The search engine alone, in plain Python, against a C program and against itself.

As part of `make bench`, or alone: python benchmarks/scan.py [MIB], with PTATLAS_HYPERSCAN=off as without a
matching library. What is compared is measured in turn, and
the best of each counts: absolute figures move from minute to minute.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Union

from memories import MIB, NEEDLE, Part, filled, peer_find, peer_program
from ptatlas.core.arch import Arch
from ptatlas.core.ranges import Range
from ptatlas.core.search.finders.numpy_finder import load_numpy
from ptatlas.core.search.matcher.load import load_library
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources.procfs.process import process_target
from sessions import Figure

ROUNDS = 3

# Does something, and may say itself how many seconds that took.
Work = Callable[[], Union[int, float]]


def parse(type_: str, text: str) -> Pattern:
    return Pattern.parse(type_, text, arch=Arch())


def search(part: Part, *patterns: Pattern) -> Work:
    """Search for patterns, each at multiples of its own alignment; returns the number of hits."""
    target = process_target(part.pid)
    scope = [Range(part.start, part.start + part.size)]
    scanner = Scanner(target.readers[0], scope, untouched=target.untouched)
    return lambda: scanner.find(patterns, align=None).count()


def peer_search(peer: Path, part: Part) -> Work:
    """Let the C program search."""

    def run() -> float:
        output = subprocess.run(peer_find(peer, part), check=True, capture_output=True, text=True).stdout
        return float(output.split()[0])

    return run


def seconds(work: Work) -> float:
    began = time.perf_counter()
    told = work()
    return told if isinstance(told, float) else time.perf_counter() - began


def compare(name: str, work: Work, against: str, base: Work, at_most: float) -> Figure:
    times = [(seconds(base), seconds(work)) for _ in range(ROUNDS)]
    theirs, ours = (min(column) for column in zip(*times))
    return Figure(name, ours, theirs, against, at_most)


def over_random(peer: Path, mib: int) -> Iterator[Figure]:
    """What costs more than one literal, and how much more; what no literal can be faster than."""
    with filled(peer, f"random:{mib}") as (place,):
        one = search(place, Pattern.raw(NEEDLE))
        yield compare("scan: a literal", one, "C, two threads", peer_search(peer, place), 1.2)
        eight = [Pattern.raw(NEEDLE[:-1] + bytes([digit])) for digit in b"12345678"]
        thousand = [Pattern.raw(b"%s%05d" % (NEEDLE, number * 37)) for number in range(1000)]
        others = {
            "pointers to an area": ([parse("ptr", "0x7f1234000000..0x7f12341fffff")], 3),
            "u32 0x12340000..0x12345678": ([parse("u32", "0x12340000..0x12345678")], 6),
            "u32 1000..2000": ([parse("u32", "1000..2000")], 6),
            "8 literals in one pass": (eight, 1.3),
            "1,000 literals in one pass": (thousand, 4),
            "text of either case": ([Pattern.text(NEEDLE.decode(), ignore_case=True)], 1.2),
            "hex 48 8b ?? 0? f0 11": ([parse("hex", "48 8b ?? 0? f0 11")], 1.4),
            "re Q7hzW[a-z]+": ([parse("re", "Q7hzW[a-z]+")], 1.2),
            "re [A-Z]{4}-[0-9]{6}": ([parse("re", "[A-Z]{4}-[0-9]{6}")], 2),
        }
        for name, (patterns, at_most) in others.items():
            yield compare(f"scan: {name}", search(place, *patterns), "a literal", one, at_most)


def over_small_integers(peer: Path, mib: int) -> Iterator[Figure]:
    """Where memmem(3) alone is slow: words that are mostly zero."""
    with filled(peer, f"small:{mib}") as (place,):
        literal, pointer = search(place, Pattern.raw(NEEDLE)), parse("ptr", "0x7f1234567890")
        yield compare("scan: a pointer, in small integers", search(place, pointer), "a literal", literal, 1.2)
        words = search(place, parse("u32", "1000..2000"))
        yield compare("scan: u32 1000..2000, in small integers", words, "a literal", literal, 6)


def over_hits(peer: Path, mib: int) -> Iterator[Figure]:
    every = mib * MIB // 1_000_000 - 1  # odd, so that hits lie at all places of a word
    with filled(peer, f"random:{mib}:{NEEDLE.hex()}:{every}", f"random:{mib}") as (full, empty):
        work, base = search(full, Pattern.raw(NEEDLE)), search(empty, Pattern.raw(NEEDLE))
        yield compare(f"scan: {work():,} hits counted", work, "none", base, 6)


def over_sparse(peer: Path) -> Iterator[Figure]:
    with filled(peer, "sparse:65536:64", "random:64") as (sparse, dense):
        work, base = search(sparse, Pattern.raw(NEEDLE)), search(dense, Pattern.raw(NEEDLE))
        yield compare("scan: 64 MiB touched of 64 GiB", work, "64 MiB dense", base, 1.5)


def figures(mib: int = 512) -> Iterator[Figure]:
    """The table of the search engine."""
    with peer_program() as peer:
        yield from over_random(peer, mib)
        yield from over_small_integers(peer, mib)
        yield from over_hits(peer, 512)
        yield from over_sparse(peer)


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 512
    print("numpy is", "used" if load_numpy(size * MIB) else "not installed")
    print("patterns are looked for by:", load_library().reason)
    for figure in figures(size):
        print(f"{figure.work:<42} {figure.ours:8.3f} s {figure.ratio:7.2f} times {figure.against}, ", end="")
        print(f"at most {figure.at_most}", flush=True)
