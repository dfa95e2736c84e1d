"""Leaks: of random graphs against brute force, and of a program that knows which blocks nothing leads to."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ptatlas.core.blocks.block import FREE, OWN, USED
from ptatlas.core.blocks.table import BlockArena, BlockRegion, Blocks, BlockTable
from ptatlas.core.inferior import Inferior
from ptatlas.core.opening import open_process
from ptatlas.core.ranges import align_up
from ptatlas.core.references.leaks import Leaks, find_leaks
from ptatlas.core.sources.fixed import FixedRegisters
from support.blocks import found_in
from support.children import Child
from support.mapped import mapped
from support.points import Points, points_program

pytest.importorskip("numpy")

MAP = """
00400000-00401000 r-xp 00000000 08:01 9 /prog
00401000-00402000 rw-p 00001000 08:01 9 /prog
00500000-{end:08x} rw-p 00000000 00:00 0 [heap]
00700000-00701000 rw-p 00000000 00:00 0
"""
GLOBALS, HEAP, OTHER, PAGE = 0x401000, 0x500000, 0x700000, 4096


class Node(NamedTuple):
    """A block: its size in words, its state, and the words in it, each a number of a block and an offset."""

    words: int
    state: int
    points_to: list[tuple[int, int]]


class Graph(NamedTuple):
    nodes: list[Node]
    globals: list[tuple[int, int]]
    others: list[tuple[int, int]]
    registers: list[tuple[int, int]]


@st.composite
def graphs(draw) -> Graph:
    count = draw(st.integers(1, 9))
    # An offset may be right behind the block, or in the header before it: neither points to it.
    pointer = st.tuples(st.integers(0, count - 1), st.sampled_from([0, 0, 0, 8, 15, -1, 1000]))
    node = st.builds(
        Node,
        st.integers(1, 4),
        st.sampled_from([USED, USED, USED, USED, FREE, OWN]),
        st.lists(pointer, max_size=3),
    )
    few = st.lists(pointer, max_size=2)
    return Graph(draw(st.lists(node, min_size=count, max_size=count)), draw(few), draw(few), draw(few))


class Made(NamedTuple):
    inferior: Inferior
    blocks: Blocks
    starts: list[int]


def made(graph: Graph, word_size: int = 8, endian: str = "little") -> Made:
    starts, at = [], HEAP + 64
    for node in graph.nodes:
        starts.append(at)
        at += 8 * node.words + 8
    code = {4: "I", 8: "Q"}[word_size]
    layout = ("<" if endian == "little" else ">") + code

    def packed(pointers: Iterable[tuple[int, int]], size: int) -> bytes:
        values = [value(starts, graph, pointer) for pointer in pointers]
        content = b"".join(struct.pack(layout, one) for one in values)
        return content[:size].ljust(size, b"\0")

    end = align_up(at, PAGE)
    heap, table = bytearray(end - HEAP), BlockTable()
    for start, node in zip(starts, graph.nodes):
        size = 8 * node.words
        table.add(start, size, node.state)
        heap[start - HEAP : start - HEAP + size] = packed(node.points_to, size)
    content = {GLOBALS: packed(graph.globals, PAGE), HEAP: bytes(heap), OTHER: packed(graph.others, PAGE)}
    registers = FixedRegisters(
        [(1, {f"r{n}": value(starts, graph, one) for n, one in enumerate(graph.registers)})]
    )
    inferior = mapped(MAP.format(end=end), content, word_size=word_size, endian=endian, registers=registers)
    region = BlockRegion(HEAP, end, 0, 0, len(table))
    return Made(inferior, Blocks("made", table, [region], [BlockArena(0, "all")], ()), starts)


def value(starts: list[int], graph: Graph, pointer: tuple[int, int]) -> int:
    number, offset = pointer
    return starts[number] + (8 * graph.nodes[number].words if offset == 1000 else offset)


def targets(graph: Graph, pointers: Iterable[tuple[int, int]]) -> set[int]:
    return {
        number
        for number, offset in pointers
        if 0 <= offset < 8 * graph.nodes[number].words and graph.nodes[number].state == USED
    }


def reached(graph: Graph, seeds: Iterable[int], word_size: int) -> set[int]:
    found, todo = set(seeds), list(seeds)
    while todo:
        node = graph.nodes[todo.pop()]
        more = targets(graph, node.points_to[: 8 * node.words // word_size]) - found
        found |= more
        todo += more
    return found


def assert_right(graph: Graph, given: Made, leaks: Leaks, word_size: int = 8) -> None:
    used = {number for number, node in enumerate(graph.nodes) if node.state == USED}
    proven = reached(graph, targets(graph, [*graph.globals, *graph.registers]), word_size)
    held = reached(graph, proven | targets(graph, graph.others), word_size)
    lost = used - held
    sizes = [8 * node.words for node in graph.nodes]
    assert leaks.total == (len(lost), sum(sizes[one] for one in lost))
    assert leaks.by_other.blocks == len(held - proven)
    assert leaks.in_use.blocks == len(used)
    leaders = [given.starts.index(leader.start) for leader in leaks.leaders]
    assert leaders == sorted(set(leaders))
    assert all(leader.size == sizes[one] for one, leader in zip(leaders, leaks.leaders))
    # Each stands for a ring, or a block, that no other leaked block leads into; together they lead to all.
    leads = {one: reached(graph, [one], word_size) for one in lost}
    for one in leaders:
        assert all(other in leads[one] for other in lost if one in leads[other])
    assert not any(one in leads[other] for one in leaders for other in leaders if one != other)
    assert set().union(*(leads[one] for one in leaders)) & lost == lost
    assert sum(1 + leader.held.blocks for leader in leaks.leaders) == len(lost)
    assert sum(leader.size + leader.held.bytes for leader in leaks.leaders) == leaks.total.bytes


@pytest.mark.parametrize("uses_numpy", [False, True], ids=["plain", "numpy"])
@given(graph=graphs())
@settings(max_examples=120, deadline=None)
def test_random_graphs_have_the_leaks_that_brute_force_finds(uses_numpy, graph):
    given = made(graph)
    assert_right(graph, given, find_leaks(given.inferior, [given.blocks], uses_numpy=uses_numpy))


@pytest.mark.parametrize("uses_numpy", [False, True], ids=["plain", "numpy"])
@given(graph=graphs())
@settings(max_examples=25, deadline=None)
def test_so_do_those_of_other_machines(uses_numpy, graph):
    given = made(graph, 4, "big")
    assert_right(graph, given, find_leaks(given.inferior, [given.blocks], uses_numpy=uses_numpy), 4)


@pytest.mark.parametrize("uses_numpy", [False, True], ids=["plain", "numpy"])
@pytest.mark.parametrize("count", [70, 3000])
def test_long_chains_and_wide_trees_are_followed_to_their_ends(uses_numpy, count):
    """Chains are walked by Python, what is wide by numpy: both change over to the other."""
    chain = [Node(2, USED, [(n + 1, 0)]) for n in range(count - 1)]
    wide = [Node(2, USED, [(count + 2 * n + 1, 0), (count + 2 * n + 2, 0)]) for n in range(count // 2)]
    leaves = [Node(2, USED, []) for _ in range(count)]
    nodes = [*chain, Node(2, USED, [(count, 0)]), *wide, *leaves]
    nodes = [
        node._replace(points_to=[one for one in node.points_to if one[0] < len(nodes)]) for node in nodes
    ]
    graph = Graph(nodes, [(0, 0)], [], [])
    given = made(graph)
    assert_right(
        graph._replace(nodes=nodes), given, find_leaks(given.inferior, [given.blocks], uses_numpy=uses_numpy)
    )


def test_a_made_up_pointer_with_a_tag_counts_where_tags_do_not():
    graph = Graph([Node(1, USED, [])], [], [], [])
    given = made(graph)
    tagged = struct.pack("<Q", given.starts[0] | 0x5A << 56)
    target = mapped(
        MAP.format(end=HEAP + PAGE),
        {GLOBALS: tagged.ljust(PAGE, b"\0"), HEAP: bytes(PAGE), OTHER: bytes(PAGE)},
    ).target
    for ignored, lost in ((0xFF << 56, 0), (0, 1)):
        inferior = Inferior(replace(target, arch=target.arch._replace(ignored_bits=ignored)))
        for uses_numpy in (False, True):
            assert find_leaks(inferior, [given.blocks], uses_numpy=uses_numpy).total.blocks == lost


def test_what_cannot_be_read_is_told():
    graph = Graph([Node(1, USED, [])], [(0, 0)], [], [])
    given = made(graph)
    inferior = mapped(MAP.format(end=HEAP + PAGE), {GLOBALS: bytes(2048), HEAP: bytes(PAGE)})
    coverage = find_leaks(inferior, [given.blocks]).coverage
    assert [part.range for part in coverage.unreadable] == [
        (GLOBALS + 2048, GLOBALS + PAGE),
        (OTHER, OTHER + PAGE),
    ]
    assert coverage.searched == PAGE + 2048


@pytest.mark.parametrize("uses_numpy", [False, True], ids=["plain", "numpy"])
def test_a_program_s_own_leaks_are_found_and_no_others(build_dir, uses_numpy):
    with Child(points_program(build_dir)) as child:
        points, inferior = Points.of(child.facts), open_process(child.pid)
        registers = FixedRegisters([(child.pid, {"r15": points.held["in register"]})])
        inferior = Inferior(replace(inferior.target, registers=registers))
        leaks = find_leaks(inferior, [found_in(inferior)], uses_numpy=uses_numpy)
    assert leaks.total.blocks == len(points.lost)
    names = dict(points.lost)
    assert sorted((names[one.start], one.held.blocks) for one in leaks.leaders) == [
        ("in freed", 0),
        ("lone", 0),
        ("lone", 0),
        ("lone", 0),
        ("lost large", 1),
        ("lost of other arena", 0),
        ("ring", 2),
        ("tree", 4),
    ]
    assert leaks.has_registers
