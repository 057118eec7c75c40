"""The documents of the unit `vessels`: `python -m infra.seed.make_vessels`.

The fleet is INVENTED: registrations of a series that no port gives out, owners, terminals and MMSI
numbers are made up, vendors have no real names. The lines on the sea are drawn by hand for trying
things out; they are no legal limit. The rules are what public pages say of the decrees; whoever has
read the decree itself sets `confirmed`.
"""

import json
from typing import Any

from infra.seed.writing import DATA, words

OURS = words(
    "Dữ liệu thử của dự án, chưa đối chiếu văn bản; không dùng làm căn cứ pháp lý.",
    "The project's own trial data, not checked against any document; no legal basis.",
)
D26 = "Nghị định 26/2019/NĐ-CP"
D37 = "Nghị định 37/2024/NĐ-CP"
D38 = "Nghị định 38/2024/NĐ-CP"
D41 = "Nghị định 41/2026/NĐ-CP"
PRESS = (" (theo báo chí và trang công khai, chưa đọc toàn văn)",
         " (from the press and public pages; the full text was not read)")  # fmt: skip
LIMIT = [
    (106.50, 15.90), (106.50, 17.60), (108.00, 17.90), (109.60, 17.20), (110.20, 16.20),
    (109.40, 15.20), (108.00, 15.00), (106.50, 15.90),
]  # fmt: skip
SON_CHA = [
    (108.08, 16.20), (108.20, 16.19), (108.30, 16.23), (108.29, 16.29), (108.18, 16.30),
    (108.08, 16.26), (108.08, 16.20),
]  # fmt: skip
SEASON = [
    (107.70, 16.62), (107.95, 16.50), (108.05, 16.60), (107.80, 16.74), (107.70, 16.62),
]  # fmt: skip
PORTS = [
    ("thuan-an", "Cảng cá Thuận An", "Thuận An fishing port", 16.560, 107.640),
    ("tu-hien", "Bến cá Tư Hiền", "Tư Hiền landing", 16.358, 107.862),
    ("chan-may", "Khu neo đậu Chân Mây", "Chân Mây anchorage", 16.325, 108.015),
    ("lang-co", "Bến cá Lăng Cô", "Lăng Cô landing", 16.245, 108.075),
]
GEARS = ["lưới kéo", "lưới vây", "câu cá ngừ", "lưới rê", "chụp mực"]
OWNERS = [
    "Trần Văn Biển", "Lê Thị Sóng", "Nguyễn Văn Khơi", "Phan Văn Lộng", "Hồ Thị Cát",
    "Võ Văn Neo", "Đặng Văn Buồm", "Bùi Thị Lưới", "Mai Văn Chài", "Đỗ Văn Hải",
]  # fmt: skip
ACCOUNTS = {1: "+84900000003", 2: "+84900000003", 3: "+84900000004", 4: "+84900000001",
            5: "+84900000002"}  # fmt: skip
FLEET = 26
VENDORS = ["ncc-a", "ncc-b"]


def told(document: str) -> dict[str, str]:
    """A document that we know of from public pages."""
    return words(document + PRESS[0], document + PRESS[1])


def boats() -> list[dict[str, Any]]:
    """The invented fleet; `phone` is a demo account's, which loading turns into its id."""
    made = []
    for n in range(1, FLEET + 1):
        lmax = [26.4, 17.2, 24.0, 15.0, 19.8, 12.6][n % 6]
        vendor = VENDORS[n % 2]
        devices = [{"id": f"T{vendor[-1].upper()}-{n:03}", "vendor": vendor}]
        if n % 7 == 0:
            other = VENDORS[(n + 1) % 2]
            devices.append({"id": f"T{other[-1].upper()}-{n:03}", "vendor": other})
        made.append(
            {
                "id": f"tau-{n:03}",
                "registration": f"TTH-00{n:03}-TS",
                "lmax_m": lmax,
                "gear": GEARS[n % len(GEARS)],
                "port": PORTS[n % len(PORTS)][0],
                "owner": OWNERS[n % len(OWNERS)],
                "phone": ACCOUNTS.get(n),
                "devices": devices if lmax >= 15 else [],
                "mmsi": 574_999_000 + n if n % 3 == 0 or lmax < 15 else None,
                "demo": True,
            }
        )
    return made


