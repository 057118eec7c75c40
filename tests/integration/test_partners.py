"""A mini app over real HTTP: from a draft with a mistake to home, and away again in a moment."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from city_people import Person, Sure, eventually, good

from infra.seed.load_partners import LIVE, REVIEWED

pytestmark = pytest.mark.integration
MAKER, CITIZEN = "+84900000029", "+84900000001"
REVIEWERS = {
    "legal": "+84900000111", "security": "+84900000116", "data_protection": "+84900000117",
}  # fmt: skip
ADMINS = ("+84900000031", "+84900000032")
ORGANISATION, HOST = "hiep-hoi-dn", "ung-dung.hiep-hoi.example"
WHY = "Đã xem bản chạy thử và bản khai."


@pytest.fixture(scope="module")
def maker(web: httpx.Client) -> Iterator[Sure]:
    made = Sure(web, MAKER)
    yield made
    made.leave()


@pytest.fixture(scope="module")
def admins(web: httpx.Client) -> Iterator[tuple[Sure, Sure]]:
    made = Sure(web, ADMINS[0]), Sure(web, ADMINS[1])
    yield made
    for each in made:
        each.leave()


def manifest(app: str, **more: Any) -> dict[str, Any]:
    purpose = {
        "vi": "Ghi tên bạn lên phiếu đặt chỗ gửi cho cửa hàng.",
        "en": "To put your name on the booking that goes to the shop.",
    }
    return {
        "id": app, "version": "1.0.0", "organisation": ORGANISATION,
        "name": {"vi": f"Đặt bàn {app[-4:]}", "en": f"Book {app[-4:]}"},
        "description": {"vi": "Đặt bàn ở quán của hội viên.", "en": "Book at members' places."},
        "entry": f"https://{HOST}/", "icon": "store", "roles": ["citizen"],
        "permissions": [{"scope": "profile.name", "purpose": purpose}],
        "events": [], "retention_days": 30,
        "support": {
            "email": "ho-tro@hiep-hoi.example", "phone": "0234 111 2222",
            "answer_hours": 24, "available_percent": 99,
        },
        **more,
    }  # fmt: skip


def test_the_demo_has_one_live_one_in_review_one_draft(
    http: httpx.Client, person: Callable[[str], Person]
) -> None:
    shown = good(http.get(f"/v1/partners/apps/{LIVE}"))
    assert shown["state"] == "LIVE"
    page = http.get(shown["opens"])
    assert "ví dụ" in page.text
    functions = {one["id"]: one for one in good(http.get("/v1/functions"))["items"]}
    assert functions[f"app-{LIVE}"]["by"]["vi"].endswith("(ví dụ)")
    assert http.get(f"/v1/partners/apps/{REVIEWED}").status_code == 404
    waiting = good(person(REVIEWERS["security"]).get("/v1/partners/queue"))["items"]
    assert next(one for one in waiting if one["id"] == REVIEWED)["yours"]


def test_from_a_mistake_to_home_and_away(
    http: httpx.Client,
    maker: Sure,
    admins: tuple[Sure, Sure],
    person: Callable[[str], Person],
) -> None:
    app = f"dat-ban-{uuid4().hex[:6]}"
    at = f"/v1/partners/apps/{app}"

    def act(who: Person, action: str, status: int = 200, **body: Any) -> Any:
        return good(who.post(f"{at}/actions/{action}", body), status)

    good(maker.post("/v1/partners/apps", manifest(app, entry="https://khac.example/")), 201)
    refused = act(maker, "submit", 422)
    assert [one["field"] for one in refused["errors"]] == ["entry"]
    changed = http.put(f"{at}/manifest", json=manifest(app), headers=maker.headers())
    assert good(changed)["coming"]["findings"] == []
    act(maker, "submit")
    act(person(CITIZEN), "withdraw", 403)
    for kind, phone in REVIEWERS.items():
        act(person(phone), "review", kind=kind, passed=True, words=WHY)
    first, second = admins
    plain = person(ADMINS[1])
    assert act(plain, "approve", 403)["type"].endswith("assurance-needed")
    act(first, "ask_approval")
    assert act(first, "approve", 403)["type"].endswith("second-person")
    act(second, "approve")
    terms = good(http.get("/v1/partners/guide"))["terms"]
    told = {"version": terms["version"], "sha256": terms["sha256"], "signatory": "Phan Gia Bảo",
            "position": "Giám đốc"}  # fmt: skip
    good(maker.post(f"/v1/partners/organisations/{ORGANISATION}/signatures", told))
    act(maker, "go_live")
    assert good(http.get(at))["opens"] == f"https://{HOST}/"

    citizen = person(CITIZEN)

    def on_home() -> bool:
        groups = good(citizen.get("/v1/home", params={"role": "citizen"}))["groups"]
        return any(one["link"] == f"/apps/{app}" for g in groups for one in g["functions"])

    eventually(on_home)
    act(first, "suspend", words="Máy chủ trả về nội dung lạ.")
    closed = good(http.get(at))
    assert (closed["opens"], closed["reason"]) == (None, "Máy chủ trả về nội dung lạ.")
    eventually(lambda: not on_home())

    def answers() -> Any:
        items = good(maker.get("/v1/me/inbox?limit=50"))["items"]
        kinds = [one["kind"] for one in items if one["link"] == f"/partners/{app}"]
        return len(kinds) == 5 and kinds

    assert sorted(eventually(answers)) == [
        "partners.approve", "partners.review_passed", "partners.review_passed",
        "partners.review_passed", "partners.suspend",
    ]  # fmt: skip
    log = good(first.get(f"{at}/desk"))["log"]
    assert [line["action"] for line in reversed(log)] == [
        "draft", "edit", "submit", "review", "review", "review", "ask_approval", "approve",
        "go_live", "suspend",
    ]  # fmt: skip
    assert all(line["by"] for line in log)
    act(first, "resume", 403)
    act(second, "revoke", words="Kết thúc buổi thử nghiệm này.")
    assert good(http.get(at))["state"] == "REVOKED"
