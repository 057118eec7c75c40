"""563 cameras of a demo: `python -m infra.seed.make_cameras`.

The seed counts 563 cameras and names none. These are invented: each at a random point inside the
real outline of a commune (towns have more), and they say so (`demo`, `simulated`). How many look
at what is ours too. Some look at the scenes of the review's cases (`make_cases`) with rules of
their own; one reads a staff gauge beside a station of `sensing`.
"""

from datetime import date
from random import Random
from typing import Any

from infra.build.units import on_path
from infra.seed.documents import documents
from infra.seed.load_sensing import sensing_documents
from infra.seed.writing import words, write

on_path()
from infra.seed.cases import CASES, WATER, rules_of  # noqa: E402 - needs the units' path

TODAY = date(2026, 11, 24)
SEED = 563
# kind: how many, the name's beginning in both languages, pictures a second, plates
KINDS: dict[str, tuple[int, str, str, float, bool]] = {
    "traffic": (318, "Giao thông", "Traffic", 5.0, True),
    "square": (104, "Công cộng", "Public place", 4.0, False),
    "water": (61, "Mực nước", "Water level", 1.0, False),
    "forest": (42, "Rừng", "Forest", 1.0, False),
    "screen": (38, "Màn hình", "Screen", 0.5, False),
}
RURAL = {"water", "forest"}
RULES_FROM = "2026-01-01T00:00:00Z"
ROAD = [[0.1, 0.45], [0.9, 0.45], [0.95, 0.95], [0.05, 0.95]]
POLICE = "cong-an-thanh-pho"
GRAVE = {"red_light", "wrong_way"}
TRAFFIC = {"red_light", "wrong_way", "prohibited_road", "stop_line", "line_speed"}
GAUGED = "kim-long"
CONTROLLED, SIGNAL = "cam-018", "nga-sau/2"  # told by the controller, not by its picture
DEMO_ARTICLE = "chưa đối chiếu / not checked"


def _rule(kind: str, vi: str, en: str, **more: Any) -> dict[str, Any]:
    return {
        "rule_id": kind.replace("_", "-"), "kind": kind, "name_vi": vi, "name_en": en,
        "valid_from": RULES_FROM, **more,
    }  # fmt: skip


def scene_rules(scene: str, **more: Any) -> list[dict[str, Any]]:
    """The rules of a rendered scene, for a camera that looks at it."""
    made = []
    for rule in rules_of(scene):
        told = rule.model_dump(mode="json", exclude_defaults=True, exclude={"cooldown_s"})
        told["kind"] = rule.kind
        graver = {"severity": "major"} if rule.kind in GRAVE else {}
        police = (
            {"authority": POLICE, "legal_article": DEMO_ARTICLE} if rule.kind in TRAFFIC else {}
        )
        made.append(_short({**told, **graver, **police, **more, "valid_from": RULES_FROM}))
    return made


def _short(told: Any) -> Any:
    """Corners to a thousandth of the picture."""
    if isinstance(told, float):
        return round(told, 3)
    if isinstance(told, dict):
        return {name: _short(value) for name, value in told.items()}
    return [_short(each) for each in told] if isinstance(told, list | tuple) else told


def shown(made: list[dict[str, Any]]) -> None:
    """Give the cameras of the demo's cases their scenes' rules, and one its staff gauge."""
    cameras = {each["id"]: each for each in made}
    for wanted in CASES:
        cameras[wanted.camera]["rules"] = scene_rules(wanted.scene)
        cameras[wanted.camera]["source"] = f"file:scenes/{wanted.scene}-{wanted.look}.mp4"
    stations = {each["id"]: each for each in sensing_documents()["stations"]}
    gauge = cameras[WATER]
    gauge |= {
        "name": words("Thước nước Kim Long (mẫu)", "Kim Long staff gauge (demo)"),
        "lat": stations[GAUGED]["lat"], "lon": stations[GAUGED]["lon"],
        "rules": scene_rules("water-level", stream=f"{GAUGED}.water_level", every_s=60),
        "source": "file:scenes/water-level-day.mp4",
    }  # fmt: skip
    red = next(each for each in cameras[CONTROLLED]["rules"] if each["kind"] == "red_light")
    del red["signal"]
    red["controller"] = SIGNAL


