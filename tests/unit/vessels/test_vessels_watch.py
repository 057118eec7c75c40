"""States by the clock: the ladder of silence, the radio's pause, a provider's outage."""

from datetime import timedelta

import pytest
from city.kernel.clock import local_date
from city.vessels.model import HOUR_MS, MINUTE_MS, State
from city.vessels.moments import millis
from city.vessels.sailing import Memory, folded
from city.vessels.watch import Outage, Sign, Told, covers, outage_since, sign, view
from hypothesis import given
from hypothesis import strategies as st
from vessels_world import BOOK, PORT, T0, fix

LONG, MIDDLE, SHORT = (BOOK.boat[b] for b in ("tau-006", "tau-001", "tau-005"))
LIMITS = BOOK.limits_on(local_date(T0))
OUT = folded(BOOK, LONG, Memory(), [fix("tau-006", T0)])
START = millis(T0)


def state(hours: float, told: Told | None = None, outages: tuple[Outage, ...] = ()) -> State:
    now = T0 + timedelta(hours=hours)
    return view(BOOK, LONG, OUT, told or Told(), outages, now).state


@pytest.mark.parametrize(
    ("hours", "wanted"),
    [(0, "AT_SEA"), (3, "AT_SEA"), (3.01, "LATE"), (6, "LATE"), (6.01, "SILENT_6H"),
     (24, "SILENT_6H"), (24.01, "SILENT_24H"), (240, "SILENT_24H"), (240.01, "SILENT_10D")],
)  # fmt: skip
def test_the_ladder(hours: float, wanted: str) -> None:
    assert state(hours) == wanted


def test_a_boat_of_15_to_24_metres_has_three_hours() -> None:
    memory = folded(BOOK, MIDDLE, Memory(), [fix("tau-001", T0)])
    for hours, wanted in ((4.5, State.AT_SEA), (4.51, State.LATE)):
        assert view(BOOK, MIDDLE, memory, Told(), (), T0 + timedelta(hours=hours)).state is wanted


def test_a_short_boat_and_a_boat_in_port_owe_nothing() -> None:
    short = folded(BOOK, SHORT, Memory(), [fix("tau-005", T0, by="ais")])
    month = T0 + timedelta(days=30)
    assert view(BOOK, SHORT, short, Told(), (), month).state is State.AT_SEA
    moored = folded(BOOK, LONG, Memory(), [fix("tau-006", T0, PORT)])
    assert view(BOOK, LONG, moored, Told(), (), month).state is State.IN_PORT
    # the port's book says that it left with its device off: silence counts from then
    left = Told(departed=millis(month))
    later = month + timedelta(hours=7)
    assert view(BOOK, LONG, moored, left, (), later).state is State.SILENT_6H


def test_a_boat_seen_by_ais_alone_is_silent_since_it_sailed() -> None:
    memory = folded(
        BOOK, LONG, Memory(), [fix("tau-006", T0 + timedelta(hours=h), by="ais") for h in (0, 5)]
    )
    assert view(BOOK, LONG, memory, Told(), (), T0 + timedelta(hours=7)).state is State.SILENT_6H


def test_radio_pauses_six_hours_and_never_the_ten_days() -> None:
    told = Told(radio=START + 7 * HOUR_MS)
    assert state(7.5, told) is State.REPORTED_BY_RADIO
    assert state(13, told) is State.REPORTED_BY_RADIO
    assert state(13.01, told) is State.SILENT_6H  # the next report did not come
    again = Told(radio=START + 239 * HOUR_MS)
    assert state(240, again) is State.REPORTED_BY_RADIO
    assert state(241, again) is State.SILENT_10D


def signs(late_minutes: list[int], at_sea: int) -> list[Sign]:
    """Boats that became late so many minutes after T0, and others that are not late."""
    late = [
        Sign(boat=f"b{i}", vendor="v", last=0, late_at=START + m * MINUTE_MS)
        for i, m in enumerate(late_minutes)
    ]
    fine = [
        Sign(boat=f"f{i}", vendor="v", last=0, late_at=START + 10_000 * MINUTE_MS)
        for i in range(at_sea - len(late))
    ]
    return late + fine


def test_an_outage_is_a_fifth_within_half_an_hour() -> None:
    now = START + 600 * MINUTE_MS
    assert outage_since(signs([0, 10, 30], 15), LIMITS, now) == START
    assert outage_since(signs([0, 10, 31], 15), LIMITS, now) is None  # spread out
    assert outage_since(signs([0, 10, 30], 16), LIMITS, now) is None  # less than a fifth
    assert outage_since(signs([0, 10], 2), LIMITS, now) is None  # two boats are no fleet
    assert outage_since(signs([0, 60, 120, 180], 8), LIMITS, now) == START  # half of them


def test_whose_silence_an_outage_explains() -> None:
    outage = Outage(id="o", vendor="v", since=START, found=START, late=5, at_sea=9)
    mine = Sign(boat="b", vendor="v", last=0, late_at=START + HOUR_MS)
    assert covers(outage, mine, LIMITS)
    before = mine.model_copy(update={"late_at": START - HOUR_MS})
    assert not covers(outage, before, LIMITS)  # it was silent by itself
    assert not covers(outage, mine.model_copy(update={"vendor": "w"}), LIMITS)
    ended = outage.model_copy(update={"ended": START + 30 * MINUTE_MS})
    assert not covers(ended, mine, LIMITS)


@given(st.integers(0, 300), st.none() | st.integers(0, 300))
def test_nobody_is_silent_because_of_an_outage(hours: int, lasted: int | None) -> None:
    """While it stands no boat of the vendor escalates; afterwards the clock starts again."""
    late = sign(BOOK, LONG, OUT, Told(), T0)
    assert late is not None
    ended = None if lasted is None else late.late_at + lasted * HOUR_MS
    vendor = LONG.devices[0].vendor
    outage = Outage(
        id="o", vendor=vendor, since=late.late_at, found=0, late=3, at_sea=9, ended=ended
    )
    at = T0 + timedelta(hours=hours)
    found = view(BOOK, LONG, OUT, Told(), (outage,), at).state
    if ended is None:
        assert found in (State.AT_SEA, State.OUTAGE)
    elif millis(at) - ended <= 6 * HOUR_MS:
        assert found in (State.AT_SEA, State.LATE)
    else:
        assert found.value.startswith("SILENT")
