"""A person's whole path over real HTTP: account, identity, passkey, role, card, rights."""

import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from authenticator import Authenticator
from city_people import Person, eventually, good

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]
UNION, CLERK, ADMIN = "+84900000062", "+84900000027", "+84900000031"


class Newcomer(Person):
    """Somebody who keeps cookies like a browser."""

    def claims_role(self, role: str) -> bool:
        self.refresh()
        return role in good(self.get("/v1/me"))["roles"]

    def step_up(self, device: Authenticator) -> None:
        options = good(self.post("/v1/auth/step-up/options"))
        answer = self.post("/v1/auth/step-up", {"credential": device.get(options)})
        self.tokens = good(answer)


@pytest.fixture(scope="module")
def lan(city: str) -> Iterator[Newcomer]:
    """Somebody new, in a browser of their own."""
    with httpx.Client(base_url=city.replace("127.0.0.1", "localhost"), timeout=60) as http:
        yield Newcomer(http, f"+8490{uuid4().int % 10**7:07}")


@pytest.fixture(scope="module")
def device(lan: Newcomer) -> Authenticator:
    """A passkey of theirs."""
    made = Authenticator(origin=str(lan.http.base_url).rstrip("/"))
    options = good(lan.post("/v1/me/passkeys/options"))
    body = {"name": "Điện thoại", "credential": made.create(options)}
    good(lan.post("/v1/me/passkeys", body), 201)
    return made


def verify_identity(lan: Newcomer) -> str:
    """Through the provider's simulator and back; where the person lands."""
    started = good(lan.post("/v1/me/identity"))
    parts = urllib.parse.urlsplit(started["authorize_url"])
    form = dict(urllib.parse.parse_qsl(parts.query))
    number = f"0462{uuid4().int % 10**8:08}"
    form |= {"answer": "yes", "number": number, "name": "Lê Thị Thử Nghiệm", "born": "1999-05-01"}
    chosen = httpx.post(f"{parts.scheme}://{parts.netloc}/authorize", data=form)
    assert chosen.status_code == 303, chosen.text
    back = lan.http.get(chosen.headers["location"])
    assert back.status_code == 303
    return str(back.headers["location"])


@pytest.fixture(scope="module")
def verified(lan: Newcomer) -> Newcomer:
    words = good(lan.http.get("/v1/declarations/registration"))
    profile = {
        "name": "Lê Thị Thử Nghiệm",
        "declaration": {k: words[k] for k in ("purpose", "version", "sha256")},
    }
    answer = lan.http.put("/v1/me/profile", json=profile, headers=lan.headers())
    assert good(answer)["registered"]
    assert verify_identity(lan).endswith("/me?verified=1")
    lan.refresh()
    me = good(lan.get("/v1/me"))
    assert (me["assurance"], me["name"]) == (2, "Lê Thị Thử Nghiệm")
    return lan


@pytest.fixture(scope="module")
def member(verified: Newcomer, person: Sign) -> Newcomer:
    """A role from an organisation's administrator, by code."""
    code = good(verified.post("/v1/me/grants/code"))["code"]
    admin = person(UNION)
    body = {"code": code, "role": "union_member", "label": "Tổ 3"}
    good(admin.post("/v1/organisations/cong-doan/grants", body), 201)
    # A role's change ends older tokens, one of the same moment too: clients refresh once more.
    assert eventually(
        lambda: verified.claims_role("union_member") and verified.get("/v1/home").status_code == 200
    )
    return verified


def test_another_role_is_another_home(member: Newcomer) -> None:
    citizen = good(member.get("/v1/home", params={"role": "citizen"}))
    union = good(member.get("/v1/home", params={"role": "union_member"}))
    assert citizen["quick"] != union["quick"]
    switched = member.http.put(
        "/v1/home/role", json={"role": "union_member"}, headers=member.headers()
    )
    assert good(switched)["role"] == "union_member"
    assert good(member.get("/v1/home"))["role"] == "union_member"
    assert member.get("/v1/home", params={"role": "administrator"}).status_code == 403


