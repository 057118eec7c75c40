"""Polygons: validity against shapely, and that simplifying never loses anybody."""

import math
from random import Random

import pytest
from alerts_world import SQUARE, hue
from city.alerts.model import Area
from city.alerts.outward import simplified
from city.alerts.places import _cross, concerns, drawn, holds, outlines, settled
from city.alerts.shapes import (
    MAX_VERTICES,
    circle_ring,
    hull,
    ring_holds,
    simple,
    to_grid,
    to_ring,
    touch,
)
from city.kernel.clock import local_date
from city.kernel.geo import distance_m
from city.kernel.problems import Invalid
from city.kernel.text import Text
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPoint, Polygon
from world import MONDAY

TODAY = local_date(MONDAY)
SMALL = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=3, max_size=9)


def star(n: int, seed: int, rough: float, stretch: float = 1.0) -> list[tuple[float, float]]:
    """A jagged ring around Huế that does not cross itself."""
    random = Random(seed)
    turns = sorted(random.random() * 2 * math.pi for _ in range(n))
    ring = []
    for turn in turns:
        reach = 0.05 + 0.05 * rough * random.random()
        ring.append((16.4 + reach * math.sin(turn), 107.5 + stretch * reach * math.cos(turn)))
    return [*ring, ring[0]]


@settings(max_examples=400, deadline=None)
@given(SMALL)
def test_validity_is_what_shapely_says(points: list[tuple[int, int]]) -> None:
    cleaned = to_grid([(y / 100_000, x / 100_000) for x, y in points])
    known = len(cleaned) >= 3 and Polygon(cleaned).is_valid
    assert simple(cleaned) == known


@settings(max_examples=40, deadline=None)
@given(
    st.integers(101, 260),
    st.integers(0, 10_000),
    st.sampled_from([0.02, 0.3, 1.0]),
    st.sampled_from([1.0, 0.2]),
)
def test_the_simplified_polygon_contains_the_drawn_one(
    n: int, seed: int, rough: float, stretch: float
) -> None:
    ring = star(n, seed, rough, stretch)
    if not simple(to_grid(ring)):
        return
    for limit in (MAX_VERTICES, 12, 5):
        made = simplified(ring, limit)
        assert len(made) <= limit and made[0] == made[-1]
        drawn_shape, made_shape = Polygon(to_grid(ring)), Polygon(to_grid(made))
        assert made_shape.is_valid
        assert made_shape.covers(drawn_shape)


@settings(max_examples=150, deadline=None)
@given(SMALL)
def test_small_polygons_with_flat_and_touching_corners_survive_too(
    points: list[tuple[int, int]],
) -> None:
    ring = [(y / 100_000, x / 100_000) for x, y in points]
    if simple(to_grid(ring)):
        made = simplified(ring, 5)
        assert len(made) <= 5
        assert Polygon(to_grid(made)).covers(Polygon(to_grid(ring)))


def test_a_spiral_whose_dents_are_deep_is_contained() -> None:
    turns = [i * 2 * math.pi / 60 for i in range(150)]
    out = [(16.4 + 0.004 * t * math.sin(t), 107.5 + 0.004 * t * math.cos(t)) for t in turns[30:]]
    back = [
        (16.4 + 0.0035 * t * math.sin(t), 107.5 + 0.0035 * t * math.cos(t))
        for t in reversed(turns[30:])
    ]
    ring = [*out, *back]
    assert simple(to_grid(ring))
    made = simplified(ring)
    assert Polygon(to_grid(made)).covers(Polygon(to_grid(ring)))
    assert len(made) <= MAX_VERTICES


def test_two_thousand_positions_become_a_hundred_and_what_is_short_stays() -> None:
    assert len(simplified(star(1500, 1, 1.0))) == MAX_VERTICES
    short = star(40, 2, 1.0)
    assert sorted(simplified(short)[:-1]) == sorted(to_ring(to_grid(short))[:-1])


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=3, max_size=40))
def test_the_hull_is_shapelys(points: list[tuple[int, int]]) -> None:
    known = MultiPoint(points).convex_hull
    if isinstance(known, Polygon):
        assert Polygon(hull(points)).equals(known)


