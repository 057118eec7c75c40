"""Stored once, flagged and never deleted, rolled up by recomputing; rules see every reading."""

from datetime import date, timedelta
from typing import Any, Literal

import pytest
from city.adapters.outbox import Outbox
from city.adapters.table import Operation
from city.kernel.problems import Invalid, NotFound
from city.sensing import judging, service
from city.sensing.model import City, millis
from city.sensing.quality import judge
from city.sensing.rollup import merged, summary
from city.sensing.rules import Mark
from city.sensing.store import Store, Window, hour_of, raw_key
from hypothesis import given, settings
from hypothesis import strategies as st
from mortal import Died, MortalTable
from sensing_world import CITY, T0, World

LEVEL = "kim-long.water_level"
MINUTES = timedelta(minutes=10)


def raw(world: World, minutes: float = 0, stream: str = LEVEL) -> dict[str, object]:
    row = world.table.get(*raw_key(stream, millis(T0 + timedelta(minutes=minutes))))
    assert row is not None
    return row.doc


def test_a_reading_is_stored_once_and_lives_as_long_as_its_interval_says() -> None:
    world = World()
    for _ in range(2):
        world.send((LEVEL, T0, 1.2))
        world.work()
    rows = [row for row in world.memory.rows() if row.sk.startswith("T#")]
    assert len(rows) == 1
    assert rows[0].ttl == millis(T0) // 1000 + 90 * 86_400
    world.send(("ngap-ba-trieu.depth", T0, 0.0))
    world.work()
    short = world.table.get(*raw_key("ngap-ba-trieu.depth", millis(T0)))
    assert short is not None
    assert short.ttl == millis(T0) // 1000 + 14 * 86_400


def test_a_correction_has_a_higher_seq() -> None:
    world = World()
    world.send((LEVEL, T0, 1.2))
    world.work()
    world.send((LEVEL, T0, 1.5), seq=3)
    world.work()
    world.send((LEVEL, T0, 9.9), seq=2)
    world.work()
    assert (raw(world)["v"], raw(world)["seq"]) == (1.5, 3)


@pytest.mark.parametrize(
    ("values", "flag", "why"),
    [
        ([1.2, 900.0], 4, ["range"]), ([1.2, 2.9], 3, ["rate"]), ([1.2, 1.25], 1, None),
    ],
)  # fmt: skip
def test_flags(values: list[float], flag: int, why: list[str] | None) -> None:
    world = World()
    world.feed(LEVEL, values)
    assert (raw(world, 10)["q"], raw(world, 10).get("f")) == (flag, why)
    assert raw(world)["q"] == 2  # nothing to compare the first one with


def test_every_check() -> None:
    dust = CITY.parameter["pm25"].checks
    before = [(i * 60_000, 20.0) for i in range(12)]
    assert judge(dust, 720_000, 20.0, earlier=before).why == ("stuck",)
    assert judge(dust, 720_000, 20.1, earlier=before).flag == 1
    assert judge(dust, 720_000, 400.0, earlier=before, neighbours=[30, 35]).why == ("neighbour",)
    assert judge(dust, 720_000, 400.0, earlier=before, neighbours=[300, 350]).flag == 1
    assert judge(dust, 720_000, 400.0, earlier=before, neighbours=[30]).flag == 1
    assert judge(dust, 720_000, 0.4, earlier=before).why == ("below_detection",)
    assert judge(dust, 720_000, -1.0, earlier=before).flag == 4
    assert judge(dust, 720_000, 21.0, earlier=before, maintenance=True).why == ("maintenance",)
    rain = CITY.parameter["rain"].checks
    assert judge(rain, 0, 80.0, earlier=[(0, 1.0)]).why == ("range",)


def test_maintenance_makes_readings_suspect_and_silences_rules() -> None:
    world = World()
    window = Window(
        station="kim-long", start=millis(T0), end=millis(T0 + timedelta(hours=1)), note="x"
    )
    service.plan_maintenance(world.store, CITY, window, T0)
    assert world.feed(LEVEL, [1.5] * 6) == 0
    assert raw(world, 20)["f"] == ["maintenance"]
    assert world.feed(LEVEL, [1.5] * 3) == 1
    with pytest.raises(NotFound):
        service.plan_maintenance(world.store, CITY, window.model_copy(update={"station": "x"}), T0)
    with pytest.raises(Invalid):
        service.plan_maintenance(world.store, CITY, window, T0 + timedelta(days=1))


