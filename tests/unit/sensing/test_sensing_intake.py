"""The door: each item judged alone, duplicates named, nothing acknowledged before the queue."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest
from city.adapters.gateways import GatewayKeys, GatewayRefused
from city.kernel.problems import BadRequest, Forbidden, Invalid, TooMany
from city.sensing.intake import Batch, read_batch, take
from city.sensing.model import millis
from city.sensing.sensorthings import DataArray, Observation, answers, many, single
from city.sensing.units import UnknownUnit, converted
from sensing_world import CITY, T0, World

LEVEL = "kim-long.water_level"


def item(**changes: Any) -> dict[str, Any]:
    return {"stream": LEVEL, "t": millis(T0), "v": 1.2, **changes}


def results(world: World, *items: Any) -> list[tuple[str, str | None]]:
    batch = Batch(gateway="gw-river", items=list(items))
    receipt = take(world.store, world.line, CITY, "gw-river", batch, world.now)
    assert [r.index for r in receipt.items] == list(range(len(items)))
    return [(r.result, r.code) for r in receipt.items]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("words", "malformed"), ({}, "malformed"), (item(stream="x.y"), "unknown_stream"),
        (item(stream="kk-dai-noi.pm25"), "not_yours"),
        (item(stream="kk-dai-noi.vn_aqi_hour"), "not_yours"),
        (item(t="gestern"), "bad_time"), (item(t="2026-11-20T09:00:00"), "bad_time"),
        (item(t=True), "bad_time"), (item(t=None), "bad_time"),
        (item(t="0001-01-01T00:00:00+07:00"), "too_late"), (item(t=10**30), "future"),
        (item(t=millis(T0 + timedelta(minutes=6))), "future"),
        (item(t=millis(T0 - timedelta(days=7, minutes=1))), "too_late"),
        (item(v="1.2"), "bad_value"), (item(v=None), "bad_value"), (item(v=True), "bad_value"),
        (item(v=float("inf")), "bad_value"), (item(v=10**400), "bad_value"),
        (item(u="parsec"), "unknown_unit"), (item(u=7), "malformed"), (item(seq="1"), "malformed"),
        (item(seq=-1), "malformed"),
    ],
)  # fmt: skip
def test_one_bad_item_spoils_no_batch(bad: Any, code: str) -> None:
    world = World()
    assert results(world, bad, item()) == [("rejected", code), ("accepted", None)]
    assert [raw[0] for raw in world.line.messages[0]["readings"]] == [LEVEL]


def test_times_may_be_words_and_values_other_units() -> None:
    world = World()
    given = item(t="2026-11-20T09:00:00+07:00", v=120, u="cm")
    assert results(world, given) == [("accepted", None)]
    assert world.line.messages[0]["readings"] == [[LEVEL, millis(T0), 1.2, 0, (120.0, "cm")]]


def test_duplicates_in_the_batch_and_in_the_store() -> None:
    world = World()
    assert results(world, item(), item(v=1.3)) == [("accepted", None), ("duplicate", None)]
    world.work()
    assert results(world, item(), item(seq=1, v=1.4)) == [("duplicate", None), ("accepted", None)]
    assert len(world.line.messages) == 1


def test_nothing_is_acknowledged_that_is_not_in_the_queue() -> None:
    world = World()
    world.line.down = True
    with pytest.raises(ConnectionError):
        results(world, item())
    assert results_after(world) == [("accepted", None)]


def results_after(world: World) -> list[tuple[str, str | None]]:
    world.line.down = False
    return results(world, item())


def test_a_batch_of_rejects_alone_makes_no_message() -> None:
    world = World()
    results(world, item(stream="x"))
    assert world.line.messages == []


def test_another_gateways_batch_is_refused() -> None:
    world = World()
    batch = Batch(gateway="gw-air", items=[item()])
    with pytest.raises(Forbidden):
        take(world.store, world.line, CITY, "gw-river", batch, world.now)


def test_the_rate_of_a_gateway_is_bounded_by_the_minute() -> None:
    world = World()
    full = [item(t=millis(T0) - i) for i in range(500)]
    for _ in range(12):
        results(world, *full)
    with pytest.raises(TooMany):
        results(world, item())
    world.pass_time(minutes=1)
    assert results(world, item(seq=9)) == [("accepted", None)]


def test_bodies_may_be_gzip_and_have_an_end() -> None:
    body = json.dumps({"gateway": "gw-river", "items": [item()]}).encode()
    assert read_batch(gzip.compress(body)) == read_batch(body)
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    with pytest.raises(Invalid):
        read_batch(bomb)
    with pytest.raises(BadRequest):
        read_batch(b"\x1f\x8bnot really")
    with pytest.raises(BadRequest):
        read_batch(gzip.compress(body)[:40])
    too_many = json.dumps({"gateway": "gw-river", "items": [item()] * 501}).encode()
    with pytest.raises(Invalid):
        read_batch(too_many)


def test_gases_by_volume() -> None:
    ozone, carbon = CITY.parameter["o3"], CITY.parameter["co"]
    assert converted(ozone, 50, "ppb") == pytest.approx(98.1, abs=0.1)
    assert converted(carbon, 1, "ppm") == pytest.approx(1145, abs=1)
    assert converted(ozone, 50, "ppb", celsius=0.0) == pytest.approx(107.1, abs=0.1)
    assert converted(ozone, 50, "ppb", hectopascal=900.0) == pytest.approx(87.1, abs=0.1)
    assert converted(ozone, 0.1, "mg/m3") == pytest.approx(100)
    assert converted(CITY.parameter["temperature"], 86, "°F") == pytest.approx(30)
    with pytest.raises(UnknownUnit):
        converted(CITY.parameter["pm25"], 1, "ppm")  # dust has no molar mass


def test_keys_are_hashed_compared_replaced_and_revoked() -> None:
    world = World()
    keys = GatewayKeys("sensing", world.table, "p" * 32)
    other = GatewayKeys("vessels", world.table, "p" * 32)
    first = keys.replace("gw-river", "first", T0)
    assert keys.verify(first, T0) == "gw-river"
    assert not any("first" in json.dumps(row.doc) for row in world.memory.rows())
    for wrong in ("", "gw-river", "gw-river.", "gw-river.second", "gw-air.first", "x.first"):
        with pytest.raises(GatewayRefused):
            keys.verify(wrong, T0)
    with pytest.raises(GatewayRefused):  # the same words at another unit's door
        other.verify(first, T0)
    second = keys.replace("gw-river", "second", T0)
    for key in (first, second):
        assert keys.verify(key, T0 + timedelta(days=6)) == "gw-river"
    with pytest.raises(GatewayRefused):
        keys.verify(first, T0 + timedelta(days=8))
    keys.revoke("gw-river", T0)
    with pytest.raises(GatewayRefused):
        keys.verify(second, T0)
    with pytest.raises(GatewayRefused):  # what stands for "none" is no password either
        keys.verify("gw-river." + "0" * 64, T0)


def test_sensorthings() -> None:
    link = {"@iot.id": LEVEL}
    one = Observation.model_validate(
        {"phenomenonTime": "2026-11-20T01:50:00Z/2026-11-20T02:00:00Z", "result": 1.2,
         "Datastream": link}
    )  # fmt: skip
    world = World()
    batch = single("gw-river", one)
    assert take(world.store, world.line, CITY, "gw-river", batch, world.now).accepted == 1
    assert world.line.messages[0]["readings"][0][1] == millis(T0)
    array = DataArray.model_validate(
        {"Datastream": link, "components": ["phenomenonTime", "result"],
         "dataArray": [["2026-11-20T01:59:00Z", 1.1], ["2026-11-20T01:58:00Z"]]}
    )  # fmt: skip
    receipt = take(world.store, world.line, CITY, "gw-river", many("gw-river", [array]), world.now)
    assert answers(receipt.items) == ["v1/sensorthings/Observations(0)", "error"]
    with pytest.raises(Invalid):
        many("gw-river", [])
