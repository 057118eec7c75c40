"""Every route, tried as everybody else: generated from the running city's OpenAPI document.

The document says who may (`x-policy`). Here each route is called as a guest and as one person of
every role; whoever has no line must be turned away, whoever has one must get past the door, and
what belongs to somebody else must look as if it did not exist. A route about somebody's own
things that is missing from `THINGS` fails: whoever adds one says here whose it is.
"""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest
from city.adapters.tokens import issue
from city.kernel.clock import utc_now
from city.kernel.people import Principal, Role

pytestmark = pytest.mark.integration

METHODS = ("get", "post", "put", "patch", "delete")
SOMEBODY = "door-owner"
OWN_ORGANISATION, OTHER_ORGANISATION = "door-organisation", "cong-doan"

# Routes about one person's or one organisation's things: values for the path, a good body.
# The owner is SOMEBODY else, so that every caller below is a stranger.
THINGS: dict[str, tuple[dict[str, str], Any]] = {}


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
    from infra.local.place import Place, environment
    from infra.replay.drive import join_running_city

    join_running_city()
    from city.adapters.stores import table
    from city.adapters.trust import trust
    from city.identity.keys import Keys

    place = Place(Path(os.environ["HUES_LOCAL"]), int(os.environ["PORT"]))
    assert environment(place, "")["TOKEN_SECRET"]
    keys = Keys(table("identity"), trust(), place.secret())
    made = [Caller("guest", None, "")]
    for role in Role:
        who = Principal(
            user_id=f"door-{role.value}",
            roles=frozenset({Role.CITIZEN.value, role.value}),
            unit="door-unit",
            posts=frozenset({(role.value, OWN_ORGANISATION)}),
        )
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


def held(caller: Caller, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines whose roles the caller holds."""
    return [
        rule
        for rule in rules
        if "guest" in rule["who"]
        or (caller.who and ("signed_in" in rule["who"] or caller.who.roles & set(rule["who"])))
    ]


def knock(http: httpx.Client, door: Door, caller: Caller) -> httpx.Response:
    """Call the route as somebody."""
    values, body = THINGS.get(door.action, ({}, {}))
    path = re.sub(r"\{(\w+)\}", lambda part: values.get(part[1], "door-nothing"), door.path)
    headers = {"Authorization": f"Bearer {caller.token}"} if caller.token else {}
    told = body if door.method in ("post", "put", "patch") else None
    return http.request(door.method, path, headers=headers, json=told)


def fault(door: Door, caller: Caller, answer: httpx.Response) -> str | None:
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
    if door.action in THINGS and not any(rule["on"] == "any" for rule in lines):
        stranger = answer.status_code in (403, 404)
        return None if stranger else f"{what}: somebody else's thing was not hidden"
    return None


@pytest.fixture(scope="module")
def answers(
    city: str, doors: list[Door], callers: list[Caller]
) -> Iterator[list[tuple[Door, Caller, httpx.Response]]]:
    """Everybody at every door."""
    with httpx.Client(base_url=city, timeout=60) as http, ThreadPoolExecutor(6) as pool:
        tries = [(door, caller) for door in doors for caller in callers]
        yield [
            (door, caller, answer)
            for (door, caller), answer in zip(
                tries, pool.map(lambda t: knock(http, *t), tries), strict=True
            )
        ]


def test_nobody_gets_where_the_policy_does_not_let_them(
    answers: list[tuple[Door, Caller, httpx.Response]],
) -> None:
    faults = [f for door, caller, answer in answers if (f := fault(door, caller, answer))]
    assert faults == []


def test_every_route_about_somebodys_own_things_is_tried(doors: list[Door]) -> None:
    private = {
        door.action
        for door in doors
        if "{" in door.path and any(rule["on"] in ("own", "unit") for rule in door.rules)
    }
    assert private - set(THINGS) == set(), "say in THINGS whose these are"


def test_every_role_was_tried_at_every_door(
    doors: list[Door], answers: list[tuple[Door, Caller, httpx.Response]]
) -> None:
    assert len(answers) == len(doors) * (len(Role) + 1)
