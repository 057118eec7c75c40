"""Dead sensors, dead gateways, dead power areas: each told once, by its widest explanation."""

from datetime import timedelta

from city.sensing.model import millis
from city.sensing.silence import outages, silent
from city.sensing.store import Newest
from sensing_world import CITY, T0, World

NOW = millis(T0)
HOUR = 3_600_000


def heard(
    ago: dict[str, int] | None = None, gone: frozenset[str] = frozenset()
) -> dict[str, Newest]:
    """Every watched stream, heard just now; those of `gone` gateways four hours ago."""
    found = {}
    for stream in CITY.streams:
        if stream.watched:
            back = 4 * HOUR if stream.gateway in gone else (ago or {}).get(stream.id, 0)
            found[stream.id] = Newest(t=NOW - back, v=1.0, q=1, rx=NOW - back)
    return found


def test_all_is_well() -> None:
    assert outages(CITY, heard(), NOW) == {}
    assert outages(CITY, {}, NOW) == {}  # what never sent is not silent


def test_three_intervals_make_a_stream_silent() -> None:
    name = "kim-long.water_level"
    assert silent(CITY, heard({name: 1_800_000}), NOW) == {}
    assert silent(CITY, heard({name: 1_800_001}), NOW) == {name: NOW - 1}
    found = outages(CITY, heard({name: 1_800_001}), NOW)
    assert [(key, o.level) for key, o in found.items()] == [(f"stream:{name}", 1)]


def test_a_gateway_is_one_outage_and_its_streams_are_not_told() -> None:
    found = outages(CITY, heard(gone=frozenset({"gw-river"})), NOW)
    assert [(key, o.level, len(o.streams)) for key, o in found.items()] == [
        ("gateway:gw-river", 2, 5)
    ]


def test_two_gateways_of_one_power_area_are_one_outage() -> None:
    gone = frozenset({"gw-reservoir", "gw-rain-hills", "gw-fire"})
    found = outages(CITY, heard(gone=gone), NOW)
    assert [(key, o.level) for key, o in found.items()] == [("power_area:power-hills", 2)]
    gone = frozenset({"gw-road-north", "gw-road-south"})
    assert list(outages(CITY, heard(gone=gone), NOW)) == ["vendor:vendor-d"]


def test_sensors_that_die_one_by_one_are_no_outage_of_their_gateway() -> None:
    rivers = [s.id for s in CITY.streams if s.gateway == "gw-river"]
    ago = {name: (2 + 5 * i) * HOUR for i, name in enumerate(rivers[:4])}
    found = outages(CITY, heard(ago), NOW)
    assert sorted(o.level for o in found.values()) == [1, 1, 1, 1]
    still = outages(CITY, heard(ago), NOW, {"gateway:gw-river"})
    assert list(still) == ["gateway:gw-river"]  # what was an outage ends with its streams


def test_an_outage_is_told_once_and_ends_when_readings_come_again() -> None:
    world = World()
    streams = [s.id for s in CITY.streams if s.gateway == "gw-river"]
    world.send(*((name, world.now, 0.5) for name in streams))
    world.work()
    world.pass_time(minutes=31)
    assert world.sweep() == (0, 1)
    assert world.sweep() == (0, 0)
    world.send(*((name, world.now, 0.5) for name in streams))
    world.work()
    assert world.sweep() == (0, 1)
    assert world.told() == [
        ("silence:gateway:gw-river", 1, 0, 2), ("silence:gateway:gw-river", 2, 2, 0),
    ]  # fmt: skip
    event = world.bus.events[0].data
    assert (event["kind"], event["value"], event["station"]) == ("outage", None, "gw-river")
    assert event["at"] == (T0 + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    assert len(event["place"]["units"]) >= 3


def test_silence_never_clears_a_flood() -> None:
    world = World()
    world.feed("kim-long.water_level", [4.0] * 4)
    world.pass_time(days=1)
    world.sweep()
    assert world.told() == [
        ("river-kim-long", 1, 0, 3), ("silence:stream:kim-long.water_level", 1, 0, 1),
    ]  # fmt: skip


def test_the_bus_may_be_down() -> None:
    world = World()
    world.bus.down = True
    world.feed("kim-long.water_level", [4.0] * 4)
    assert world.told() == []
    world.bus.down = False
    world.outbox.relay(world.now + timedelta(minutes=1))
    assert world.told() == [("river-kim-long", 1, 0, 3)]
