"""merchants.json and merchants/points.json: rules of the acceptance network and 700 made-up shops.

`python -m infra.seed.make_merchants`. Nothing here is a real business: names are a kind of shop and
a flower, marked "(ví dụ)"; places are random points inside a commune's outline; payout accounts are
at the sandbox's own bank. Fees and thresholds are invented and marked as not confirmed. Banks and
their BINs are those of `make_banks`.
"""

import hashlib
import json
import random
from typing import Any

from infra.build.units import on_path
from infra.seed.make_banks import banks
from infra.seed.writing import DATA, REFORM, words, write

on_path()

from city.kernel.ids import ALPHABET  # noqa: E402 - the path comes first
from city.kernel.reference import Boundary  # noqa: E402

POINTS = 700
SEED = 46
WARD_WEIGHT, COMMUNE_WEIGHT = 3, 1  # more is sold in town
SANDBOX_BIN = "999946"  # 999 is no country of ISO 7812: no bank's app can send money there
INVENTED = "Hue-S demo: invented, to be replaced by the provider's contract"

# category code (ISO 18245), Vietnamese, English, what a shop of it is called, share
KINDS = (
    ("5812", "Quán ăn", "Restaurant", ("Quán cơm", "Quán bún", "Nhà hàng"), 150),
    ("5814", "Ăn nhanh, cà phê", "Fast food, coffee", ("Cà phê", "Quán chè", "Bánh mì"), 130),
    ("5411", "Tạp hoá, siêu thị", "Grocery", ("Tạp hoá", "Cửa hàng"), 130),
    ("5912", "Nhà thuốc", "Pharmacy", ("Nhà thuốc",), 50),
    ("5947", "Quà lưu niệm, đặc sản", "Gifts and specialities", ("Đặc sản", "Nón lá"), 50),
    ("5651", "Quần áo", "Clothing", ("Áo dài", "Thời trang"), 50),
    ("7230", "Cắt tóc, làm đẹp", "Hair and beauty", ("Salon",), 30),
    ("7011", "Lưu trú", "Lodging", ("Nhà nghỉ", "Homestay"), 30),
    ("5541", "Trạm xăng", "Petrol station", ("Trạm xăng",), 20),
    ("7523", "Gửi xe", "Parking", ("Bãi xe",), 25),
    ("5942", "Sách, văn phòng phẩm", "Books and stationery", ("Nhà sách",), 20),
    ("4111", "Đò, xe đưa đón", "Local transport", ("Bến thuyền",), 15),
)
FLOWERS = ("Sen", "Phượng", "Mai", "Ngô Đồng", "Bằng Lăng", "Hoàng Lan", "Ngọc Lan", "Sứ", "Lan",
           "Cúc", "Hồng", "Đào", "Trà", "Quỳnh", "Nhài", "Súng", "Lài", "Tường Vi", "Hướng Dương",
           "Thạch Thảo")  # fmt: skip
BANKS = {bank["bin"]: bank["short"] for bank in banks()}


def rules() -> dict[str, Any]:
    """What the unit goes by; dated where it may change."""
    dated = {"valid_from": "2026-01-01", "confirmed": False, "source": INVENTED}
    return {
        "provider": {
            "bank_bin": SANDBOX_BIN,
            "name": words("Ví thử nghiệm Hue-S", "Hue-S sandbox wallet"),
            "sandbox": True,
        },
        "categories": [{"code": code, "name": words(vi, en)} for code, vi, en, *_ in KINDS],
        "fees": [
            {**dated, "category": None, "rate_bp": 50, "max_vnd": 20_000},
            {**dated, "category": "5541", "rate_bp": 20, "max_vnd": 10_000},
            {**dated, "category": "5912", "rate_bp": 0, "max_vnd": 0},
        ],
        "refunds": [{**dated, "approval_over_vnd": 500_000, "days": 30}],
        "limit_class": "counted",
        "banks": {**BANKS, SANDBOX_BIN: "Ngân hàng thử nghiệm (không có thật)"},
    }


def point_id(number: int) -> str:
    """`HM` and eight letters, the same at every making."""
    digest = hashlib.sha256(f"acceptance point {number}".encode()).digest()
    return "HM" + "".join(ALPHABET[byte % 32] for byte in digest[:8])


def communes() -> list[tuple[str, str, Boundary]]:
    """Code, name and outline of every commune of today."""
    outlines = json.loads((DATA / "boundaries_2025_07.json").read_text("utf-8"))["boundaries"]
    named = {
        unit["code"]: unit["name"]
        for unit in json.loads((DATA / "units.json").read_text("utf-8"))
        if unit["level"] == "commune" and unit.get("valid_from") == REFORM
    }
    return [(o["code"], named[o["code"]], Boundary.model_validate(o)) for o in outlines]


def place(draw: random.Random, outline: Boundary) -> tuple[float, float]:
    """A random point inside an outline, to about ten metres."""
    box = outline.box
    while True:
        lat = round(draw.uniform(box.south, box.north), 4)
        lon = round(draw.uniform(box.west, box.east), 4)
        if outline.holds(lat, lon):
            return lat, lon


def points() -> list[dict[str, Any]]:
    """Every shop, in a fixed order."""
    draw = random.Random(SEED)
    listed = communes()
    weights = [
        WARD_WEIGHT if name.startswith("Phường") else COMMUNE_WEIGHT for _, name, _ in listed
    ]
    # Every commune has a few; the rest go where more is sold.
    where = [each for each in listed for _ in range(3)]
    where += draw.choices(listed, weights, k=POINTS - len(where))
    kinds = [kind for kind in KINDS for _ in range(kind[-1])]
    draw.shuffle(kinds)
    made = []
    for number, ((code, commune, outline), kind) in enumerate(zip(where, kinds, strict=True), 1):
        lat, lon = place(draw, outline)
        called = draw.choice(kind[3])
        made.append(
            {
                "id": point_id(number),
                "name": f"{called} {draw.choice(FLOWERS)} {number} (ví dụ)",
                "category": kind[0],
                "ward": code,
                "address": f"Địa chỉ ví dụ số {number}, {commune}",
                "lat": lat,
                "lon": lon,
                "payout": {
                    "bank_bin": SANDBOX_BIN,
                    "account": f"46{number:08}",
                    "holder": f"CHU DIEM BAN VI DU {number}",
                },
            }
        )
    return made


if __name__ == "__main__":
    write("merchants.json", rules())
    write("merchants/points.json", points())