def test_a_card_is_shown_checked_and_the_holder_sees_it(member: Newcomer, person: Sign) -> None:
    told = good(member.post("/v1/me/attestations", {"audience": "hue-s/cards"}))
    body = {"kind": "citizen", "attestation": told["attestation"]}
    card = good(member.post("/v1/me/cards", body), 201)
    qr = good(member.get(f"/v1/me/cards/{card['id']}/qr"))
    clerk = person(CLERK)
    check = {"payload": qr["payload"], "purpose": "identity_check"}
    found = good(clerk.post("/v1/cards/verify", check))
    assert found["valid"]
    assert found["fields"]["name"] == "Lê Thị Thử Nghiệm"
    assert clerk.get(f"/v1/me/cards/{card['id']}").status_code == 404
    log = eventually(
        lambda: [s for s in good(member.get("/v1/me/access-log"))["items"] if s["what"] == "card"]
    )
    assert (log[0]["by_role"], log[0]["by_unit"]) == ("civil_servant", "so-xay-dung")


def test_consents_and_an_export_of_everything(member: Newcomer) -> None:
    receipt = good(
        member.post("/v1/me/consents", {"purpose": "location_warnings", "version": "1.0"}), 201
    )
    withdrawn = good(member.post(f"/v1/me/consents/{receipt['id']}/withdraw"))
    assert withdrawn["withdrawn_at"]
    picture = good(member.post("/v1/media", {"content_type": "image/jpeg", "size": 10}), 201)
    asked = good(member.post("/v1/me/data-requests", {"kind": "export"}), 201)

    def done() -> Any:
        now = good(member.get(f"/v1/me/data-requests/{asked['id']}"))
        return now if now["state"] == "done" else None

    made = eventually(done, 90)
    assert {p["state"] for p in made["parts"]} <= {"done", "nothing"}
    everything = good(member.get(f"/v1/me/data-requests/{asked['id']}/file"))["data"]
    assert everything["identity"]["account"]["name"] == "Lê Thị Thử Nghiệm"
    assert everything["grants"]["grants"][0]["role"] == "union_member"
    assert everything["cards"]["cards"]
    (sent,) = everything["media"]["pictures"]
    assert picture["id"].startswith(sent["id"])


def test_erasing_needs_a_passkey(member: Newcomer, device: Authenticator) -> None:
    refused = member.post("/v1/me/data-requests", {"kind": "erase"})
    assert (refused.status_code, refused.json()["required"]) == (403, 3)
    member.step_up(device)
    assert good(member.get("/v1/me"))["assurance"] == 3


def test_revoking_a_role_acts_within_a_minute(member: Newcomer, person: Sign) -> None:
    admin = person(UNION)
    listed = good(admin.get("/v1/organisations/cong-doan/grants", params={"state": "active"}))
    mine = good(member.get("/v1/me/grants"))["items"][0]
    assert mine["id"] in {g["id"] for g in listed["items"]}
    held = member.headers()
    path = f"/v1/organisations/cong-doan/grants/{mine['id']}/revoke"
    good(admin.post(path, {"reason": "Đã chuyển công tác"}))
    # The very token that carried the role is refused; the next one has it no more.
    assert eventually(
        lambda: (
            member.http.get("/v1/home", params={"role": "union_member"}, headers=held).status_code
            in (401, 403)
        ),
        60,
    )
    assert eventually(lambda: not member.claims_role("union_member"))


def test_a_locked_person_appeals(lan: Newcomer, person: Sign, city: str) -> None:
    admin = person(ADMIN)
    found = good(admin.get("/v1/accounts", params={"phone": lan.phone}))["items"][0]
    good(admin.post(f"/v1/accounts/{found['id']}/lock", {"reason": "other", "note": "thử"}))
    with pytest.raises(AssertionError, match="account-locked"):
        Person(lan.http, lan.phone)


def test_outside_tokens_and_forgeries_are_turned_away(http: httpx.Client) -> None:
    for token in ("abc", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", "a.b.c"):
        answer = http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
    keys = good(http.get("/.well-known/jwks.json"))["keys"]
    assert all(k["alg"] == "RS256" and "d" not in k for k in keys)
