"""Stations, streams, gateways and parameters: `python -m infra.seed.make_stations`.

Names are of real places in Huế. Positions are ours, read from maps to about a kilometre and never
surveyed (`confirmed: false`); which sensors hang there, on which gateway, is demo data.
"""

from datetime import date
from itertools import pairwise
from typing import Any

from infra.build.units import on_path
from infra.seed.documents import documents
from infra.seed.writing import words, write

on_path()

TODAY = date(2026, 11, 24)
SOURCE = "Hue-S demo: real place, approximate position, not surveyed"
NEAR_M = 30_000

# id: Vietnamese, English, lat, lon, gateway, what differs
Row = tuple[str, str, float, float, str, dict[str, Any]]
RIVERS: dict[str, Row] = {
    "kim-long": ("Kim Long", "Kim Long", 16.457, 107.561, "gw-river", {"river": "Hương"}),
    "phu-oc": ("Phú Ốc", "Phú Ốc", 16.533, 107.470, "gw-river", {"river": "Bồ"}),
    "thuong-nhat": (
        "Thượng Nhật", "Thượng Nhật", 16.120, 107.690, "gw-river", {"river": "Tả Trạch"},
    ),
    "phong-binh": ("Phong Bình", "Phong Bình", 16.664, 107.378, "gw-river", {"river": "Ô Lâu"}),
    "truoi": ("Truồi", "Truồi", 16.309, 107.783, "gw-river", {"river": "Truồi"}),
}  # fmt: skip
RESERVOIRS: dict[str, Row] = {
    "ta-trach": ("Hồ Tả Trạch", "Tả Trạch reservoir", 16.330, 107.640, "gw-reservoir", {}),
    "huong-dien": ("Hồ Hương Điền", "Hương Điền reservoir", 16.470, 107.440, "gw-reservoir", {}),
    "binh-dien": ("Hồ Bình Điền", "Bình Điền reservoir", 16.330, 107.500, "gw-reservoir", {}),
    "a-luoi-ho": ("Hồ A Lưới", "A Lưới reservoir", 16.200, 107.180, "gw-reservoir", {}),
    "thao-long": ("Đập Thảo Long", "Thảo Long barrage", 16.535, 107.615, "gw-reservoir", {}),
}
RAIN: dict[str, Row] = {
    f"mua-{key}": (f"Mưa {vi}", f"Rain {vi}", lat, lon, gateway, {})
    for key, vi, lat, lon, gateway in (
        ("hue", "Huế", 16.434, 107.582, "gw-rain-plain"),
        ("kim-long", "Kim Long", 16.457, 107.561, "gw-rain-plain"),
        ("thuan-an", "Thuận An", 16.550, 107.645, "gw-rain-plain"),
        ("phu-bai", "Phú Bài", 16.402, 107.696, "gw-rain-plain"),
        ("phu-oc", "Phú Ốc", 16.533, 107.470, "gw-rain-plain"),
        ("phong-dien", "Phong Điền", 16.585, 107.355, "gw-rain-plain"),
        ("vinh-hien", "Vinh Hiền", 16.350, 107.915, "gw-rain-plain"),
        ("truoi", "Truồi", 16.290, 107.770, "gw-rain-plain"),
        ("lang-co", "Lăng Cô", 16.208, 108.070, "gw-rain-plain"),
        ("a-luoi", "A Lưới", 16.217, 107.283, "gw-rain-hills"),
        ("ta-luong", "Tà Lương", 16.300, 107.360, "gw-rain-hills"),
        ("binh-dien", "Bình Điền", 16.335, 107.450, "gw-rain-hills"),
        ("nam-dong", "Nam Đông", 16.165, 107.725, "gw-rain-hills"),
        ("thuong-nhat", "Thượng Nhật", 16.120, 107.690, "gw-rain-hills"),
        ("bach-ma", "Bạch Mã", 16.197, 107.860, "gw-rain-hills"),
        ("ta-trach", "Tả Trạch", 16.330, 107.640, "gw-rain-hills"),
        ("phong-my", "Phong Mỹ", 16.470, 107.260, "gw-rain-hills"),
    )
}
AIR: dict[str, Row] = {
    "kk-hung-vuong": ("Không khí Hùng Vương", "Air Hùng Vương", 16.463, 107.599, "gw-air", {}),
    "kk-dai-noi": ("Không khí Đại Nội", "Air Citadel", 16.470, 107.579, "gw-air", {}),
    "kk-phu-bai": ("Không khí KCN Phú Bài", "Air Phú Bài zone", 16.395, 107.700, "gw-air", {}),
    "kk-tu-ha": ("Không khí Tứ Hạ", "Air Tứ Hạ", 16.530, 107.468, "gw-air", {}),
    "kk-thuy-phuong": ("Không khí Thủy Phương", "Air Thủy Phương", 16.410, 107.640, "gw-air", {}),
    "kk-chan-may": ("Không khí Chân Mây", "Air Chân Mây", 16.310, 108.005, "gw-air", {}),
}
WATER: dict[str, Row] = {
    "nuoc-van-nien": (
        "Nước sông Hương tại Vạn Niên", "Hương at Vạn Niên", 16.430, 107.545, "gw-water",
        {"river": "Hương"},
    ),
    "nuoc-gia-vien": (
        "Nước sông Hương tại Giã Viên", "Hương at Giã Viên", 16.456, 107.572, "gw-water",
        {"river": "Hương"},
    ),
    "nuoc-an-cuu": (
        "Nước sông An Cựu", "An Cựu river", 16.455, 107.600, "gw-water", {"river": "An Cựu"},
    ),
    "nuoc-bo": ("Nước sông Bồ tại Tứ Hạ", "Bồ at Tứ Hạ", 16.535, 107.468, "gw-water",
                {"river": "Bồ"}),
    "nuoc-tam-giang": ("Nước phá Tam Giang", "Tam Giang lagoon", 16.562, 107.600, "gw-water", {}),
}  # fmt: skip
ROADS: dict[str, Row] = {
    f"ngap-{key}": (f"Điểm ngập {vi}", f"Low point {vi}", lat, lon, gateway, {})
    for key, vi, lat, lon, gateway in (
        ("ba-trieu", "Bà Triệu", 16.4665, 107.6040, "gw-road-south"),
        ("truong-chinh", "Trường Chinh", 16.4610, 107.6070, "gw-road-south"),
        ("to-huu", "Tố Hữu", 16.4640, 107.6100, "gw-road-south"),
        ("dong-da", "Đống Đa", 16.4610, 107.5930, "gw-road-south"),
        ("le-quy-don", "Lê Quý Đôn", 16.4670, 107.5990, "gw-road-south"),
        ("dap-da", "Đập Đá", 16.4730, 107.5970, "gw-road-south"),
        ("nguyen-sinh-cung", "Nguyễn Sinh Cung", 16.4780, 107.6050, "gw-road-south"),
        ("an-duong-vuong", "An Dương Vương", 16.4520, 107.6100, "gw-road-south"),
        ("chi-lang", "Chi Lăng", 16.4820, 107.5890, "gw-road-north"),
        ("huynh-thuc-khang", "Huỳnh Thúc Kháng", 16.4780, 107.5840, "gw-road-north"),
        ("dang-thai-than", "Đặng Thái Thân", 16.4720, 107.5750, "gw-road-north"),
        ("le-duan", "Lê Duẩn", 16.4600, 107.5750, "gw-road-north"),
        ("kim-long-duong", "đường Kim Long", 16.4560, 107.5600, "gw-road-north"),
        ("tinh-lo-4", "Tỉnh lộ 4, Quảng Thành", 16.5300, 107.5500, "gw-road-north"),
    )
}
FIRE: dict[str, Row] = {
    "chay-thien-an": ("Chòi canh Thiên An", "Thiên An", 16.410, 107.565, "gw-fire", {"zone": "1"}),
    "chay-ngu-binh": ("Chòi canh Ngự Bình", "Ngự Bình", 16.438, 107.597, "gw-fire", {"zone": "1"}),
    "chay-phong-my": ("Chòi canh Phong Mỹ", "Phong Mỹ", 16.470, 107.262, "gw-fire", {"zone": "1"}),
    "chay-phuoc-tuong": (
        "Chòi canh Phước Tượng", "Phước Tượng", 16.270, 107.930, "gw-fire", {"zone": "1"},
    ),
    "chay-nam-dong": ("Chòi canh Hương Phú", "Hương Phú", 16.190, 107.710, "gw-fire",
                      {"zone": "2"}),
    "chay-hong-ha": ("Chòi canh Hồng Hạ", "Hồng Hạ", 16.300, 107.362, "gw-fire", {"zone": "3"}),
}  # fmt: skip
KINDS = {
    "river": RIVERS, "reservoir": RESERVOIRS, "rain": RAIN, "air": AIR, "water": WATER,
    "road": ROADS, "fire_tower": FIRE,
}  # fmt: skip