def test_crossing_far_and_overlong_drawings_are_refused() -> None:
    bow = [(16.4, 107.5), (16.5, 107.6), (16.5, 107.5), (16.4, 107.6)]
    swapped = [(lon, lat) for lat, lon in SQUARE]
    for ring in (bow, swapped, bow[:2], star(3000, 3, 0.5)):
        with pytest.raises(Invalid):
            drawn([ring])
    with pytest.raises(Invalid):
        drawn([SQUARE] * 21)  # type: ignore[list-item]


def test_an_area_needs_units_that_exist_and_says_which_it_touches() -> None:
    words = Text(vi="x", en="x")
    for bad in (
        Area(name=words),
        Area(name=words, units=("99999",)),
        Area(name=words, circles=((107.5, 16.4, 100.0),)),
        Area(name=words, circles=((16.4, 107.5, -1.0),)),
    ):
        with pytest.raises(Invalid):
            settled(bad, hue(), TODAY)
    known = hue().boundaries(TODAY)
    assert known is not None
    made = settled(Area(name=words, polygons=(tuple((a, b) for a, b in SQUARE),)), hue(), TODAY)
    shape = Polygon([(lon, lat) for lat, lon in SQUARE])
    met = {
        b.code for b in known.boundaries if any(Polygon(p[0]).intersects(shape) for p in b.polygons)
    }
    assert set(made.touched) == met and met


def test_outlines_of_units_contain_them_and_stop_at_what_a_message_holds() -> None:
    known = hue().boundaries(TODAY)
    assert known is not None
    codes = [b.code for b in known.boundaries]
    for boundary in known.boundaries:
        rings = outlines([boundary.code], hue(), TODAY)
        for polygon in boundary.polygons:
            inner = Polygon(to_grid([(lat, lon) for lon, lat in polygon[0]]))
            if inner.is_valid:
                assert any(Polygon(to_grid(r)).covers(inner) for r in rings)
        assert all(len(ring) <= MAX_VERTICES for ring in rings)
    assert outlines(codes, hue(), TODAY) == ()


def test_a_point_is_held_by_drawing_circle_unit_or_city() -> None:
    words = Text(vi="x", en="x")
    square = tuple((a, b) for a, b in SQUARE)
    assert holds(Area(name=words, polygons=(square,)), 16.46, 107.56, None)
    assert not holds(Area(name=words, polygons=(square,)), 16.40, 107.56, None)
    assert holds(Area(name=words, circles=((16.46, 107.56, 500.0),)), 16.461, 107.561, None)
    assert not holds(Area(name=words, circles=((16.46, 107.56, 500.0),)), 16.47, 107.56, None)
    assert holds(Area(name=words, units=("19774",)), 0, 0, "19774")
    assert not holds(Area(name=words, units=("19774",)), 0, 0, None)
    assert holds(Area(name=words, whole_city=True), 16.4, 107.5, None)
    assert concerns(Area(name=words, polygons=(square,), touched=("19774",)), "19774")


@given(st.floats(50, 50_000), st.floats(0, 6.28))
def test_a_circle_drawn_as_a_polygon_contains_it(metres: float, turn: float) -> None:
    lat, lon = 16.4, 107.6
    reach = metres * 0.999
    point = (
        lat + math.degrees(reach / 6_371_008.8) * math.sin(turn),
        lon + math.degrees(reach / 6_371_008.8) / math.cos(math.radians(lat)) * math.cos(turn),
    )
    if distance_m(lat, lon, *point) <= reach:
        assert ring_holds(*point, circle_ring((lat, lon, metres)))


@settings(max_examples=100, deadline=None)
@given(SMALL, SMALL, st.integers(0, 9))
def test_outlines_meet_where_any_two_of_their_edges_do(
    one: list[tuple[int, int]], other: list[tuple[int, int]], aside: int
) -> None:
    moved = [(x + aside, y + aside // 2) for x, y in other]
    edges = [list(zip((ring[-1], *ring), ring, strict=False)) for ring in (one, moved)]
    assert _cross(one, moved) == any(touch(*a, *b) for a in edges[0] for b in edges[1])
