"""Every route, tried as everybody else: generated from the running city's OpenAPI document.

The document says who may (`x-policy`). Here each route is called as a guest and as one person of
every role; whoever has no line must be turned away, whoever has one must get past the door, and
what belongs to somebody else must look as if it did not exist. A route about somebody's own
things that is missing from `things` fails: whoever adds one says here whose it is.
"""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from city.adapters.tokens import issue
from city.kernel.clock import utc_now
from city.kernel.people import IOC, Principal, Role
from city_money import held_bill, ledger
from city_people import Person, eventually
from city_processes import here

from infra.seed.load_partners import REVIEWED, manifests

pytestmark = pytest.mark.integration
Sign = Callable[[str], Person]

UNION_ADMIN = "+84900000062"
REPORT = {
    "category": "drainage",
    "text": "Nắp cống vỡ trước số 12 Lê Lợi, xe máy dễ sụp bánh.",
    "place": {"lat": 16.4612, "lon": 107.5921},
    "accept_terms": True,
}
ENDS_TOKENS = "identity:sign_out_everywhere"
OWN_PAYMENT = ("payment", "cancel", "receipt", "receipt_pdf")
METHODS = ("get", "post", "put", "patch", "delete")
OWNER = "+84900000002"
SHOPKEEPER = "+84900000022"
OWN_ORGANISATION, OTHER_ORGANISATION = "door-organisation", "cong-doan"

# Routes about one person's or one organisation's things: values for the path, a good body. They
# are made by somebody else, so that every caller below is a stranger to them.
Things = dict[str, tuple[dict[str, str], Any]]


class Door(NamedTuple):
    """One route."""

    method: str
    path: str
    action: str
    rules: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """As the policy calls it."""
        return self.action


class Caller(NamedTuple):
    """A guest (no principal) or a person."""

    name: str
    who: Principal | None
    token: str


@pytest.fixture(scope="module")
def callers(city: str) -> list[Caller]:
    """A guest and one person for every role, known by their telephone only."""
    from infra.local.place import environment
    from infra.replay.drive import join_running_city

    join_running_city()
    from city.adapters.stores import table
    from city.adapters.trust import trust
    from city.identity.keys import Keys
    from city.identity.model import Account
    from city.identity.store import People

    people = People(table("identity"))
    place = here()
    assert environment(place, "")["TOKEN_SECRET"]
    keys = Keys(table("identity"), trust(), place.secret())
    made = [Caller("guest", None, "")]
    for role in Role:
        who = Principal(
            user_id=f"door-{role.value}-{uuid4().hex[:6]}",
            roles=frozenset({Role.CITIZEN.value, role.value}),
            unit="door-unit",
            posts=frozenset({(role.value, OWN_ORGANISATION)}),
        )
        account = Account(
            id=who.user_id, phone="", roles=who.roles, registered=True, created_at=utc_now()
        )
        assert people.create(account, who.user_id)
        made.append(Caller(role.value, who, issue(who, keys, utc_now(), uuid4().hex)))
    return made


@pytest.fixture(scope="module")
def doors(http: httpx.Client) -> list[Door]:
    """Every route of the document."""
    paths = http.get("/openapi.json").json()["paths"]
    return [
        Door(method, path, told["x-policy"]["action"], told["x-policy"]["rules"])
        for path, methods in paths.items()
        for method, told in methods.items()
        if method in METHODS
    ]


