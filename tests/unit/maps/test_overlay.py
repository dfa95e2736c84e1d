"""overlay: two maps cut each other into pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.overlay import overlay

SPAN = 40


def maps(draw_edges: list[int]) -> list[Area]:
    """Areas between every other pair of edges."""
    edges = sorted(set(draw_edges))
    return [Area(start, end) for start, end in zip(edges[::2], edges[1::2])]


edges = st.lists(st.integers(0, SPAN), max_size=12).map(maps)


def area_at(areas: list[Area], address: int) -> object:
    return next((area for area in areas if address in area), None)


@given(left=edges, right=edges, delta=st.integers(-5, 5))
def test_each_address_has_the_areas_that_it_has(left: list[Area], right: list[Area], delta: int) -> None:
    pieces = list(overlay(left, right, delta))
    for address in range(-10, SPAN + 10):
        expected = area_at(left, address), area_at(right, address + delta)
        found = [piece[2:] for piece in pieces if piece.start <= address < piece.end]
        assert found == ([expected] if expected != (None, None) else [])


def test_the_top_of_the_address_space_is_a_border_like_others() -> None:
    top = 1 << 64
    (piece,) = overlay([Area(top - 1, top)], [Area(top - 1, top)])
    assert (piece.start, piece.end) == (top - 1, top)