def test_hours_and_days_are_recomputed_from_raw_readings() -> None:
    world = World()
    world.feed(LEVEL, [1.0, 1.1, 1.2, 900.0, 1.3, 1.4])
    rolled, _ = world.roll_up()
    assert rolled == 1
    hour = world.store.hours([LEVEL], [hour_of(millis(T0))])[LEVEL, hour_of(millis(T0))].doc
    assert hour == {
        "all": 6, "n": 5, "flags": {"range": 1}, "min": 1.0, "max": 1.4, "sum": 6.0,
        "first": 1.0, "last": 1.4,
    }  # fmt: skip
    before = world.memory.rows()
    assert world.roll_up() == (0, 0)
    assert world.memory.rows() == before
    world.send((LEVEL, T0 + timedelta(minutes=5), 1.05))
    world.work()
    world.pass_time(days=1)
    world.roll_up()
    day = world.store.days(LEVEL, [date(2026, 11, 20)])[date(2026, 11, 20)].doc
    assert (day["n"], day["max"], day["hours"]) == (6, 1.4, 1)


@given(st.lists(st.integers(0, 59), min_size=1, max_size=40), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_any_order_and_any_repetition_give_the_same_hour(
    minutes: list[int], chance: object
) -> None:
    worlds = World(), World()
    mixed = [*minutes, *minutes[:5]]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    for world, order in zip(worlds, (sorted(set(minutes)), mixed), strict=True):
        world.now = T0 + timedelta(hours=1)
        for minute in order:
            world.send(("mua-hue.rain", T0 + timedelta(minutes=minute), minute / 10))
            world.work()
        world.roll_up()
    name = hour_of(millis(T0))
    docs = [w.store.hours(["mua-hue.rain"], [name])["mua-hue.rain", name].doc for w in worlds]
    assert docs[0] == docs[1]
    assert docs[0]["n"] == len(set(minutes))


def test_sums_of_parts_are_sums_of_the_whole() -> None:
    world = World()
    world.feed(LEVEL, [1.0 + i / 100 for i in range(18)])
    rows = [row for row in world.memory.rows() if row.sk.startswith("T#")]
    parts = [summary(rows[i : i + 6]) for i in (0, 6, 12)]
    whole, made = summary(rows), merged([summary([]), *parts])
    assert {k: made[k] for k in whole} == whole


@pytest.mark.parametrize("k", range(1, 5))
@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_dies_leaves_nothing_out_and_nothing_twice(
    k: int, when: Literal["before", "after"]
) -> None:
    whole, torn = World(), World()
    items = [(LEVEL, T0 + i * MINUTES, 1.3) for i in range(4)]
    for world in (whole, torn):
        world.pass_time(minutes=35)
        world.send(*items)
    message = torn.line.messages[0]
    torn.table = MortalTable(torn.memory, k, when)
    try:
        torn.work()
    except Died:
        torn.table = torn.memory
        service.process(torn.store, torn.outbox, CITY, message, torn.now)
    torn.table = torn.memory
    torn.outbox.relay(torn.now + timedelta(minutes=1))
    whole.work()
    assert whole.told() == torn.told() == [("river-kim-long", 1, 0, 1)]
    kept = [[r.doc for r in w.memory.rows() if r.sk.startswith("T#")] for w in (whole, torn)]
    assert kept[0] == kept[1]


def test_a_flood_from_the_first_reading_to_the_last() -> None:
    """Rising over BĐ3 and falling again: gapless, one episode, the same when computed again."""
    world = World()
    rise = [0.8 + 0.05 * i for i in range(60)]  # to 3.75 m at 0.3 m/h
    world.feed(LEVEL, rise)
    world.feed(LEVEL, rise[::-1])
    world.pass_time(hours=1)
    world.sweep()
    river = [t for t in world.told() if t[0] == "river-kim-long"]
    assert [t[3] for t in river] == [1, 2, 3, 2, 1, 0]
    assert [t[1] for t in river] == [1, 2, 3, 4, 5, 6]
    events = [e.data for e in world.bus.events if e.data["rule"] == "river-kim-long"]
    assert len({e["episode_id"] for e in events}) == 1
    first, last = events[0], events[-1]
    assert (first["trend"], first["closed"], last["closed"]) == ("rising", False, True)
    assert first["outlook"]["level"] == 2
    rises = [e.data for e in world.bus.events if e.data["rule"] == "rise-kim-long"]
    assert {(e["measure"], e["uom"]) for e in rises} == {("rate", "m/h")}
    assert first["place"]["units"]
    assert first["table_version"].startswith("alarm-kim-long-2020@")
    assert all(name.startswith(LEVEL + "@") for name in first["reading_ids"])
    again = judging.recompute(world.store, CITY, first["episode_id"], world.now)
    assert again.same
    assert (len(again.told), again.table_is_current) == (6, True)
    open_now, _ = world.table.query("EPISODES#OPEN")
    assert [row.doc["last"]["rule"] for row in open_now if "river" in row.doc["last"]["rule"]] == []


def test_the_same_readings_in_one_batch_tell_the_same_story() -> None:
    values = [0.8 + 0.05 * i for i in range(60)]
    one, other = World(), World()
    one.feed(LEVEL, values)
    other.now = one.now
    items = [(LEVEL, T0 + i * MINUTES, v) for i, v in enumerate(values)]
    other.now = T0 + timedelta(minutes=30)  # in time for all, or rules would not see them
    for first in range(0, 60, 4):
        other.send(*items[first : first + 4])
        other.work()
        other.now += timedelta(minutes=40)
    stories = [[t for t in w.told() if t[0] == "river-kim-long"] for w in (one, other)]
    assert stories[0] == stories[1]
    assert [t[3] for t in stories[0]] == [1, 2, 3]


def test_too_late_for_rules_is_still_stored() -> None:
    world = World()
    world.pass_time(hours=10)
    world.send(*((LEVEL, T0 + i * MINUTES, 3.0) for i in range(6)))
    assert world.work() == 0
    assert raw(world, 50)["v"] == 3.0


class RacingTable:
    """Before its k-th commit somebody else processes another message."""

    def __init__(self, world: World, k: int, other: dict[str, Any]) -> None:
        self._world, self._left, self._other = world, k, other

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.memory, name)

    def commit(self, *operations: Operation) -> None:
        self._left -= 1
        if self._left == 0:
            memory = self._world.memory
            outbox = Outbox(memory, self._world.bus)
            service.process(Store(memory), outbox, CITY, self._other, self._world.now)
        self._world.memory.commit(*operations)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_two_workers_on_one_stream_are_as_one(k: int) -> None:
    alone, raced = World(), World()
    values = [(LEVEL, T0 + i * MINUTES, 1.3) for i in range(3)]
    for world in (alone, raced):
        world.pass_time(minutes=25)
        world.send(*values[::2])
        world.send(values[1])
    alone.work()
    first, second = raced.line.messages
    table = RacingTable(raced, k, second)
    service.process(Store(table), Outbox(table, raced.bus), CITY, first, raced.now)
    assert raced.told() == alone.told() == [("river-kim-long", 1, 0, 1)]
    kept = [
        {row.sk: row.doc["v"] for row in w.memory.rows() if row.sk.startswith("T#")}
        for w in (alone, raced)
    ]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 3


