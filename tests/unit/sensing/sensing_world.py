"""What the tests of `sensing` share: the city's own tables, stations and rules."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from city.sensing.tables import AirTable, FireTable, RiverTable, WaterTable

DATA = Path(__file__).parents[3] / "infra" / "seed" / "data" / "sensing"


def document(name: str) -> Any:
    """One of the seed's documents."""
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def _table(table_id: str) -> Any:
    return next(table for table in document("tables") if table["id"] == table_id)


AIR = AirTable.model_validate(_table("vn-aqi-2019"))
WATER = WaterTable.model_validate(_table("vn-wqi-2019"))
FIRE = FireTable.model_validate(_table("fire-hue-2022"))


def river(station: str, day: date = date(2025, 10, 29)) -> RiverTable:
    """A gauge's alarm levels on a day."""
    tables = [RiverTable.model_validate(t) for t in document("tables") if t["kind"] == "river"]
    return next(t for t in tables if t.station == station and t.holds(day))