def gateways() -> list[dict[str, Any]]:
    """Vendors' servers and a receiver on the coast."""
    listed = [
        {"id": f"gw-{v}", "vendor": v, "kind": "vms", "max_per_minute": 5000} for v in VENDORS
    ]
    return [
        *listed,
        {"id": "gw-ais-thuan-an", "vendor": "coast", "kind": "ais", "max_per_minute": 20000},
    ]


def obligations() -> list[dict[str, Any]]:
    """What boats must do by their length, dated."""
    rows = []
    for at, document, first in (
        ("2019-07-01", D26, True), ("2024-05-19", f"{D37} (phụ lục VII), {D26}", False),
        ("2026-01-25", f"{D41}, {D37}", False),
    ):  # fmt: skip
        end = {"2019-07-01": "2024-05-18", "2024-05-19": "2026-01-24"}.get(at)
        rows += [
            {
                "id": f"long-{at}", "from_m": 24.0, "to_m": None, "device": True,
                "interval_min": 120, "valid_from": at, "valid_to": end, "source": told(document),
                "words": words(
                    "Bật thiết bị từ khi rời cảng đến khi vào cảng; báo vị trí 2 giờ một lần.",
                    "Device on from leaving to entering port; a position every 2 hours.",
                ),
            },
            {
                "id": f"middle-{at}", "from_m": 15.0, "to_m": 24.0, "device": True,
                "interval_min": 180, "valid_from": "2020-04-01" if first else at, "valid_to": end,
                "source": told(document),
                "words": words(
                    "Bật thiết bị từ khi rời cảng đến khi vào cảng; thực tế báo 3 giờ một lần "
                    "(phụ lục VII của 37/2024 nêu 12 vị trí một ngày).",
                    "Device on from leaving to entering port; in practice a position every 3 hours "
                    "(annex VII of 37/2024 says 12 a day).",
                ),
            },
        ]  # fmt: skip
    rows.append(
        {
            "id": "short", "from_m": 0.0, "to_m": 15.0, "device": False, "interval_min": None,
            "valid_from": "2019-07-01", "valid_to": None, "source": told(D26),
            "words": words("Không bắt buộc thiết bị giám sát hành trình.",
                           "No tracking device is required."),
        }
    )  # fmt: skip
    return [{**row, "confirmed": False} for row in rows]


def limits() -> list[dict[str, Any]]:
    """The numbers of the rules."""
    source = words(
        "6 giờ và 10 ngày: 26/2019 và 37/2024; 36 tháng: 41/2026 (theo báo chí); 24 giờ: QĐ 1874 "
        "(2021) của Thanh Hoá; còn lại (1,5 lần chu kỳ, 20 %, 30 phút, 5/1/10 hải lý, hai vị trí, "
        "30 hải lý/giờ) là lựa chọn của dự án.",
        "6 hours and 10 days: 26/2019 and 37/2024; 36 months: 41/2026 (press); 24 hours: Thanh "
        "Hoá's decision 1874 (2021); the rest (1.5 intervals, 20 %, 30 minutes, 5/1/10 miles, two "
        "fixes, 30 knots) is the project's choice.",
    )
    return [
        {
            "id": "limits-2026", "valid_from": "2019-07-01", "valid_to": None, "source": source,
            "confirmed": False, "late_factor": 1.5, "silent_h": [6, 24, 240], "radio_h": 6,
            "outage_share": 0.2, "outage_least": 3, "outage_window_min": 30, "outage_half": 0.5,
            "apart_s": 300, "fixes_outside": 2, "clear_nm": 1.0, "near_nm": 10.0,
            "max_knots": 30.0, "keep_months": 36,
        }
    ]  # fmt: skip