MINUTES_10, QUARTER, MONTH = 600, 900, 30 * 86_400
GASES = ("o3", "no2", "so2", "co")
SAMPLES = ("bod5", "cod", "toc", "n_no2", "p_po4", "coliform", "e_coli", "cu", "zn", "as")
MEASURES: dict[str, list[tuple[str, int, str | None]]] = {  # parameter, interval, other gateway
    "river": [("water_level", MINUTES_10, None)],
    "reservoir": [("water_level", QUARTER, None), ("inflow", QUARTER, None),
                  ("outflow", QUARTER, None)],
    "rain": [("rain", MINUTES_10, None)],
    "air": [(p, QUARTER, None) for p in ("pm25", "pm10", *GASES)],
    "water": [(p, 1800, None) for p in ("ph", "do", "temperature", "turbidity", "n_nh4", "n_no3")]
    + [(p, MONTH, "gw-lab") for p in SAMPLES],
    "road": [("depth", 300, None)],
    "fire_tower": [(p, MINUTES_10, None) for p in ("temperature", "humidity", "rain")],
}  # fmt: skip
DERIVED = {
    "air": [("vn_aqi_hour", 3600), ("vn_aqi_day", 86_400)],
    "water": [("vn_wqi", 86_400)],
    "fire_tower": [("nesterov_p", 86_400), ("fire_level", 86_400)],
}
GATEWAYS = {
    "gw-river": ("Cổng đo mực nước sông", "River gauges", "vendor-a", "power-west"),
    "gw-reservoir": ("Cổng hồ chứa", "Reservoirs", "vendor-a", "power-hills"),
    "gw-rain-plain": ("Cổng đo mưa đồng bằng", "Rain, plain", "vendor-b", "power-east"),
    "gw-rain-hills": ("Cổng đo mưa vùng núi", "Rain, hills", "vendor-b", "power-hills"),
    "gw-air": ("Cổng không khí", "Air", "vendor-c", "power-south"),
    "gw-water": ("Cổng chất lượng nước", "Water quality", "vendor-c", "power-west"),
    "gw-lab": ("Phòng thí nghiệm", "Laboratory", "laboratory", "power-south"),
    "gw-road-north": ("Cổng điểm ngập Bắc sông Hương", "Low points north", "vendor-d",
                      "power-north"),
    "gw-road-south": ("Cổng điểm ngập Nam sông Hương", "Low points south", "vendor-d",
                      "power-south"),
    "gw-fire": ("Cổng chòi canh lửa", "Fire towers", "vendor-a", "power-hills"),
}  # fmt: skip

