"""Mappings, stations, risk levels and the issuer of warnings: `python -m infra.seed.make_alerts`.

Kinds of hazard are not made here: each is one file in `data/alerts/kinds`, written by hand.
Which communes lie downstream of a gauge is ours and unconfirmed; so is every mapping but those
that quote a decision.
"""

from typing import Any

from infra.seed.make_stations import AIR, FIRE, RAIN, RESERVOIRS, RIVERS, ROADS, WATER, stations
from infra.seed.writing import words, write

START = "2020-01-01"
PROPOSAL = "Hue-S proposal, docs/alerts.md"
HUONG = (
    "19774", "19753", "19789", "19777", "19813", "19815", "20014", "19909", "19900", "19930",
    "19804",
)  # fmt: skip
BO = ("19996", "20017", "19867", "19885", "19858", "20014")
NAM_DONG = ("20179", "20161", "20182")
A_LUOI = ("20044", "20050", "20056", "20071", "20101")
DOWNSTREAM: dict[str, tuple[tuple[str, ...], str, str]] = {
    "kim-long": (HUONG, "Hạ lưu sông Hương", "Lower Hương river"),
    "phu-oc": (BO, "Hạ lưu sông Bồ", "Lower Bồ river"),
    "thuong-nhat": (NAM_DONG, "Thượng nguồn sông Tả Trạch", "Upper Tả Trạch river"),
    "phong-binh": (("19831", "19828", "19873"), "Hạ lưu sông Ô Lâu", "Lower Ô Lâu river"),
    "truoi": (("20140", "20107"), "Lưu vực sông Truồi", "Truồi river"),
    "ta-trach": (HUONG, "Hạ du hồ Tả Trạch", "Downstream of Tả Trạch"),
    "huong-dien": (BO, "Hạ du hồ Hương Điền", "Downstream of Hương Điền"),
    "binh-dien": (("20035", *HUONG), "Hạ du hồ Bình Điền", "Downstream of Bình Điền"),
    "a-luoi-ho": (A_LUOI, "Hạ du hồ A Lưới", "Downstream of A Lưới reservoir"),
    "thao-long": (("19909", "20014", "19900"), "Quanh đập Thảo Long", "Around Thảo Long barrage"),
    "mua-hue": (
        ("19753", "19789", "19777", "19774", "19813", "19815"), "Khu vực nội thành", "Inner city",
    ),
}  # fmt: skip
PREFIXES = ("Mưa ", "Rain ", "Không khí ", "Air ", "Điểm ngập ", "Low point ", "Nước ")


def issuer() -> dict[str, Any]:
    """Who speaks. The register has given the city no identifier yet."""
    return {
        "sender": "canh-bao@hue-s.example",
        "name": words("Trung tâm điều hành đô thị thông minh Huế (bản thử)", "Huế IOC (demo)"),
        "identifier_prefix": "2.49.0.1.704.0",
        "contact": words("Cần cứu nạn: gọi 112", "Rescue: call 112"),
        "geocode_list": "vn-administrative-units",
        "city": "46",
        "city_name": words("Thành phố Huế", "City of Huế"),
        "assigned": False,
    }


def _short(name: str) -> str:
    for prefix in PREFIXES:
        if name.startswith(prefix):
            rest = name[len(prefix) :]
            return rest[0].upper() + rest[1:]
    return name


def warned() -> list[dict[str, Any]]:
    """Stations with the names and communes that a warning speaks of."""
    names = {s["id"]: s for s in stations()}
    made = []
    for listed in (RIVERS, RESERVOIRS, RAIN, ROADS, AIR, WATER, FIRE):
        for station_id, row in listed.items():
            here = names[station_id]
            vi, en = _short(row[0]), _short(row[1])
            river = row[5].get("river")
            if river and listed is RIVERS:
                vi, en = f"{vi} (sông {river})", f"{en} ({river} river)"
            units, area_vi, area_en = DOWNSTREAM.get(
                station_id, ((here["unit"],), f"Khu vực {vi}", f"Around {en}")
            )
            made.append(
                {
                    "id": station_id, "name": words(vi, en),
                    "area": words(area_vi[:50], area_en[:50]), "units": units, "confirmed": False,
                }
            )  # fmt: skip
    return made


def _level(at: int, severity: str, vi: str, en: str) -> dict[str, Any]:
    return {"at": at, "severity": severity, "words": words(vi, en)}


def _mapping(name: str, source: str, matches: str, kind: str, levels: Any, **rest: Any) -> Any:
    return {
        "id": name, "version": 1, "valid_from": START, "document": PROPOSAL, "confirmed": False,
        "checked_on": "2026-11-24", "checked_how": "none: ours", "source": source,
        "matches": matches, "kind": kind, "levels": levels,
        "urgency": "by_trend", "certainty": "Observed", **rest,
    }  # fmt: skip


