"""Rules and the thresholds that are ours: `python -m infra.seed.make_sensing_rules`.

Alarm levels of rivers come from `tables.json`. Everything else here is a proposal (`confirmed:
false`) until the city sets it; fire and air follow the mapping in docs/alerts.md.
"""

import json
from typing import Any

from infra.seed.make_sensing_tables import CHECKED, rivers
from infra.seed.make_stations import AIR, FIRE, RAIN, RESERVOIRS, ROADS, WATER
from infra.seed.writing import DATA, words, write

START = "2026-01-01"
OURS = "Hue-S proposal"
LEVEL_4 = "one metre over level 3, or 0.3 m under the record, whichever is lower; ours"

# id: unit, levels (number, value), document, how it was checked
THRESHOLDS: dict[str, tuple[str, list[tuple[int, float]], str, str]] = {
    "rain-10min": ("mm", [(1, 15), (2, 25)], OURS, "none"),
    "rain-hour": ("mm", [(1, 30), (2, 60), (3, 100)], OURS, "none"),
    "rain-day": ("mm", [(1, 50), (2, 100), (3, 200)], OURS, "none"),
    "road-depth": ("m", [(1, 0.1), (2, 0.3), (3, 0.6)], OURS, "none"),
    "river-rate": ("m/h", [(1, 0.3), (2, 0.5)], OURS, "none"),
    "air-warning": ("index", [(1, 151), (2, 201), (3, 301)], OURS, "bands of VN_AQI"),
    "water-warning": ("index", [(1, 25), (2, 9)], OURS, "bands of VN_WQI"),
    "fire-warning": (
        "level", [(4, 4), (5, 5)], "Quyết định 18/2021/QĐ-TTg", "one web page about article 26",
    ),
}  # fmt: skip
POOLS = {"ta-trach": 45.0, "huong-dien": 58.0, "binh-dien": 85.0, "a-luoi-ho": 553.0}


def _threshold(
    name: str, uom: str, levels: list[tuple[int, float]], document: str, how: str
) -> Any:
    return {
        "kind": "threshold", "id": name, "authority": OURS, "document": document,
        "checked_on": CHECKED, "checked_how": how, "confirmed": False, "valid_from": START,
        "uom": uom,
        "levels": [
            {"level": k, "value": value, "confirmed": False, "source": document}
            for k, value in levels
        ],
    }  # fmt: skip


def thresholds() -> list[dict[str, Any]]:
    """Tables of our own thresholds, and the reservoirs' normal pools."""
    made = [_threshold(name, *row) for name, row in THRESHOLDS.items()]
    for station, pool in POOLS.items():
        levels = [(1, pool - 1.0), (2, pool), (3, pool + 1.0)]
        made.append(
            _threshold(
                f"pool-{station}", "m", levels, "normal pool level, from memory", "none: unread"
            )
        )
    return made


def _rule(
    name: str, kind: str, station: str, parameter: str, table: dict[str, Any], vi: str, en: str,
    **rest: Any,
) -> dict[str, Any]:  # fmt: skip
    levels = [
        {
            "number": level["level"], "value": level["value"],
            "confirmed": level["confirmed"], "source": level["source"],
        }
        for level in table["levels"]
    ]  # fmt: skip
    return {
        "id": name, "version": 1, "valid_from": START, "kind": kind, "station": station,
        "streams": [f"{station}.{parameter}"], "name": words(vi, en), "uom": table.get("uom", "m"),
        "table": table["id"], "levels": levels, **rest,
    }  # fmt: skip


def _river_rules(ours: dict[str, Any]) -> list[dict[str, Any]]:
    made = []
    for table in rivers():
        station, name = table["station"], table["river"]
        top = next((v["value"] for v in table["levels"] if v["level"] == 3), None)
        levels = list(table["levels"])
        if top is not None and table["record"]:
            fourth = round(min(top + 1.0, table["record"] - 0.3), 2)
            levels.append({"level": 4, "value": fourth, "confirmed": False, "source": LEVEL_4})
        made.append(
            _rule(
                f"river-{station}", "river_level", station, "water_level",
                {**table, "levels": levels},
                f"Mực nước sông {name}", f"Level of the {name}",
                deadband=0.1, hold_up_s=600, hold_down_s=1800,
            )
        )  # fmt: skip
        made.append(
            _rule(
                f"rise-{station}", "river_level", station, "water_level", ours["river-rate"],
                f"Nước sông {name} lên nhanh", f"Fast rise of the {name}",
                measure="rate", window_s=3600, deadband=0.05, hold_up_s=1200, quick_top=False,
            )
        )  # fmt: skip
    return made