# id: vi, en, unit, digits, fail range, and what differs
PARAMETERS: dict[str, tuple[str, str, str, int, tuple[float, float], dict[str, Any]]] = {
    "water_level": ("Mực nước", "Water level", "m", 2, (-5, 700), {"rate_per_hour": 3.0}),
    "inflow": ("Lưu lượng đến", "Inflow", "m3/s", 0, (0, 20_000), {}),
    "outflow": ("Lưu lượng xả", "Outflow", "m3/s", 0, (0, 20_000), {}),
    "rain": ("Lượng mưa", "Rain", "mm", 1, (0, 120), {"suspect": (0, 60), "total": True}),
    "depth": ("Độ sâu ngập", "Water depth", "m", 2, (0, 5), {"rate_per_hour": 6.0}),
    "pm25": ("Bụi PM2.5", "PM2.5", "µg/m3", 1, (0, 1500),
             {"stuck": 12, "neighbour_factor": 4.0, "neighbour_floor": 60.0,
              "detection_limit": 1.0}),
    "pm10": ("Bụi PM10", "PM10", "µg/m3", 1, (0, 3000),
             {"stuck": 12, "neighbour_factor": 4.0, "neighbour_floor": 90.0,
              "detection_limit": 1.0}),
    "o3": ("Ozon", "Ozone", "µg/m3", 1, (0, 2000), {"stuck": 12, "molar_g": 47.998}),
    "no2": ("NO₂", "NO₂", "µg/m3", 1, (0, 5000), {"stuck": 12, "molar_g": 46.006}),
    "so2": ("SO₂", "SO₂", "µg/m3", 1, (0, 5000), {"stuck": 12, "molar_g": 64.066}),
    "co": ("CO", "CO", "µg/m3", 0, (0, 200_000), {"stuck": 12, "molar_g": 28.010}),
    "temperature": ("Nhiệt độ", "Temperature", "°C", 1, (-5, 50),
                    {"rate_per_hour": 15.0, "stuck": 24}),
    "humidity": ("Độ ẩm", "Humidity", "%", 0, (0, 100), {}),
    "ph": ("pH", "pH", "pH", 2, (0, 14), {"suspect": (4, 11)}),
    "do": ("Oxy hoà tan", "Dissolved oxygen", "mg/L", 2, (0, 25), {}),
    "turbidity": ("Độ đục", "Turbidity", "NTU", 1, (0, 4000), {}),
    "n_nh4": ("Amoni (N)", "Ammonium (N)", "mg/L", 3, (0, 100), {"detection_limit": 0.02}),
    "n_no3": ("Nitrat (N)", "Nitrate (N)", "mg/L", 3, (0, 200), {"detection_limit": 0.02}),
    "n_no2": ("Nitrit (N)", "Nitrite (N)", "mg/L", 3, (0, 50), {"detection_limit": 0.005}),
    "p_po4": ("Phosphat (P)", "Phosphate (P)", "mg/L", 3, (0, 50), {"detection_limit": 0.01}),
    "bod5": ("BOD5", "BOD5", "mg/L", 1, (0, 500), {"detection_limit": 1.0}),
    "cod": ("COD", "COD", "mg/L", 1, (0, 1000), {"detection_limit": 3.0}),
    "toc": ("TOC", "TOC", "mg/L", 1, (0, 500), {"detection_limit": 0.5}),
    "coliform": ("Tổng coliform", "Coliforms", "MPN/100mL", 0, (0, 1e9), {}),
    "e_coli": ("E. coli", "E. coli", "MPN/100mL", 0, (0, 1e9), {}),
    "cu": ("Đồng", "Copper", "mg/L", 4, (0, 50), {"detection_limit": 0.001}),
    "zn": ("Kẽm", "Zinc", "mg/L", 4, (0, 50), {"detection_limit": 0.005}),
    "as": ("Asen", "Arsenic", "mg/L", 4, (0, 10), {"detection_limit": 0.001}),
    "vn_aqi_hour": ("VN_AQI giờ", "VN_AQI, hour", "index", 0, (0, 500), {}),
    "vn_aqi_day": ("VN_AQI ngày", "VN_AQI, day", "index", 0, (0, 500), {}),
    "vn_wqi": ("VN_WQI", "VN_WQI", "index", 0, (0, 100), {}),
    "nesterov_p": ("Chỉ số P", "Nesterov P", "P", 0, (0, 1e6), {}),
    "fire_level": ("Cấp cháy rừng", "Fire danger", "level", 0, (1, 5), {}),
}  # fmt: skip
OWN = ("total", "molar_g")