def deadlines() -> list[dict[str, Any]]:
    """What must be done by when, hours from a case's opening."""
    ours = words(
        "Cách hiểu của dự án về 26/2019, 37/2024 và QĐ 1874 (2021) của Thanh Hoá; chưa đối chiếu.",
        "Our reading of 26/2019, 37/2024 and Thanh Hoá's decision 1874 (2021); unchecked.",
    )
    listed = [
        ("silence", 1, False, "notify", 6, "Thông báo chủ tàu", "Notify the owner"),
        ("silence", 2, False, "verify", 24, "Xác minh vì sao mất tín hiệu", "Verify the silence"),
        ("silence", 2, True, "verify", 12, "Xác minh, tàu ở gần ranh giới",
         "Verify, the boat is near the limit"),
        ("silence", 1, False, "in_port", 240, "Tàu về cảng trong 10 ngày",
         "The boat is back in port within 10 days"),
        ("limit", 1, False, "notify", 6, "Yêu cầu tàu quay lại", "Order the boat back"),
        ("limit", 1, False, "verify", 12, "Xác minh việc vượt ranh giới", "Verify the crossing"),
        ("protected", 1, False, "notify", 6, "Yêu cầu tàu rời vùng", "Order the boat out"),
        ("protected", 1, False, "verify", 24, "Xác minh việc vào vùng", "Verify the entry"),
    ]  # fmt: skip
    return [
        {
            "id": f"{case}-{stage}-{action}{'-grave' if grave else ''}", "case": case,
            "stage": stage, "grave": grave, "action": action, "hours": hours,
            "words": words(vi, en), "source": ours, "confirmed": False, "valid_from": "2019-07-01",
            "valid_to": None,
        }
        for case, stage, grave, action, hours, vi, en in listed
    ]  # fmt: skip


def fines() -> list[dict[str, Any]]:
    """What a fine may be. One row a kind of case and length, from the press on 38/2024."""
    return [
        {
            "id": f"fine-{case}-{from_m:.0f}m", "case": case, "from_m": from_m, "least_vnd": least,
            "most_vnd": most, "repeat_most_vnd": repeat, "valid_from": "2024-05-20",
            "valid_to": None, "source": told(D38), "confirmed": False,
        }
        for case, from_m, least, most, repeat in (
            ("silence", 24.0, 300_000_000, 500_000_000, 700_000_000),
            ("limit", 15.0, 300_000_000, 500_000_000, 700_000_000),
        )
    ]  # fmt: skip


def zones() -> list[dict[str, Any]]:
    """Lines on the sea, drawn by hand."""
    drawn = [
        ("ranh-gioi-thu", "limit", "Ranh giới vùng được phép khai thác (vẽ thử)",
         "Limit of permitted waters (drawn for trial)", LIMIT, 5.0, "2019-07-01", None),
        ("son-cha-hai-van", "protected", "Vùng biển Sơn Chà – Hải Vân (vẽ gần đúng)",
         "Sea around Sơn Chà – Hải Vân (approximate)", SON_CHA, 1.0, "2020-01-01", None),
        ("cam-mua-2026", "protected", "Vùng cấm khai thác có thời hạn 2026 (vẽ thử)",
         "Seasonal closure of 2026 (drawn for trial)", SEASON, 1.0, "2026-04-01", "2026-06-30"),
    ]  # fmt: skip
    return [
        {
            "id": id_, "kind": kind, "name": words(vi, en), "ring": [list(p) for p in ring],
            "approach_nm": approach, "valid_from": start, "valid_to": end, "source": OURS,
            "confirmed": False,
        }
        for id_, kind, vi, en, ring, approach, start, end in drawn
    ]  # fmt: skip


def ports() -> list[dict[str, Any]]:
    """Ports and landings; the circles are ours."""
    return [
        {"id": id_, "name": words(vi, en), "lat": lat, "lon": lon, "radius_nm": 1.2,
         "source": OURS, "confirmed": False}
        for id_, vi, en, lat, lon in PORTS
    ]  # fmt: skip


def agencies() -> list[str]:
    """The agencies that look after fishing; cases belong to the first."""
    return ["so-nong-nghiep-moi-truong", "bo-doi-bien-phong"]


DOCUMENTS = {
    "boats": boats, "gateways": gateways, "obligations": obligations, "limits": limits,
    "deadlines": deadlines, "fines": fines, "zones": zones, "ports": ports,
    "agencies": agencies,
}  # fmt: skip


if __name__ == "__main__":
    folder = DATA / "vessels"
    folder.mkdir(exist_ok=True)
    for name, made in DOCUMENTS.items():
        text = json.dumps(made(), ensure_ascii=False, indent=1) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