def changed(**how: Any) -> City:
    """The city with its Kim Long rule changed."""
    rules = [
        rule.model_copy(update=how) if rule.id == "river-kim-long" else rule
        for rule in CITY.rules
        if not rule.id.startswith("rise-")
    ]
    return City(**{**{k: getattr(CITY, k) for k in City.model_fields}, "rules": tuple(rules)})


def test_a_new_version_of_a_rule_takes_over_an_open_episode() -> None:
    world = World()
    world.feed(LEVEL, [1.3] * 3)
    lower = (Mark(number=1, value=0.5), Mark(number=2, value=1.2))
    city = changed(version=2, levels=lower)
    world.send((LEVEL, world.now, 1.3))
    message = world.line.messages.pop()
    service.process(world.store, world.outbox, city, message, world.now)
    events = [e.data for e in world.bus.events]
    assert [(e["seq"], e["level"], e["rule_version"]) for e in events] == [(1, 1, 1), (2, 2, 2)]
    assert events[0]["episode_id"] == events[1]["episode_id"]


def test_a_backlog_of_many_changes_is_told_whole_and_without_gaps() -> None:
    world = World()
    city = changed(hold_up_s=0, hold_down_s=0, min_readings=1, lateness_s=86_400)
    world.pass_time(hours=12)
    items = [(LEVEL, T0 + i * MINUTES, (1.2, 0.85)[i % 2]) for i in range(60)]
    world.send(*items)
    message = world.line.messages.pop()
    _, told = service.process(world.store, world.outbox, city, message, world.now)
    assert told == 60
    events = [e.data for e in world.bus.events]
    assert [e["level"] for e in events] == [1, 0] * 30
    assert [e["seq"] for e in events] == [1, 2] * 30
    assert len({e["episode_id"] for e in events}) == 30
    assert service.process(world.store, world.outbox, city, message, world.now) == (0, 0)
