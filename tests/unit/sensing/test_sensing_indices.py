"""Indices from what was stored: hours and days that ended, gaps, late data, chains of days."""

from datetime import UTC, date, datetime, timedelta

from city.kernel.clock import HUE
from city.sensing import index_views
from city.sensing.index_models import AtQuery, DayQuery
from city.sensing.model import millis
from city.sensing.store import raw_key
from sensing_world import CITY, World

STATION = "kk-hung-vuong"
OLDEST_FIRST = [26.9, 24.7, 20.5, 23.5, 19.5, 16.5, 19.0, 16.5, 20.3, 22.4, 19.6, 20.6]


def local(hour: int, minute: int = 0, day: int = 20) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=HUE).astimezone(UTC)


def hourly(world: World, parameter: str, start: datetime, values: list[float]) -> None:
    """Four readings an hour, a little around each hour's value."""
    for i, value in enumerate(values):
        items = [
            (f"{STATION}.{parameter}", start + timedelta(hours=i, minutes=15 * k), value + d)
            for k, d in enumerate((-0.3, 0.1, 0.3, -0.1))
        ]
        world.now = max(world.now, start + timedelta(hours=i, minutes=46))
        world.send(*items)
        world.work()


def stored(world: World, stream: str, at: datetime) -> float | None:
    row = world.table.get(*raw_key(stream, millis(at)))
    return float(row.doc["v"]) if row else None


def test_the_hour_of_the_decision_end_to_end() -> None:
    world = World()
    world.now = local(8)
    hourly(world, "pm25", local(8), OLDEST_FIRST)
    hourly(world, "no2", local(19), [118.7])
    world.now = local(20, 4)
    world.roll_up()
    assert stored(world, f"{STATION}.vn_aqi_hour", local(20)) is None  # five minutes of grace
    world.now = local(20, 6)
    world.roll_up()
    assert stored(world, f"{STATION}.vn_aqi_hour", local(20)) == 59
    view = index_views.air(world.store, CITY, STATION, AtQuery(), world.now)
    assert (view.index, view.main, view.until) == (59, "no2", local(20))
    assert view.grade is not None
    assert (view.grade.name.vi, view.grade.colour) == ("Trung bình", "#ffff00")
    parts = {p.parameter: p for p in view.parts}
    assert (parts["pm25"].value, parts["pm25"].index) == (20.3, 40.5)
    assert parts["o3"].reason is not None
    assert view.source.document == "Quyết định 1459/QĐ-TCMT"


def test_late_data_change_the_index_and_the_hours_it_reaches() -> None:
    world = World()
    world.now = local(8)
    hourly(world, "pm25", local(8), OLDEST_FIRST)
    world.now = local(20, 6)
    world.roll_up()
    before = stored(world, f"{STATION}.vn_aqi_hour", local(20))
    hourly(world, "no2", local(14), [150.0])
    world.roll_up()
    world.pass_time(minutes=1)
    world.roll_up()
    assert stored(world, f"{STATION}.vn_aqi_hour", local(20)) == before == 41
    assert stored(world, f"{STATION}.vn_aqi_hour", local(15)) == 75
    rows = world.memory.rows()
    world.roll_up()
    assert world.memory.rows() == rows  # byte-equal when run again


def test_no_dust_no_index_but_a_reason() -> None:
    world = World()
    world.now = local(8)
    hourly(world, "no2", local(8), [300.0])
    world.now = local(9, 6)
    world.roll_up()
    assert stored(world, f"{STATION}.vn_aqi_hour", local(9)) is None
    view = index_views.air(world.store, CITY, STATION, AtQuery(), world.now)
    assert view.index is None
    assert view.grade is None
    assert view.reason is not None
    assert "Nothing" not in view.reason.vi


def test_half_an_hour_is_not_an_hourly_mean() -> None:
    world = World()
    world.now = local(9)
    for minute in (0, 15):
        world.send((f"{STATION}.pm25", local(8, minute), 30.0))
    world.work()
    world.now = local(9, 6)
    world.roll_up()
    view = index_views.air(world.store, CITY, STATION, AtQuery(), world.now)
    assert view.index is None


