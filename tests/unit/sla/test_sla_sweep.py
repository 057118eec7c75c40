"""The sweep: every rung once, whatever happens; only due rows are read."""

import itertools
from datetime import datetime, timedelta

import pytest
from city.adapters.table_memory import MemoryTable
from city.sla.model import RUNGS
from city.sla.rules import ladder
from city.sla.service import SweepIncomplete
from mortal import Died, MortalTable
from sla_world import NOON, Bus, City, CountingTable, end_of, state, weekdays

AFTER = timedelta(seconds=1)
LATER = end_of("2026-03-31")
LADDER = [("R1", 1, rung) for rung in RUNGS]


def test_each_rung_in_its_time() -> None:
    city = City()
    city.follow(3, state())
    for n, (rung, instant) in enumerate(ladder(city.days, state()).items()):
        assert city.sweep(instant) == 0  # reached only strictly after its instant
        assert city.sweep(instant + AFTER) == 1
        assert city.sweep(instant + AFTER) == 0
        assert city.bus.said == LADDER[: n + 1]
        assert city.bus.events[-1].data["rung"] == rung
    assert city.pointers() == []
    held = city.clocks.get("R1", 1)
    assert held and held.clock.rungs == RUNGS


def test_missed_rungs_are_each_said_once_in_order() -> None:
    city = City()
    city.follow(3, state())
    assert city.sweep(LATER) == 1
    assert city.bus.said == LADDER
    assert [event.data["at"] for event in city.bus.events] == ["2026-03-31T16:59:59Z"] * 4


def test_two_sweeps_at_once_say_it_once() -> None:
    class Overtaken(MemoryTable):
        def __init__(self) -> None:
            super().__init__()
            self.armed = False

        def get_many(self, keys):  # type: ignore[no-untyped-def]
            found = super().get_many(keys)
            if self.armed:
                self.armed = False
                other.sweep(LATER)
            return found

    table = Overtaken()
    bus = Bus()
    city, other = City(table, bus=bus), City(table, bus=bus)
    city.follow(3, state())
    table.armed = True
    assert city.sweep(LATER) == 0
    assert len(bus.events) == 4 and bus.said == LADDER


def test_the_event_id_depends_on_the_promise_only() -> None:
    ids = []
    for now in (LATER, LATER + timedelta(days=3)):
        city = City()
        city.follow(3, state())
        city.sweep(now)
        ids.append([event.id for event in city.bus.events])
    assert ids[0] == ids[1] and len(set(ids[0])) == 4