def rules(kind: str, number: int) -> list[dict[str, Any]]:
    """Rules of a demo camera of a kind: each scene of the kind gets what it can show."""
    if kind == "traffic":
        red = _rule(
            "red_light", "Vượt đèn đỏ", "Red light", stop_line=[[0.2, 0.62], [0.8, 0.62]],
            direction=[0, -1], signal={"top_left": [0.86, 0.08], "bottom_right": [0.92, 0.3]},
            severity="major", authority=POLICE, legal_article=DEMO_ARTICLE,
        )  # fmt: skip
        wrong = _rule(
            "wrong_way", "Đi ngược chiều", "Wrong way", lane=ROAD, direction=[0, -1],
            severity="major", authority=POLICE, legal_article=DEMO_ARTICLE,
        )  # fmt: skip
        closed = _rule(
            "prohibited_road", "Đường cấm tải", "Road closed to lorries", zone=ROAD,
            classes=["truck"], authority=POLICE, legal_article=DEMO_ARTICLE,
        )  # fmt: skip
        return [[red, wrong], [wrong], [closed]][number % 3]
    if kind == "square":
        crowd = _rule(
            "crowd", "Tụ tập đông người", "Crowd", zone=ROAD, area_m2=600, enter=1.5, leave=1.0
        )
        bag = _rule("abandoned_object", "Vật bị bỏ lại", "Abandoned object", zone=ROAD)
        return [[crowd], [bag]][number % 2]
    if kind == "forest":
        return [
            _rule("fire", "Cháy", "Fire", severity="severe"),
            _rule("smoke", "Khói", "Smoke", severity="major"),
        ]
    if kind == "screen":
        corners = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.7], [0.2, 0.7]]
        return [_rule("screen", "Màn hình quảng cáo", "Advertising screen", corners=corners)]
    return [_rule("intrusion", "Vào vùng cấm", "Intrusion", zone=ROAD, hold_s=5)]


def cameras() -> list[dict[str, Any]]:
    """All of them, in order of their ids."""
    from city.kernel.reference import Reference

    made: list[dict[str, Any]] = []
    known = Reference.from_documents(documents()).boundaries(TODAY)
    if known is None:
        raise LookupError("no outlines of today")
    outlines = sorted(known.boundaries, key=lambda outline: outline.code)
    random = Random(SEED)
    sizes = {o.code: (o.box.east - o.box.west) * (o.box.north - o.box.south) for o in outlines}
    for kind, (count, vi, en, fps, plates) in KINDS.items():
        # A small commune is a dense one: it has the traffic, the large ones woods and lakes.
        weights = [sizes[o.code] ** (0.5 if kind in RURAL else -0.7) for o in outlines]
        for number in range(1, count + 1):
            outline = random.choices(outlines, weights)[0]
            while True:
                lon = random.uniform(outline.box.west, outline.box.east)
                lat = random.uniform(outline.box.south, outline.box.north)
                if outline.holds(lat, lon):
                    break
            made.append(
                {
                    "id": f"cam-{len(made) + 1:03}",
                    "name": words(f"{vi} {number:03} (mẫu)", f"{en} {number:03} (demo)"),
                    "kind": kind,
                    "lat": round(lat, 5),
                    "lon": round(lon, 5),
                    "ward": outline.code,
                    "sample_fps": fps,
                    "read_plates": plates,
                    "source": f"file:scenes/{kind}-{number % 12:02}.mp4",
                    "rules": rules(kind, number),
                }
            )
    shown(made)
    gauge = next(each for each in made if each["id"] == WATER)
    gauge["ward"] = next(o.code for o in outlines if o.holds(gauge["lat"], gauge["lon"]))
    return made


def main() -> None:
    """Write the document."""
    from city.contracts.watching import Rule
    from pydantic import TypeAdapter

    made = cameras()
    for camera in made:
        TypeAdapter(list[Rule]).validate_python(camera["rules"])
    write("cameras.json", made)
    print(f"{len(made)} cameras, all invented")


if __name__ == "__main__":
    main()