def test_a_bad_day_opens_an_episode() -> None:
    world = World()
    world.now = local(0)
    for hour in range(24):
        hourly(world, "pm25", local(hour), [120.0])
        world.now = local(hour) + timedelta(hours=1, minutes=6)
        world.roll_up()
    assert stored(world, f"{STATION}.vn_aqi_hour", local(20)) == 179
    assert stored(world, f"{STATION}.vn_aqi_day", local(0, day=21)) == 179
    assert [t for t in world.told() if t[0] == f"air-{STATION}"] == [(f"air-{STATION}", 1, 0, 1)]
    query = AtQuery(at=local(12), span="day")
    view = index_views.air(world.store, CITY, STATION, query, world.now)
    assert (view.index, view.until) == (179, local(0, day=21))


def test_water_names_the_rows_that_are_not_confirmed() -> None:
    world = World()
    world.now = local(10)
    online = {"ph": 7.0, "do": 7.5, "temperature": 25.0, "n_nh4": 0.1, "n_no3": 1.0}
    world.send(*((f"nuoc-van-nien.{p}", local(9), v) for p, v in online.items()))
    world.work()
    world.now = local(0, 6, day=21)
    world.roll_up()
    view = index_views.water(world.store, CITY, "nuoc-van-nien", DayQuery(), world.now)
    assert view.index is None  # two groups are not enough
    assert view.reason is not None
    world.send(("nuoc-van-nien.coliform", local(9), 2000.0))
    world.work()
    world.roll_up()
    world.pass_time(minutes=1)
    world.roll_up()
    view = index_views.water(world.store, CITY, "nuoc-van-nien", DayQuery(), world.now)
    assert view.index == 100
    assert view.unconfirmed == ["n_no3"]
    assert not view.source.confirmed
    assert stored(world, "nuoc-van-nien.vn_wqi", local(0, day=21)) == 100


def _fire_day(world: World, day: date, rain: float, celsius: float = 36.0) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=HUE).astimezone(UTC)
    tower = "chay-thien-an"
    for hour in range(24):
        items = []
        for minute in range(0, 60, 10):
            at = start + timedelta(hours=hour, minutes=minute)
            items += [
                (f"{tower}.temperature", at, celsius + (minute % 20) / 100),
                (f"{tower}.humidity", at, 40.0),
                (f"{tower}.rain", at, rain / 144),
            ]
        world.now = start + timedelta(hours=hour, minutes=51)
        world.send(*items)
        world.work()
        world.roll_up()
    world.now = start + timedelta(days=1, minutes=6)
    world.roll_up()


def test_fire_danger_adds_up_day_by_day_and_falls_after_rain() -> None:
    world = World()
    world.now = datetime(2026, 7, 1, tzinfo=HUE).astimezone(UTC)
    days = [date(2026, 7, d) for d in range(1, 4)]
    for day, rain in zip(days, (0.0, 0.0, 12.0), strict=True):
        _fire_day(world, day, rain)
    ends = [datetime(2026, 7, d, tzinfo=HUE).astimezone(UTC) for d in (2, 3, 4)]
    p = [stored(world, "chay-thien-an.nesterov_p", end) for end in ends]
    assert p[0] is not None
    assert p[1] is not None
    assert 1200 < p[0] < 1350
    assert abs(p[1] - 2 * p[0]) < 1
    assert p[2] == 0
    view = index_views.fire(world.store, CITY, "chay-thien-an", DayQuery(day=days[1]), world.now)
    assert view.grade is not None
    assert view.grade.number == 1
    assert not view.source.confirmed


def test_a_river_now() -> None:
    world = World()
    world.feed("kim-long.water_level", [1.2 + 0.05 * i for i in range(8)])
    view = index_views.river(world.store, CITY, "kim-long", world.now)
    assert (view.level, view.words.vi) == (1, "trên BĐ1 0,55 m")
    assert [(a.level, a.distance) for a in view.alarms] == [(1, 0.55), (2, -0.45), (3, -1.95)]
    assert view.outlook is not None
    assert (view.outlook.level, view.outlook.official) == (2, False)
    world.pass_time(hours=2)
    view = index_views.river(world.store, CITY, "kim-long", world.now)
    assert (view.latest.state, view.latest.value, view.level) == ("stale", None, None)
    assert view.outlook is None
