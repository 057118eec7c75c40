"""An export has one's own words whole, and nobody else's."""

import json
from typing import Any

from city.kernel.people import Principal
from city.reports import rights, service
from city.reports.service import NewReport
from world import DRAINS, LAN, MINH, NEW_REPORT, OPERATOR, World

NUMBER = "0905123456"


def reported(world: World) -> str:
    report = service.submit(world.desk(), NewReport.model_validate(NEW_REPORT), LAN.user_id)
    return report.id


def handed(world: World, user_id: str) -> dict[str, list[dict[str, object]]]:
    return rights.export(world.desk(), user_id, lambda key: f"http://here/{key}")


def test_the_reporter_gets_their_own_words() -> None:
    world = World()
    report_id = reported(world)
    made = handed(world, "lan")
    assert [bond["bond"] for bond in made["reports"]] == ["reporter"]
    assert NUMBER in json.dumps(made)
    assert report_id in json.dumps(made)
    assert made["followed"] == []


def test_a_follower_gets_that_they_follow_and_nothing_of_the_reporter() -> None:
    world = World()
    report_id = reported(world)
    world.desk().vault.link(report_id, MINH.user_id, "follower", world.now)
    made = handed(world, "minh")
    assert made["reports"] == []
    assert made["followed"][0]["report"] == report_id
    words = json.dumps(made, ensure_ascii=False)
    assert NUMBER not in words
    assert "Nắp cống" not in words


def test_an_answer_that_is_not_published_stays_inside() -> None:
    world = World()
    report_id = reported(world)
    steps: tuple[tuple[str, Principal, dict[str, Any]], ...] = (
        ("verify", OPERATOR, {}),
        ("dispatch", OPERATOR, {"agencies": [{"agency_id": "drains", "lead": True}]}),
        ("acknowledge", DRAINS, {}),
        ("answer", DRAINS, {"text": "Đã thay nắp cống mới."}),
    )
    for action, who, fields in steps:
        world.wait(minutes=1)
        service.act(world.desk(), report_id, action, fields, who)
    assert "Đã thay nắp cống mới" not in json.dumps(handed(world, "lan"), ensure_ascii=False)
    world.wait(minutes=1)
    service.act(world.desk(), report_id, "publish", {}, OPERATOR)
    assert "Đã thay nắp cống mới" in json.dumps(handed(world, "lan"), ensure_ascii=False)