@pytest.fixture(scope="module")
def things(person: Sign) -> Things:
    """One of everything that can be somebody's own."""
    owner = person(OWNER)

    def made(answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code in (200, 201), f"{answer.request.url} {answer.text}"
        body: dict[str, Any] = answer.json()
        return body

    told = made(owner.post("/v1/me/attestations", {"audience": "hue-s/cards"}))
    wanted = {"kind": "citizen", "attestation": told["attestation"]}
    issued = owner.post("/v1/me/cards", wanted)
    if issued.status_code == 409:  # an earlier run of this test had it issued
        held = made(owner.get("/v1/me/cards"))["items"]
        card = next(c for c in held if c["state"] == "active")["id"]
    else:
        card = made(issued)["id"]
    body = {"purpose": "usage_statistics", "version": "1.0"}
    receipt = made(owner.post("/v1/me/consents", body))["id"]
    asked = made(owner.get("/v1/me/data-requests"))["items"]
    request = (asked or [made(owner.post("/v1/me/data-requests", {"kind": "export"}))])[0]["id"]
    device = made(owner.get("/v1/me/devices"))["items"][0]["id"]
    grants = made(owner.get("/v1/me/grants"))["items"]
    if not any(g["state"] == "active" for g in grants):
        grants = [made(owner.post("/v1/me/grants", {"role": "tourist"}))]
        # A new role ends the tokens without it: wait for them to be over, then take the next.
        eventually(lambda: owner.get("/v1/me").status_code == 401)
        owner.refresh()
    grant = next(g for g in grants if g["state"] == "active")["id"]
    ask = {"content_type": "image/jpeg", "size": 1000, "purpose": "report"}
    media = made(owner.post("/v1/media", ask))["id"]
    place = made(owner.post("/v1/me/places", {"name": "Nhà", "lat": 16.46, "lon": 107.59}))["id"]
    made(owner.post("/v1/reports", REPORT))  # its receipt comes into the inbox
    inbox = eventually(lambda: made(owner.get("/v1/me/inbox"))["items"])[0]["id"]
    boss = person(UNION_ADMIN)
    members = made(boss.get(f"/v1/organisations/{OTHER_ORGANISATION}/grants"))["items"]
    there = {"id": OTHER_ORGANISATION, "grant_id": members[0]["id"]}
    bill = held_bill(ledger(), made(owner.get("/v1/me"))["id"]).id
    code = {"biller": "huewaco", "customer_code": "HW00000040"}
    saved = made(owner.post("/v1/me/bill-accounts", code))["id"]
    new = {"code": "ABCDEF", "role": "union_member"}
    shop = {"id": made(person(SHOPKEEPER).get("/v1/me/merchants"))["items"][0]["id"]}
    paid = made(owner.get("/v1/wallet/activity"))["items"][0]["id"]
    payout = {"bank_bin": "970436", "account": "0123456789", "holder": "NGUYEN VAN A"}
    boat = {"id": "tau-004"}
    their_app = {"id": REVIEWED}
    return {
        **{f"bills:{name}": ({"id": bill}, {}) for name in OWN_PAYMENT},
        "bills:forget_account": ({"id": saved}, None),
        "bills:set_autopay": ({"id": saved}, {"ceiling_vnd": 500_000, "day": 5}),
        "bills:end_autopay": ({"id": saved}, None),
        "cards:card": ({"id": card}, None),
        "cards:history": ({"id": card}, None),
        "cards:qr": ({"id": card}, None),
        "cards:revoke": ({"id": card}, {"reason": "lost"}),
        "privacy:withdraw": ({"id": receipt}, {}),
        "privacy:request": ({"id": request}, None),
        "privacy:file": ({"id": request}, None),
        "identity:end_device": ({"id": device}, None),
        "identity:remove_passkey": ({"id": "their-passkey"}, None),
        "grants:give_up": ({"id": grant}, None),
        "grants:members": (there, None),
        "grants:grant": (there, new),
        "grants:decide": (there, {"accept": True}),
        "grants:revoke": (there, {"reason": "vì sao"}),
        "notify:mark_read": ({"id": inbox}, {}),
        "media:look": ({"id": media}, None),
        "vessels:show": (boat, None),
        "vessels:track": (boat, None),
        "vessels:track_csv": (boat, None),
        "vessels:track_geojson": (boat, None),
        "vessels:track_gpx": (boat, None),
        "vessels:report": (boat, {"kind": "radio", "lat": 16.6, "lon": 107.9}),
        "vessels:case": ({"id": "no-case"}, None),
        "vessels:timeline": ({"id": "no-case"}, None),
        "vessels:act": ({"id": "no-case", "action": "explain"}, {}),
        "vessels:recall_of": ({"id": "no-recall"}, None),
        "vessels:called": ({"id": "no-recall"}, None),
        "vessels:answer": ({"id": "no-recall"}, {"boat": boat["id"], "answer": "returning"}),
        "indicators:submission": ({"id": "no-submission"}, None),
        "indicators:act": ({"id": "no-submission", "action": "withdraw"}, {}),
        "fanout:remove_place": ({"id": place}, None),
        "fanout:remove_device": ({"id": "their-device"}, None),
        "fanout:why_me": ({"id": "no-warning"}, None),
        "violations:show": ({"id": "no-case"}, None),
        "violations:evidence": ({"id": "no-case"}, None),
        "violations:evidence_pack": ({"id": "no-case"}, None),
        "violations:act": ({"id": "no-case", "action": "outcome"}, {}),
        "wallet:payment": ({"id": paid}, None),
        "wallet:show_dispute": ({"id": "no-dispute"}, None),
        "wallet:answer_dispute": ({"id": "no-dispute"}, {"words": "vì sao"}),
        "wallet:withdraw_dispute": ({"id": "no-dispute"}, {}),
        "merchants:step": (shop, {"to": "active"}),
        "merchants:change_payout": (shop, {"payout": payout}),
        "merchants:desk": (shop, None),
        "merchants:add_till": (shop, {"id": "9", "label": "Quầy 9"}),
        "merchants:invite": (shop, {"part": "cashier"}),
        "merchants:leave": ({**shop, "user": "somebody"}, None),
        "merchants:wall_code": (shop, None),
        "merchants:new_code": (shop, {"amount_vnd": 45_000}),
        "merchants:show_code": ({**shop, "code": "Q0"}, None),
        "merchants:shown_receipt": ({"id": "no-payment"}, None),
        "merchants:sales": (shop, None),
        "merchants:refunds": (shop, None),
        "merchants:ask_refund": (shop, {"payment": "x", "amount_vnd": 1, "reason": "vì sao"}),
        "merchants:decide_refund": ({**shop, "refund": "x"}, {"accept": True}),
        "merchants:settlements": (shop, None),
        "merchants:day_file": ({**shop, "day": "2026-11-01"}, None),
        "partners:desk": (their_app, None),
        "partners:edit": (their_app, manifests()[REVIEWED]),
        "partners:act": ({**their_app, "action": "withdraw"}, {}),
        "partners:organisation": ({"id": "cty-xe-dap"}, None),
        "partners:sign": (
            {"id": "cty-xe-dap"},
            {"version": 1, "sha256": "0" * 64, "signatory": "Ai đó", "position": "Giám đốc"},
        ),
    }


def held(caller: Caller, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines whose roles the caller holds."""
    return [
        rule
        for rule in rules
        if "guest" in rule["who"]
        or (caller.who and ("signed_in" in rule["who"] or caller.who.roles & set(rule["who"])))
    ]


def knock(http: httpx.Client, things: Things, door: Door, caller: Caller) -> httpx.Response:
    """Call the route as somebody."""
    values, body = things.get(door.action, ({}, {}))
    path = re.sub(
        r"\{(\w+)\}", lambda part: quote(values.get(part[1], "door-nothing"), safe=""), door.path
    )
    headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
    told = body if door.method in ("post", "put", "patch") else None
    return http.request(door.method, path, headers=headers, json=told)


def fault(things: Things, door: Door, caller: Caller, answer: httpx.Response) -> str | None:
    """What is wrong with an answer, or None."""
    lines = held(caller, door.rules)
    what = f"{door.method.upper()} {door.path} as {caller.name}: {answer.status_code}"
    if answer.status_code >= 500:
        return f"{what} is a failure of ours: {answer.text[:200]}"
    slug = answer.json().get("type", "") if "problem" in answer.headers["content-type"] else ""
    if not lines:
        wanted = 401 if caller.who is None else 403
        return None if answer.status_code == wanted else f"{what}, wanted {wanted}"
    if min(rule["assurance"] for rule in lines) > 1:
        good = slug.endswith("assurance-needed")
        return None if good else f"{what}, wanted assurance-needed"
    if answer.status_code == 401 and "guest" not in lines[0]["who"]:
        return f"{what}: turned away at a door that is open to them"
    if door.action == "notify:mark_read" and caller.who and caller.who.roles & IOC:
        return None  # the centre's own box tells of the same report
    if door.action in things and not any(rule["on"] == "any" for rule in lines):
        stranger = answer.status_code in (403, 404)
        return None if stranger else f"{what}: somebody else's thing was not hidden"
    return None


@pytest.fixture(scope="module")
def answers(
    city: str, doors: list[Door], callers: list[Caller], things: Things
) -> Iterator[list[tuple[Door, Caller, httpx.Response]]]:
    """Everybody at every door."""
    with httpx.Client(base_url=city, timeout=60) as http, ThreadPoolExecutor(6) as pool:
        every = [(door, caller) for door in doors for caller in callers]
        # Signing out everywhere ends the callers' own tokens, so it is tried when all else was.
        first = [t for t in every if t[0].action != ENDS_TOKENS]
        last = [t for t in every if t[0].action == ENDS_TOKENS]
        yield [
            (*one, answer)
            for tries in (first, last)
            for one, answer in zip(
                tries, pool.map(lambda t: knock(http, things, *t), tries), strict=True
            )
        ]


def test_nobody_gets_where_the_policy_does_not_let_them(
    answers: list[tuple[Door, Caller, httpx.Response]], things: Things
) -> None:
    faults = [f for door, caller, answer in answers if (f := fault(things, door, caller, answer))]
    assert faults == [], "\n".join(faults[:25])


def test_every_route_about_somebodys_own_things_is_tried(doors: list[Door], things: Things) -> None:
    private = {
        door.action
        for door in doors
        if "{" in door.path and any(rule["on"] in ("own", "unit") for rule in door.rules)
    }
    assert private - set(things) == set(), "say in `things` whose these are"


def test_what_was_tried_is_still_its_owners(
    answers: list[tuple[Door, Caller, httpx.Response]], things: Things, person: Sign
) -> None:
    assert answers
    owner = person(OWNER)
    card = owner.get(f"/v1/me/cards/{things['cards:card'][0]['id']}")
    assert card.json()["state"] == "active"
    grants = owner.get("/v1/me/grants").json()["items"]
    mine = things["grants:give_up"][0]["id"]
    assert next(g for g in grants if g["id"] == mine)["state"] == "active"


def test_every_role_was_tried_at_every_door(
    doors: list[Door], answers: list[tuple[Door, Caller, httpx.Response]]
) -> None:
    assert len(answers) == len(doors) * (len(Role) + 1)
