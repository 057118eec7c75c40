"""calendar.json: a snapshot of the `holidays` library, and what the government changed on top.

`python -m infra.seed.make_calendar` writes it. A row says where it comes from; a row of
sources/calendar-overrides.json wins over the library's (`off`: true adds a day off, false makes a
worked day). Years after the last published swap decision are marked as projected: their holidays
are law, but which days will be exchanged for Saturdays is not decided yet.
"""

import json
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import holidays

HERE = Path(__file__).parent
FIRST, LAST, DECIDED_UNTIL = 2018, 2030, 2026
_SATURDAY = 5


def snapshot() -> dict[str, Any]:
    """The calendar document."""
    library = f"holidays {version('holidays')}"
    in_vi = holidays.country_holidays("VN", years=range(FIRST, LAST + 1), language="vi")
    in_en = holidays.country_holidays("VN", years=range(FIRST, LAST + 1), language="en_US")
    off: dict[date, dict[str, Any]] = {}
    worked: dict[date, dict[str, Any]] = {}
    for day, name in in_vi.items():
        source = library + ("" if day.year <= DECIDED_UNTIL else ", projected")
        off[day] = _row(day, name, in_en[day], source)
    day = date(FIRST, 1, 1)
    while day.year <= LAST:
        if day.weekday() >= _SATURDAY and in_vi.is_working_day(day):
            worked[day] = _row(day, "Làm bù", "Worked in exchange for a day off", library)
        day += timedelta(days=1)
    overrides = json.loads((HERE / "sources/calendar-overrides.json").read_text("utf-8"))
    for change in overrides:
        day = date.fromisoformat(change["date"])
        off.pop(day, None)
        worked.pop(day, None)
        row = _row(day, change["name"]["vi"], change["name"]["en"], change["source"])
        (off if change["off"] else worked)[day] = row
    return {
        "valid_from": f"{FIRST}-01-01",
        "valid_to": f"{LAST}-12-31",
        "holidays": [off[day] for day in sorted(off)],
        "workdays": [worked[day] for day in sorted(worked)],
    }


def _row(day: date, vi: str, en: str, source: str) -> dict[str, Any]:
    return {"date": day.isoformat(), "name": {"vi": vi, "en": en}, "source": source}


if __name__ == "__main__":
    text = json.dumps(snapshot(), ensure_ascii=False, indent=1) + "\n"
    (HERE / "data/calendar.json").write_text(text, encoding="utf-8")