def mappings() -> list[dict[str, Any]]:
    """From the levels of rules, reports and detections to CAP."""
    one = [_level(1, "Minor", "cần kiểm tra", "to be checked")]
    return [
        _mapping(
            "river-level", "sensing", "river_level", "river_flood",
            [
                _level(1, "Minor", "trên báo động 1", "above alarm level 1"),
                _level(2, "Moderate", "trên báo động 2", "above alarm level 2"),
                _level(3, "Severe", "trên báo động 3", "above alarm level 3"),
                _level(4, "Extreme", "lũ đặc biệt lớn", "exceptional flood") | {"mark": 3},
            ],
            uom="m", value_field="level_m", over_field="over_m",
        ),
        _mapping(
            "river-rise", "sensing", "river_level", "river_flood",
            [
                _level(1, "Minor", "nước lên nhanh", "fast rise"),
                _level(2, "Moderate", "nước lên rất nhanh", "very fast rise"),
            ],
            uom="m/h", value_field="rise_m_h",
        ),
        _mapping(
            "pool", "sensing", "reservoir", "reservoir_release",
            [
                _level(1, "Minor", "gần mực nước dâng bình thường", "near the normal pool"),
                _level(2, "Moderate", "tới mực nước dâng bình thường", "at the normal pool"),
                _level(3, "Severe", "trên mực nước dâng bình thường", "above the normal pool"),
            ],
            value_field="level_m", certainty="Observed",
        ),
        _mapping(
            "rain", "sensing", "rain", "heavy_rain",
            [
                _level(1, "Minor", "mưa to", "heavy"),
                _level(2, "Moderate", "mưa rất to", "very heavy"),
                _level(3, "Severe", "mưa đặc biệt to", "exceptional"),
            ],
            value_field="rain_mm",
        ),
        _mapping(
            "road-depth", "sensing", "road_flood", "road_flood",
            [
                _level(1, "Minor", "từ 0,1 m", "from 0.1 m"),
                _level(2, "Moderate", "từ 0,3 m", "from 0.3 m"),
                _level(3, "Severe", "từ 0,6 m", "from 0.6 m"),
            ],
            value_field="depth_m",
        ),
        _mapping(
            "air", "sensing", "air", "air_quality",
            [
                _level(1, "Minor", "xấu", "bad"),
                _level(2, "Moderate", "rất xấu", "very bad"),
                _level(3, "Severe", "nguy hại", "hazardous"),
            ],
            value_field="aqi", urgency="Expected",
        ),
        _mapping(
            "water", "sensing", "water_quality", "water_quality",
            [
                _level(1, "Moderate", "kém", "poor"),
                _level(2, "Severe", "ô nhiễm rất nặng", "heavily polluted"),
            ],
            value_field="wqi", urgency="Expected",
        ),
        _mapping(
            "fire-danger", "sensing", "fire_danger", "fire_danger",
            [
                _level(4, "Moderate", "cấp IV, nguy hiểm", "IV, high"),
                _level(5, "Severe", "cấp V, cực kỳ nguy hiểm", "V, extreme"),
            ],
            value_field="danger", urgency="Expected", certainty="Likely",
            document="Quyết định 33/2022/QĐ-UBND; Quyết định 18/2021/QĐ-TTg điều 26",
            checked_how="web pages about the decisions; severities are ours",
        ),
        _mapping(
            "reports-flooding", "reports", "flooding", "road_flood", one,
            urgency="Immediate", certainty="Likely", need=2, within_min=60, radius_m=500,
        ),
        _mapping(
            "seen-road", "detection", "road_flood", "road_flood", one,
            urgency="Immediate", certainty="Likely", radius_m=150,
        ),
        _mapping(
            "seen-smoke", "detection", "fire_detection", "fire_detection",
            [_level(1, "Moderate", "cần kiểm tra", "to be checked")],
            urgency="Immediate", certainty="Likely", radius_m=500,
        ),
        _mapping(
            "seen-fire", "detection", "forest_fire", "forest_fire",
            [_level(1, "Severe", "cháy rừng", "forest fire")],
            urgency="Immediate", certainty="Observed", radius_m=1000,
        ),
        _mapping(
            "seen-straw", "detection", "straw_burning", "straw_burning",
            [_level(1, "Minor", "đốt rơm rạ", "straw burning")],
            urgency="Immediate", certainty="Observed", radius_m=300,
        ),
    ]  # fmt: skip


def risk() -> list[dict[str, Any]]:
    """Floods, article 45, one basin. Levels 4 and 5, the third's other half and the list of areas
    were not read: no station has its area, so operators set the level until they are entered."""
    rows = (
        ("flood-1a", 1, (1, 2, 3), 1, 2, None, ""),
        ("flood-1b", 1, (1,), 2, 3, None, ""),
        ("flood-2a", 2, (4,), 1, 2, None, ""),
        ("flood-2b", 2, (2, 3), 2, 3, None, ""),
        ("flood-2c", 2, (1, 2), 3, None, 1.0, ""),
        ("flood-3a", 3, (4,), 2, None, 0.3, "the text that was read ends after this case"),
    )
    return [
        {
            "id": name, "kind": "river_flood", "article": "45",
            "document": "Quyết định 18/2021/QĐ-TTg", "confirmed": True,
            "checked_how": "one web page with the first three levels", "valid_from": "2021-07-01",
            "level": level, "areas": areas, "from_alarm": low, "to_alarm": high,
            "to_over_m": over, "note": note,
        }
        for name, level, areas, low, high, over, note in rows
    ]  # fmt: skip


def main() -> None:
    """Write the documents."""
    write("alerts/issuer.json", issuer())
    write("alerts/mappings.json", mappings())
    write("alerts/stations.json", warned())
    write("alerts/risk.json", risk())


if __name__ == "__main__":
    main()