def rules() -> list[dict[str, Any]]:
    """Every rule of the city."""
    ours = {table["id"]: table for table in thresholds()}
    made = _river_rules(ours)
    for station in POOLS:
        made.append(
            _rule(
                f"pool-{station}", "reservoir", station, "water_level", ours[f"pool-{station}"],
                f"Mực nước {RESERVOIRS[station][0]}", f"Level of {RESERVOIRS[station][1]}",
                deadband=0.1, hold_up_s=1800, hold_down_s=3600,
            )
        )  # fmt: skip
    for station, row in RAIN.items():
        short = {"measure": "sum", "hold_up_s": 0, "min_readings": 1}
        made += [
            _rule(
                f"rain1h-{station}", "rain", station, "rain", ours["rain-hour"],
                f"{row[0]} trong 1 giờ", f"{row[1]} in 1 hour",
                **short, window_s=3600, deadband=5.0, hold_down_s=3600,
            ),
            _rule(
                f"rain24h-{station}", "rain", station, "rain", ours["rain-day"],
                f"{row[0]} trong 24 giờ", f"{row[1]} in 24 hours",
                **short, window_s=86_400, deadband=10.0, hold_down_s=10_800,
            ),
        ]  # fmt: skip
    made.append(_city_rain(ours["rain-10min"]))
    for station, row in ROADS.items():
        made.append(
            _rule(
                f"road-{station}", "road_flood", station, "depth", ours["road-depth"],
                row[0], row[1], deadband=0.03, hold_up_s=600, hold_down_s=1800, max_gap_s=1800,
            )
        )  # fmt: skip
    daily = {"hold_up_s": 0, "hold_down_s": 0, "min_readings": 1, "lateness_s": 14_400}
    for station, row in AIR.items():
        made.append(
            _rule(
                f"air-{station}", "air", station, "vn_aqi_hour", ours["air-warning"],
                row[0], row[1], deadband=10, max_gap_s=10_800, **daily | {"hold_down_s": 7200},
            )
        )  # fmt: skip
    for station, row in WATER.items():
        made.append(
            _rule(
                f"water-{station}", "water_quality", station, "vn_wqi", ours["water-warning"],
                row[0], row[1], below=True, max_gap_s=172_800, **daily,
            )
        )  # fmt: skip
    for station, row in FIRE.items():
        made.append(
            _rule(
                f"fire-{station}", "fire_danger", station, "fire_level", ours["fire-warning"],
                row[0], row[1], max_gap_s=172_800, **daily,
            )
        )  # fmt: skip
    return made


def _city_rain(table: dict[str, Any]) -> dict[str, Any]:
    """Cloudburst over the city: two of four gauges must agree."""
    gauges = ("mua-hue", "mua-kim-long", "mua-phu-bai", "mua-thuan-an")
    made = _rule(
        "rain10m-city", "rain", "mua-hue", "rain", table,
        "Mưa cực lớn vùng đô thị", "Cloudburst over the city",
        hold_up_s=0, hold_down_s=3600, min_readings=1, quick_top=False,
        combine={"need": 2, "within_s": 900},
    )  # fmt: skip
    return made | {"streams": [f"{gauge}.rain" for gauge in gauges]}


def main() -> None:
    """Write the documents, and check that every rule names streams that exist."""
    streams = {s["id"] for s in json.loads((DATA / "sensing/streams.json").read_text("utf-8"))}
    made = rules()
    lost = [s for rule in made for s in rule["streams"] if s not in streams]
    if lost:
        raise SystemExit(f"no such streams: {lost}")
    write("sensing/thresholds.json", thresholds())
    write("sensing/rules.json", made)


if __name__ == "__main__":
    main()