def test_a_new_due_time_is_a_new_ladder_and_an_old_one_keeps_its_rungs() -> None:
    city = City()
    city.follow(3, state())
    city.sweep(end_of("2026-03-11") + AFTER)
    assert city.bus.said == LADDER[:2]
    longer = state(due=end_of("2026-03-18"), original=end_of("2026-03-11"))
    city.follow(4, longer)
    assert city.sweep(end_of("2026-03-12")) == 0
    city.sweep(end_of("2026-03-18") + AFTER)
    due_days = [event.data["due_at"][:10] for event in city.bus.events]
    assert due_days == ["2026-03-11", "2026-03-11", "2026-03-18", "2026-03-18"]
    # the extension is taken back: what was said is not said again
    city.follow(5, state(), now=end_of("2026-03-18") + AFTER)
    city.sweep(end_of("2026-03-18") + 2 * AFTER)
    assert [d.data["rung"] for d in city.bus.events[4:]] == ["late_2", "late_5"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_commit_and_swept_again(when: str) -> None:
    def run(k: int) -> tuple[list[object], list[tuple[str, int, str]], bool]:
        memory, bus, died = MemoryTable(), Bus(), False
        City(memory).follow(3, state(), state(no=2, agency="ag-2"))
        mortal = City(MortalTable(memory, k, when), bus=bus)  # type: ignore[arg-type]
        try:
            mortal.sweep(LATER)
        except Died:
            died = True
        city = City(memory, bus=bus)
        city.sweep(LATER)
        city.sweep(LATER)  # sees the hours empty and moves the watermark
        city.relay(LATER)
        rows = [(row.pk, row.sk, row.doc) for row in memory.rows()]
        return [row for row in rows if row[0] != "SWEEP"], sorted(bus.said), died

    rows, said, _ = run(10_000)
    for k in itertools.count(1):
        got_rows, got_said, died = run(k)
        assert (got_rows, got_said) == (rows, said)
        if not died:
            assert k > 4
            break


def test_a_bus_that_is_down_loses_nothing() -> None:
    city = City()
    city.follow(3, state())
    city.bus.down = True
    assert city.sweep(LATER) == 1
    assert city.bus.said == []
    city.bus.down = False
    city.sweep(LATER)
    city.relay(LATER)
    assert sorted(city.bus.said) == sorted(LADDER)


def test_a_stop_that_wins_the_race_silences_the_clock() -> None:
    city = City()
    city.follow(3, state())
    city.follow(4, state(status="stopped"))
    assert city.sweep(LATER) == 0 and city.bus.events == []


def test_a_run_is_bounded_and_the_next_goes_on() -> None:
    city = City()
    for i in range(25):
        city.follow(3, state(), case=f"R{i:02}")
    done = [city.sweep(LATER, limit=10) for _ in range(4)]
    assert done == [10, 10, 5, 0]
    assert len(city.bus.said) == 100


def test_after_weeks_without_sweeps_the_runs_catch_up() -> None:
    city = City()
    city.follow(3, state())
    runs = 0
    while not city.bus.events:
        runs += 1
        city.sweep(LATER, hours_limit=100)
    assert runs == 2  # 191 hours from the first clock to its warning
    assert city.bus.said == LADDER


def test_the_watermark_stops_at_what_is_not_empty_and_before_unsettled_hours() -> None:
    def mark(city: City) -> str:
        row = city.clocks.watermark()
        assert row is not None
        return str(row.doc["hour"])

    city = City()
    assert city.sweep(NOON) == 0  # nothing ever ran: nothing to read
    city.follow(3, state())
    assert mark(city) == "2026030204"
    city.sweep(NOON + timedelta(hours=1))
    assert mark(city) == "2026030205"
    city.sweep(NOON + timedelta(hours=20))
    assert mark(city) == "2026030300"  # it is 01:00: the hour to 00:00 ended an hour ago
    city.bus.down = True
    city.sweep(LATER)
    assert mark(city) == "2026031004"  # the warning's own hour was not seen empty yet
    city.sweep(LATER, hours_limit=1_000)
    assert mark(city) == "2026033115"


def test_one_bad_clock_does_not_silence_the_others() -> None:
    city = City()
    december = end_of("2026-12-10")
    city.follow(3, state(start=december, due=end_of("2026-12-30")), case="BAD", now=december)
    city.follow(3, state(start=december, due=end_of("2026-12-22")), case="GOOD", now=december)
    city.days = weekdays(until="2026-12-31")
    with pytest.raises(SweepIncomplete):
        city.sweep(end_of("2026-12-30"))
    assert {case for case, _, _ in city.bus.said} == {"GOOD"}


def test_when_the_calendar_changes_only_the_pointer_moves() -> None:
    city = City()
    city.follow(3, state())
    city.sweep(end_of("2026-03-11") + AFTER)
    city.days = weekdays("2026-03-12")  # the government gives a day off: +2 days ends later
    assert city.sweep(end_of("2026-03-13") + AFTER) == 0
    (pointer,) = city.pointers()
    assert pointer.sk.startswith("2026-03-16T16:59:59")


def _tally(open_clocks: int, due: int, now: datetime) -> tuple[tuple[int, int, int], int]:
    memory = MemoryTable()
    filled = City(memory)
    for i in range(open_clocks):
        late = i < due
        clock = state() if late else state(due=end_of(f"2026-04-{1 + i % 28:02}"))
        filled.follow(3, clock, case=f"R{i:05}")
    counting = CountingTable(memory)
    escalated = City(counting).sweep(now)
    return counting.tally, escalated


def test_reads_touch_only_what_is_due() -> None:
    now = ladder(weekdays(), state())["warn_80"] + AFTER
    small, done = _tally(1_000, 100, now)
    large, done_too = _tally(4_000, 100, now)
    assert done == done_too == 100
    assert small == large
    reads, rows, _ = small
    assert rows == 1 + 100 + 100  # the watermark, the due pointers and their clocks
    assert reads == 1 + 194 + 1  # the hours since the first clock, and one batch of clocks