def stations() -> list[dict[str, Any]]:
    """Every station, with the commune that contains it today."""
    from city.kernel.reference import Reference

    city = Reference.from_documents(documents())
    made = []
    for kind, rows in KINDS.items():
        for key, (vi, en, lat, lon, _, rest) in rows.items():
            ward = city.ward_at(lat, lon, TODAY)
            if ward is None:
                raise SystemExit(f"{key} lies outside the city")
            made.append(
                {
                    "id": key, "kind": kind, "name": words(vi, en), "lat": lat, "lon": lon,
                    "unit": ward.code, "source": SOURCE, "confirmed": False, "demo": True, **rest,
                }
            )  # fmt: skip
    return made


def streams() -> list[dict[str, Any]]:
    """What each station measures, and what is computed from it."""
    made = []
    for kind, rows in KINDS.items():
        for key, row in rows.items():
            for parameter, interval, other in MEASURES[kind]:
                made.append(_stream(key, parameter, other or row[4], interval))
            for parameter, interval in DERIVED.get(kind, []):
                made.append(_stream(key, parameter, None, interval))
    for parameter in ("pm25", "pm10"):
        _neighbours([s for s in made if s["parameter"] == parameter])
    return made


def _stream(station: str, parameter: str, gateway: str | None, interval: int) -> dict[str, Any]:
    return {
        "id": f"{station}.{parameter}", "station": station, "parameter": parameter,
        "gateway": gateway, "interval_s": interval,
    }  # fmt: skip


