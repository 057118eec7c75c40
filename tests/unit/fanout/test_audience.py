"""Nobody missed, nobody twice: the arrays against one person at a time."""

import numpy as np
import pytest
from city.fanout.audience import (
    Area,
    Circle,
    Snapshot,
    Wanted,
    asleep,
    build,
    joined,
    resolve,
    sizes,
)
from city.fanout.slices import SLICE, SLICE_SHARDS, cut, manifest, part
from city.kernel.geo import distance_m, in_ring
from fanout_world import KINDS, ROLES, subscriber
from hypothesis import given
from hypothesis import strategies as st

PEOPLE = [subscriber(n).model_copy(update={"roles": frozenset({ROLES[n % 3]})}) for n in range(600)]
SNAPSHOT = build("t", [p.subscriber() for p in PEOPLE], KINDS, ROLES)
coordinates = st.tuples(st.floats(16.38, 16.52), st.floats(107.48, 107.95))


@given(
    units=st.frozensets(st.sampled_from(["u0", "u1", "u2", "u3", "nowhere"]), max_size=3),
    ring=st.lists(coordinates, min_size=3, max_size=9),
    circle=st.builds(Circle, st.floats(16.4, 16.5), st.floats(107.5, 107.9), st.floats(1, 9000)),
    roles=st.none() | st.frozensets(st.sampled_from(ROLES), min_size=1),
)
def test_arrays_and_one_person_at_a_time_agree(
    units: frozenset[str], ring: list[tuple[float, float]], circle: Circle,
    roles: frozenset[str] | None,
) -> None:  # fmt: skip
    found = resolve(SNAPSHOT, Wanted(Area(units, (tuple(ring),), (circle,)), roles))
    closed = [(lon, lat) for lat, lon in [*ring, ring[0]]]
    expected = [
        i
        for i, p in enumerate(PEOPLE)
        if (roles is None or roles & p.roles)
        and any(
            place.unit in units
            or in_ring(place.lat, place.lon, closed)
            or distance_m(place.lat, place.lon, circle.lat, circle.lon) <= circle.radius_m
            for place in p.places
        )
    ]
    assert found.tolist() == expected


def test_somebody_with_three_places_hears_once() -> None:
    places = tuple(subscriber(n).places[0] for n in (0, 4, 8))
    one = build("t", [subscriber(0, places=places).subscriber()], KINDS, ROLES)
    assert resolve(one, Wanted(Area(frozenset({"u0"})))).tolist() == [0]


def test_what_is_muted_is_silent_unless_extreme() -> None:
    deaf = subscriber(1)
    deaf = deaf.model_copy(
        update={"preferences": deaf.preferences.model_copy(update={"muted": {"flood"}})}
    )
    one = build("t", [deaf.subscriber()], KINDS, ROLES)
    everywhere = Area(everywhere=True)
    assert len(resolve(one, Wanted(everywhere, kind="flood"))) == 0
    assert len(resolve(one, Wanted(everywhere, kind="storm"))) == 1
    assert len(resolve(one, Wanted(everywhere, kind="flood", overrides_mute=True))) == 1


def test_an_exercise_reaches_only_those_who_enrolled() -> None:
    enrolled = subscriber(1)
    enrolled = enrolled.model_copy(
        update={"preferences": enrolled.preferences.model_copy(update={"exercise": True})}
    )
    two = build("t", [enrolled.subscriber(), subscriber(2).subscriber()], KINDS, ROLES)
    found = resolve(two, Wanted(Area(everywhere=True), exercise=True, overrides_mute=True))
    assert [two.ids[i].decode() for i in found] == ["user-000001"]


@pytest.mark.parametrize(
    ("quiet", "hour", "sleeps"),
    [((22, 6), 23, True), ((22, 6), 5, True), ((22, 6), 6, False), ((22, 6), 21, False),
     ((13, 15), 13, True), ((13, 15), 15, False), ((0, 0), 3, False)],
)  # fmt: skip
def test_quiet_hours(quiet: tuple[int, int], hour: int, sleeps: bool) -> None:
    who = subscriber(1)
    told = who.preferences.model_copy(update={"quiet_from": quiet[0], "quiet_to": quiet[1]})
    one = build("t", [who.model_copy(update={"preferences": told}).subscriber()], KINDS, ROLES)
    assert asleep(one, np.array([0], dtype=np.uint32), hour).tolist() == [sleeps]


def test_shards_one_after_another_are_the_whole() -> None:
    people = [p.subscriber() for p in PEOPLE]
    parts = [build("p", people[:100], KINDS, ROLES), build("p", people[100:], KINDS, ROLES)]
    whole = Snapshot.loads(joined("t", parts).dumps())
    for name in ("ids", "roles", "place_person", "place_unit", "device_person"):
        assert (getattr(whole, name) == getattr(SNAPSHOT, name)).all()
    assert whole.unit_names == SNAPSHOT.unit_names


@given(
    st.sets(st.integers(0, 40_000), max_size=4000),
    st.sets(st.integers(1, 40_000), max_size=300),
)
def test_slices_cover_everybody_once_and_stay_bounded(people: set[int], borders: set[int]) -> None:
    persons = np.array(sorted(people), dtype=np.uint32)
    starts = np.array([0, *sorted(borders)], dtype=np.uint32)
    pieces = list(cut(persons, starts))
    assert [p for first, last in pieces for p in persons[first:last]] == sorted(people)
    for first, last in pieces:
        shards = np.searchsorted(starts, persons[first:last], side="right")
        assert 0 < last - first <= SLICE
        assert len(np.unique(shards)) <= SLICE_SHARDS
    raw = manifest(persons)
    assert part(raw[4 * 2 : 4 * 9]).tolist() == persons[2:9].tolist()


def test_a_preview_counts_people_and_devices() -> None:
    counted = sizes(SNAPSHOT, resolve(SNAPSHOT, Wanted(Area(frozenset({"u1"})))))
    assert counted == {
        "people": 150, "vi": 150, "en": 0, "webpush": 150, "fcm": 0, "sms": 0, "email": 0,
        "inbox_only": 0,
    }  # fmt: skip
