"""units.json, the administrative units: `python -m infra.seed.make_units`.

Facts from sources/hue-units.json (names and codes before and after 2025-07-01) and the
resolutions named below. Names are those of the unit's last day: communes renamed or merged before
2025 are not known to the data.
"""

from typing import Any

from infra.seed.writing import (
    BEFORE_GROWTH,
    BEFORE_QUARTERS,
    EVE,
    GROWTH,
    QUARTERS,
    REFORM,
    facts,
    write,
)

# First commune code of each unit of the second level before 2021-07-01, and what became of the
# unit on 2025-01-01 (Resolutions 1264/NQ-UBTVQH14 and 1314/NQ-UBTVQH15).
FIRST_CODES = [
    ("19750", "474"), ("19819", "476"), ("19867", "477"), ("19900", "478"), ("19960", "479"),
    ("19996", "480"), ("20044", "481"), ("20107", "482"), ("20161", "483"),
]  # fmt: skip
FORMER_DISTRICTS = [
    ("474", "Thành phố Huế", ["474", "475"]),
    ("476", "Huyện Phong Điền", ["476"]),
    ("477", "Huyện Quảng Điền", ["477"]),
    ("478", "Huyện Phú Vang", ["478"]),
    ("479", "Thị xã Hương Thủy", ["479"]),
    ("480", "Thị xã Hương Trà", ["480"]),
    ("481", "Huyện A Lưới", ["481"]),
    ("482", "Huyện Phú Lộc", ["482"]),
    ("483", "Huyện Nam Đông", ["482"]),
]


def former_parent(code: str) -> str:
    """The unit above a commune until 2021-06-30: statistical codes are numbered unit by unit."""
    return max(p for first, p in FIRST_CODES if first <= code)


def units(known: dict[str, Any]) -> list[dict[str, Any]]:
    """Every unit with its days and successors."""
    until, since = known["until_2025_06_30"], known["from_2025_07_01"]
    became: dict[str, list[dict[str, str]]] = {}
    for commune in since["communes"]:
        for old in commune["formed_from"]:
            became.setdefault(old["code"], []).append(
                {"code": commune["code"], "part": old["part"]}
            )
    city = until["code"]
    made: list[dict[str, Any]] = [
        {
            "code": city,
            "name": "Tỉnh Thừa Thiên Huế",
            "level": "province",
            "valid_to": BEFORE_QUARTERS,
            "successors": [{"code": city, "part": "full"}],
        },
        {"code": city, "name": until["name"], "level": "city", "valid_from": QUARTERS},
    ]
    for code, name, successors in FORMER_DISTRICTS:
        part = "full" if len(successors) == 1 else "part"
        row = {"code": code, "name": name, "level": "district", "parent": city}
        after = [{"code": c, "part": part} for c in successors]
        made.append({**row, "valid_to": BEFORE_QUARTERS, "successors": after})
    for district in until["districts"]:
        fact = {"code": district["code"], "name": district["name"]}
        heirs = {h["code"]: None for c in district["communes"] for h in became[c["code"]]}
        made.append(
            {
                **_unit(fact, "district", city, valid_from=QUARTERS, valid_to=EVE),
                "successors": [{"code": code, "part": "part"} for code in heirs],
            }
        )
    for district in until["districts"]:
        for commune in district["communes"]:
            made += _spans(commune, district["code"], became[commune["code"]])
    for commune in since["communes"]:
        made.append(_unit(commune, "commune", city, valid_from=REFORM))
    return made


def _spans(
    commune: dict[str, Any], last: str, successors: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """A former commune under each unit that it belonged to, oldest first."""
    former = former_parent(commune["code"])
    between = {"475": "474"}.get(last, former if former == "483" else last)
    spans: list[tuple[str, str | None, str]] = []
    for parent, begin, end in (
        (former, None, BEFORE_GROWTH),
        (between, GROWTH, BEFORE_QUARTERS),
        (last, QUARTERS, EVE),
    ):
        if spans and spans[-1][0] == parent:
            spans[-1] = (parent, spans[-1][1], end)
        else:
            spans.append((parent, begin, end))
    same = [{"code": commune["code"], "part": "full"}]
    return [
        {
            **_unit(commune, "commune", parent, **({"valid_from": begin} if begin else {})),
            "valid_to": end,
            "successors": successors if end == EVE else same,
        }
        for parent, begin, end in spans
    ]


def _unit(fact: dict[str, Any], level: str, parent: str, **days: str) -> dict[str, Any]:
    return {"code": fact["code"], "name": fact["name"], "level": level, "parent": parent, **days}


if __name__ == "__main__":
    write("units.json", units(facts()))
