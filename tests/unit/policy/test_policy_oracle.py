"""The policy table and its twin in Cedar judge the same requests alike; the edges by hand."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import cedarpy
import pytest
from city.kernel import policy
from city.kernel.people import Principal, Role
from city.kernel.policy import RULES, Resource
from city.kernel.problems import AssuranceNeeded, Forbidden, NotFound, Unauthenticated
from hypothesis import given, settings
from hypothesis import strategies as st
from world import MONDAY

# Read once: of the time of a question nearly all went into reading the policies again.
CEDAR = cedarpy.PolicySet.from_str((Path(__file__).parent / "city.cedar").read_text("utf-8"))
ROLES = [role.value for role in Role]
UNITS = ["u1", "u2", "u3"]
PEOPLE = ["lan", "minh"]
OFFICERS = ("agency_officer", "agency_head")

principals = st.none() | st.builds(
    Principal,
    user_id=st.sampled_from(PEOPLE),
    roles=st.frozensets(st.sampled_from(ROLES), max_size=4),
    unit=st.none() | st.sampled_from(UNITS),
    posts=st.frozensets(st.tuples(st.sampled_from(ROLES), st.sampled_from(UNITS)), max_size=3),
    acr=st.sampled_from([1, 2]),
    stepped_up_until=st.none()
    | st.sampled_from([MONDAY - timedelta(seconds=1), MONDAY + timedelta(minutes=5)]),
)
# Somebody who holds a post holds its role: that is how tokens are made.
consistent = principals.map(
    lambda who: (
        who and who.model_copy(update={"roles": who.roles | {role for role, _ in who.posts}})
    )
)
resources = st.builds(
    Resource,
    owner=st.none() | st.sampled_from(PEOPLE),
    unit=st.none() | st.sampled_from(UNITS),
)


def cedar(who: Principal | None, action: str, thing: Resource) -> bool:
    """What Cedar says."""
    person: dict[str, Any] = {
        "signed_in": who is not None,
        "id": who.user_id if who else "",
        "roles": sorted(who.roles) if who else [],
        "admin_of": sorted(u for r, u in who.posts if r == "organisation_admin") if who else [],
        "officer_of": sorted(u for r, u in who.posts if r in OFFICERS) if who else [],
        "developer_of": sorted(u for r, u in who.posts if r == "partner_developer") if who else [],
        "head_of": sorted(u for r, u in who.posts if r == "agency_head") if who else [],
        "assurance": who.assurance(MONDAY) if who else 0,
    }
    if who and who.unit:
        person["unit"] = who.unit
    about = {k: v for k, v in (("owner", thing.owner), ("unit", thing.unit)) if v is not None}
    entities = [
        {"uid": {"type": "Person", "id": "p"}, "attrs": person, "parents": []},
        {"uid": {"type": "Thing", "id": "t"}, "attrs": about, "parents": []},
    ]
    request = {
        "principal": 'Person::"p"',
        "action": f'Action::"{action}"',
        "resource": 'Thing::"t"',
        "context": {},
    }
    answer = cedarpy.is_authorized(request, CEDAR, entities)
    assert not answer.diagnostics.errors, answer.diagnostics.errors
    return bool(answer.allowed)


@given(consistent, st.sampled_from([*sorted(RULES), "no:such_action"]), resources)
@settings(max_examples=600, deadline=None)
def test_the_table_and_cedar_agree(who: Principal | None, action: str, thing: Resource) -> None:
    assert policy.allows(who, action, thing, MONDAY) == cedar(who, action, thing)


@pytest.mark.parametrize("action", sorted(RULES))
def test_they_agree_on_every_action_for_every_single_role(action: str) -> None:
    for role in [None, *ROLES]:
        who = Principal(user_id="lan", roles=frozenset({role})) if role else None
        for thing in (Resource(), Resource(owner="lan"), Resource(owner="minh", unit="u1")):
            assert policy.allows(who, action, thing, MONDAY) == cedar(who, action, thing)


def test_an_action_without_a_line_is_refused_to_everybody() -> None:
    boss = Principal(user_id="x", roles=frozenset(ROLES), acr=2)
    assert not policy.allows(boss, "no:such", Resource(owner="x"), MONDAY)
    with pytest.raises(Forbidden):
        policy.admit(boss, "no:such", MONDAY)
    with pytest.raises(Unauthenticated):
        policy.admit(None, "no:such", MONDAY)


def test_what_is_somebody_elses_looks_as_if_it_were_not_there() -> None:
    lan = Principal(user_id="lan", roles=frozenset({"citizen"}), acr=2)
    with pytest.raises(NotFound):
        policy.require(lan, "cards:card", Resource(owner="minh"), MONDAY)
    policy.require(lan, "cards:card", Resource(owner="lan"), MONDAY)
    with pytest.raises(Unauthenticated):
        policy.require(None, "cards:card", Resource(owner="lan"), MONDAY)


def test_assurance_is_named_and_a_passkey_runs_out() -> None:
    boss = Principal(
        user_id="x", roles=frozenset({"administrator"}), acr=2,
        stepped_up_until=MONDAY + timedelta(minutes=5),
    )  # fmt: skip
    policy.admit(boss, "identity:rotate", MONDAY)
    with pytest.raises(AssuranceNeeded) as asked:
        policy.admit(boss, "identity:rotate", MONDAY + timedelta(minutes=5))
    assert asked.value.extra["required"] == 3


def test_a_line_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(ValueError, match="policy"):
        policy._read("reports:submit signed_in nobody 1")
