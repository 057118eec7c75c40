"""The triggers over HTTP shapes, and what home and inbox make of the events."""

import json
from types import ModuleType

import pytest
from city.adapters.table_memory import MemoryTable
from city.catalogue import apps
from city.contracts.partners import PartnerAppAnswered, PartnerAppChanged
from city.kernel.text import Text
from city.notify import partners as inbox
from city.partners.workflow import ACTIONS
from partners_world import EVERYBODY, HOST, NOW, ORGANISATION, REFERENCE, RULES, WHY, World, told
from unit_app import call, fresh

from infra.seed.load_partners import DRAFTED, LIVE, REVIEWED, seed


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def unit(world: World, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = fresh("partners")
    monkeypatch.setattr(module, "office", world.office)
    monkeypatch.setattr("city.adapters.http.utc_now", lambda: NOW)
    monkeypatch.setattr("city.adapters.http.trust", lambda: None)
    monkeypatch.setattr("city.adapters.http.read", lambda token, trust, now: EVERYBODY[token])
    return module


def test_from_a_draft_with_an_error_to_a_page_for_everybody(unit: ModuleType) -> None:
    at = "/v1/partners/apps/dat-ban"
    call(unit, "POST", "/v1/partners/apps", body=told(), status=401)
    call(unit, "POST", "/v1/partners/apps", "legal", told(), 403)
    wrong = call(unit, "POST", "/v1/partners/apps", "maker", told(entry="http://x"), 422)
    assert wrong["errors"][0]["field"] == "entry"
    bad = told(entry="https://other.example/")
    made = call(unit, "POST", "/v1/partners/apps", "maker", bad, 201)
    assert [one["field"] for one in made["coming"]["findings"]] == ["entry"]
    refused = call(unit, "POST", f"{at}/actions/submit", "maker", {}, 422)
    assert refused["errors"][0]["en"].startswith("The host other.example is not allowed")
    call(unit, "PUT", f"{at}/manifest", "maker", told())
    call(unit, "POST", f"{at}/actions/submit", "maker", {})
    listed = call(unit, "GET", "/v1/partners/queue", "legal")["items"]
    assert [(one["id"], one["yours"]) for one in listed] == [("dat-ban", True)]
    call(unit, "GET", "/v1/partners/queue", "outside", status=403)
    call(unit, "GET", at, status=404)
    for who, kind in (("legal", "legal"), ("security", "security"), ("data", "data_protection")):
        body = {"kind": kind, "passed": True, "words": WHY}
        call(unit, "POST", f"{at}/actions/review", who, body)
    call(unit, "POST", f"{at}/actions/burn", "first", {}, 404)
    call(unit, "POST", f"{at}/actions/ask_approval", "first", {})
    call(unit, "POST", f"{at}/actions/approve", "first", {}, 403)
    call(unit, "POST", f"{at}/actions/approve", "second", {})
    call(unit, "POST", f"{at}/actions/go_live", "maker", {}, 409)
    terms = call(unit, "GET", "/v1/partners/guide")["terms"]
    body = {"version": 1, "sha256": terms["sha256"], "signatory": "Phan Gia Bảo", "position": "GĐ"}
    path = f"/v1/partners/organisations/{ORGANISATION}"
    signed = call(unit, "POST", f"{path}/signatures", "maker", body)["signed"]
    assert signed["signatory"] == "Phan Gia Bảo"
    call(unit, "POST", f"{at}/actions/go_live", "maker", {})
    shown = call(unit, "GET", at)
    assert (shown["opens"], shown["host"]) == (f"https://{HOST}/", HOST)
    assert [one["id"] for one in call(unit, "GET", "/v1/partners/apps")["items"]] == ["dat-ban"]
    assert len(call(unit, "GET", path, "maker")["apps"]) == 1
    call(unit, "GET", path, "stranger", status=404)
    text = json.dumps([shown, call(unit, "GET", f"{at}/desk", "maker")])
    for name in ("legal", "second", "data"):
        assert f'"by": "{name}"' not in text, "people are not named to the partner"
    call(unit, "PUT", f"{path}/hosts", "first", {"hosts": ["b.example"]})
    assert call(unit, "GET", f"{at}/desk", "maker")["hosts"] == ["b.example"]


def test_the_seed_gives_three_apps_in_three_states(unit: ModuleType, world: World) -> None:
    seed(world.table, world.store._outbox, world.office())
    seed(world.table, world.store._outbox, world.office())  # a second time changes nothing
    (shown,) = call(unit, "GET", "/v1/partners/apps")["items"]
    assert (shown["id"], shown["opens"], shown["demo"]) == (LIVE, "/demo-apps/nha-vuon.html", True)
    (waiting,) = call(unit, "GET", "/v1/partners/queue", "first")["items"]
    assert (waiting["id"], waiting["waits_for"]) == (REVIEWED, ["security", "data_protection"])
    (draft,) = call(unit, "GET", f"/v1/partners/organisations/{ORGANISATION}", "maker")["apps"]
    assert (draft["id"], draft["state"]) == (DRAFTED, "DRAFT")
    call(unit, "POST", f"/v1/partners/apps/{REVIEWED}/actions/withdraw", "maker", {}, 404)
    told_of = world.said("partner_app_changed")
    assert {one["app_id"] for one in told_of} == {LIVE}


def changed(seq: int, *, shown: bool = True, name: str = "Đặt bàn") -> PartnerAppChanged:
    return PartnerAppChanged(
        app_id="dat-ban", seq=seq, shown=shown, version="1.0.0", name=Text(vi=name, en="Book"),
        organisation=Text(vi="Hội", en="Club"), icon="store", roles=("citizen",), at=NOW,
    )  # fmt: skip


def test_home_goes_by_the_newest_word_whatever_the_order() -> None:
    table = MemoryTable()
    assert apps.heard(table, changed(4))
    assert not apps.heard(table, changed(4))
    (shown,) = apps.live(table)
    assert (shown.id, shown.link, shown.state) == ("app-dat-ban", "/apps/dat-ban", "live")
    assert shown.by == Text(vi="Hội", en="Club")
    assert shown.seen_by("citizen")
    assert not shown.seen_by("guest")
    assert apps.heard(table, changed(6, shown=False))
    assert not apps.heard(table, changed(5, name="Cũ"))
    assert apps.live(table) == []
    assert apps.heard(table, changed(7, name="Mới"))
    assert apps.live(table)[0].name.vi == "Mới"


@pytest.mark.parametrize("outcome", sorted(inbox.TITLES))
def test_every_answer_has_words_for_the_inbox(outcome: str) -> None:
    table = MemoryTable()
    about = RULES.duties[0].name if outcome.startswith("review") else None
    event = PartnerAppAnswered(
        app_id="dat-ban", to="maker", name=Text(vi="Đặt bàn", en="Book"), outcome=outcome,
        about=about, words="" if outcome == "approve" else WHY, at=NOW,
    )  # fmt: skip
    assert inbox.tell(table, event, "e1")
    assert not inbox.tell(table, event, "e1")
    (row,) = table.query("INBOX#maker")[0]
    assert "Đặt bàn" in row.doc["title"]["vi"]
    assert not any("{" in said for said in (*row.doc["title"].values(), *row.doc["body"].values()))
    assert row.doc["link"] == "/partners/dat-ban"


def test_titles_cover_every_answer_that_is_sent() -> None:
    silent = {"submit", "withdraw", "go_live", "ask_approval"}
    sent = (ACTIONS - silent - {"review"}) | {"review_passed", "review_failed"}
    assert set(inbox.TITLES) == sent
    assert REFERENCE.organisation(ORGANISATION, NOW.date())
