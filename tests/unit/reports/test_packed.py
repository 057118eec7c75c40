"""Points in columns say what the list says, for any reports."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

from city.kernel.clock import HUE, stamp
from city.kernel.ids import ulid
from city.reports.packed import SCALE, pack
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
CARDS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.datetimes(datetime(2020, 1, 1), datetime(2026, 11, 26)).map(
                lambda at: ulid(at.replace(tzinfo=UTC), 7)
            ),
            "cat": st.sampled_from(["roads", "waste", "drainage"]),
            "state": st.sampled_from(["RECEIVED", "IN_PROGRESS", "RESOLVED", "CLOSED"]),
            "lat": st.floats(15.9, 16.8),
            "lon": st.floats(107.0, 108.3),
            "due": st.none() | st.integers(-9, 9).map(lambda d: stamp(NOW + timedelta(days=d))),
        }
    ),
    max_size=30,
)


@given(CARDS)
def test_columns_unfold_into_the_cards(cards: list[dict[str, object]]) -> None:
    made = pack(cards, stamp(NOW), None)
    columns = (made.lat, made.lon, made.day, made.category, made.state, made.late)
    assert {len(c) for c in columns} == {len(cards)}
    unfolded = zip(accumulate(made.lat), accumulate(made.lon), accumulate(made.day), strict=True)
    for i, (lat, lon, day) in enumerate(unfolded):
        card = cards[i]
        assert abs(lat / SCALE - float(str(card["lat"]))) <= 0.5 / SCALE + 1e-9
        assert abs(lon / SCALE - float(str(card["lon"]))) <= 0.5 / SCALE + 1e-9
        assert datetime(1970, 1, 1, tzinfo=HUE) + timedelta(days=day) <= NOW
        assert made.categories[made.category[i]] == card["cat"]
        assert made.states[made.state[i]] == card["state"]


def test_late_is_past_due_and_not_over() -> None:
    due = {"past": stamp(NOW - timedelta(hours=1)), "ahead": stamp(NOW + timedelta(hours=1))}
    at = ulid(NOW, 7)
    base = {"id": at, "cat": "roads", "lat": 16.4, "lon": 107.5}
    cards = [
        {**base, "state": "IN_PROGRESS", "due": due["past"]},
        {**base, "state": "IN_PROGRESS", "due": due["ahead"]},
        {**base, "state": "RESOLVED", "due": due["past"]},
        {**base, "state": "RECEIVED", "due": None},
    ]
    assert pack(cards, stamp(NOW), None).late == [1, 0, 0, 0]
