"""How the generators write their documents, and the days on which the city's units changed."""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DATA = HERE / "data"

GROWTH, BEFORE_GROWTH = "2021-07-01", "2021-06-30"  # Huế takes in neighbours, 1264/NQ-UBTVQH14
QUARTERS, BEFORE_QUARTERS = "2025-01-01", "2024-12-31"  # the province becomes a city
REFORM, EVE = "2025-07-01", "2025-06-30"  # 133 communes become 40, no level between


def words(vi: str, en: str) -> dict[str, str]:
    """One text in both languages."""
    return {"vi": vi, "en": en}


def facts() -> dict[str, Any]:
    """Names, codes and mergers of units."""
    read: dict[str, Any] = json.loads((HERE / "sources/hue-units.json").read_text("utf-8"))
    return read


def write(name: str, value: object) -> None:
    """Write one document."""
    text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
    (DATA / name).write_text(text, encoding="utf-8")