def _neighbours(alike: list[dict[str, Any]]) -> None:
    """The streams of the same parameter within reach, nearest first."""
    from city.kernel.geo import distance_m

    at = {key: (row[2], row[3]) for rows in KINDS.values() for key, row in rows.items()}
    for stream in alike:
        here = at[stream["station"]]
        reach = sorted(
            (distance_m(*here, *at[other["station"]]), other["id"])
            for other in alike
            if other is not stream
        )
        stream["neighbours"] = [name for metres, name in reach[:4] if metres <= NEAR_M]


def parameters() -> list[dict[str, Any]]:
    """What is measured, with the limits of its quality checks (ours)."""
    made = []
    for key, (vi, en, uom, digits, fail, rest) in PARAMETERS.items():
        own = {name: value for name, value in rest.items() if name in OWN}
        checks = {name: value for name, value in rest.items() if name not in OWN}
        made.append(
            {
                "id": key, "name": words(vi, en), "uom": uom, "digits": digits, **own,
                "checks": {"fail": fail, **checks},
            }
        )  # fmt: skip
    return made


def gateways() -> list[dict[str, Any]]:
    """Who sends."""
    return [
        {"id": key, "name": words(vi, en), "vendor": vendor, "power_area": area}
        for key, (vi, en, vendor, area) in GATEWAYS.items()
    ]


def main() -> None:
    """Write the documents."""
    listed = streams()
    twice = [a["id"] for a, b in pairwise(sorted(listed, key=lambda s: s["id"])) if a == b]
    if twice:
        raise SystemExit(f"twice: {twice}")
    write("sensing/stations.json", stations())
    write("sensing/streams.json", listed)
    write("sensing/parameters.json", parameters())
    write("sensing/gateways.json", gateways())


if __name__ == "__main__":
    main()
