"""The simulated storm and the seed's documents: they fit the door, the rules and each other."""

from city.sensing.intake import Batch, take
from city.sensing.model import millis
from sensing_world import CITY, World

from infra.simulators.sensors import batches, readings


def test_the_storm_opens_the_episodes_it_says() -> None:
    world = World()
    taken = 0
    for gateway, items in batches(readings(world.now, -3.0, 0.0)):
        batch = Batch(gateway=gateway, items=items)
        receipt = take(world.store, world.line, CITY, gateway, batch, world.now)
        assert receipt.accepted == len(items)
        taken += receipt.accepted
        world.work()
    assert taken > 1900
    reached = {rule: level for rule, _, _, level in world.told()}
    assert reached["river-kim-long"] == 3
    assert reached["road-ngap-ba-trieu"] == 3
    assert reached["rain1h-mua-bach-ma"] >= 1
    assert "road-ngap-chi-lang" not in reached


def test_the_rivers_curve_is_physically_possible() -> None:
    world = World()
    for gateway, items in batches(readings(world.now, -12.0, 0.0)):
        if gateway == "gw-river":
            batch = Batch(gateway=gateway, items=items)
            take(world.store, world.line, CITY, gateway, batch, world.now)
            world.work()
    rows = [row for row in world.memory.rows() if row.sk.startswith("T#")]
    flagged = sum(row.doc["q"] > 2 for row in rows)
    assert len(rows) == 5 * 72
    assert flagged == 0


def test_documents_fit_one_another() -> None:
    for stream in CITY.streams:
        assert stream.station in CITY.station
        assert stream.parameter in CITY.parameter
        assert stream.gateway is None or stream.gateway in CITY.gateway
        assert stream.id == f"{stream.station}.{stream.parameter}"
        assert set(stream.neighbours) <= CITY.stream.keys()
    for rule in CITY.rules:
        assert rule.station in CITY.station
        assert rule.table in CITY.table
        assert rule.compiled().marks
        assert [mark.number for mark in rule.levels] == sorted(mark.number for mark in rule.levels)
    for station in CITY.stations:
        assert station.unit
        assert not station.confirmed
        assert station.demo


def test_river_rules_use_the_tables_own_levels() -> None:
    for rule in CITY.rules:
        if rule.id.startswith("river-"):
            (table,) = CITY.river(rule.station)
            heights = table.heights()
            assert {m.number: m.value for m in rule.levels if m.number <= 3} == heights


def test_every_watched_stream_of_the_storm_stays_alive() -> None:
    made = World()
    now = millis(made.now)
    newest: dict[str, int] = {}
    for t, _, item in readings(made.now, -1.0, 0.0):
        newest[item["stream"]] = t
    for stream in CITY.streams:
        if stream.watched:
            assert now - newest[stream.id] <= stream.stale_after_ms
