"""Any order of asking, giving, ending and waiting keeps what must hold."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from city.grants import service
from city.grants.model import Decision, NewGrant, Revocation, RoleRequest
from city.grants.store import Grants
from city.kernel.people import Principal
from city.kernel.problems import Problem
from grants_world import UNION, Hall, admin_of
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

PEOPLE = [Principal(user_id=f"p{n}", roles=frozenset({"citizen"}), acr=2) for n in range(3)]
BOSSES = [UNION, admin_of("thanh-uy"), admin_of("bao-hue")]
ROLES = ["union_member", "party_member", "press", "tourist", "business", "administrator"]
people = st.sampled_from(PEOPLE)
UNITS = ["cong-doan", "thanh-uy", "bao-hue"]


class Life(RuleBasedStateMachine):
    """People, three organisations and the clock, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.hall = Hall()

    def attempt(self, act: Any) -> None:
        with suppress(Problem):
            act()

    @rule(
        who=st.sampled_from(PEOPLE),
        role=st.sampled_from(ROLES),
        unit=st.sampled_from([*UNITS, None]),
    )
    def ask(self, who: Principal, role: str, unit: str | None) -> None:
        body = RoleRequest(role=role, unit=unit, evidence="có")
        self.attempt(lambda: service.request(self.hall.office(), body, who))

    @rule(
        boss=st.sampled_from(BOSSES), unit=st.sampled_from(UNITS), who=st.sampled_from(PEOPLE),
        role=st.sampled_from(ROLES), days=st.integers(-2, 6), start=st.integers(0, 4),
    )  # fmt: skip
    def give(
        self, boss: Principal, unit: str, who: Principal, role: str, days: int, start: int
    ) -> None:
        today = self.hall.office().today
        body = NewGrant(
            subject=who.user_id, role=role,
            valid_from=today + timedelta(days=start), valid_to=today + timedelta(days=days),
        )  # fmt: skip
        self.attempt(lambda: service.grant(self.hall.office(), unit, body, boss))

    @rule(
        boss=st.sampled_from(BOSSES),
        who=st.sampled_from(PEOPLE),
        n=st.integers(0, 5),
        accept=st.booleans(),
    )
    def decide(self, boss: Principal, who: Principal, n: int, accept: bool) -> None:
        held = self.hall.office().grants.of(who.user_id)
        if held:
            each = held[n % len(held)]
            body = Decision(accept=accept)
            self.attempt(
                lambda: service.decide(self.hall.office(), each.unit or "-", each.id, body, boss)
            )

    @rule(boss=st.sampled_from(BOSSES), who=st.sampled_from(PEOPLE), n=st.integers(0, 5))
    def revoke(self, boss: Principal, who: Principal, n: int) -> None:
        held = self.hall.office().grants.of(who.user_id)
        if held:
            each = held[n % len(held)]
            body = Revocation(reason="vì sao")
            self.attempt(
                lambda: service.revoke(self.hall.office(), each.unit or "-", each.id, body, boss)
            )

    @rule(who=st.sampled_from(PEOPLE), n=st.integers(0, 5))
    def give_up(self, who: Principal, n: int) -> None:
        held = self.hall.office().grants.of(who.user_id)
        if held:
            self.attempt(lambda: service.give_up(self.hall.office(), held[n % len(held)].id, who))

    @rule(hours=st.integers(1, 60))
    def wait_and_sweep(self, hours: int) -> None:
        self.hall.wait(hours=hours)
        service.sweep(self.hall.office())

    @invariant()
    def what_was_told_is_what_is(self) -> None:
        grants: Grants = self.hall.office().grants
        for who in PEOPLE:
            told = self.hall.told(who.user_id)
            assert sorted(told) == list(range(1, len(told) + 1)), "seq has gaps"
            active = {(g.role, g.unit) for g in grants.of(who.user_id) if g.holds(self.hall.now)}
            assert (told[max(told)] if told else set()) == active

    @invariant()
    def nobody_holds_what_nobody_could_give(self) -> None:
        for who in PEOPLE:
            for each in self.hall.office().grants.of(who.user_id):
                if each.state != "active":
                    continue
                role = self.hall.city.role(each.role)
                assert role is not None
                assert role.kind in ("self", "organisation")
                if role.kind == "organisation":
                    body = self.hall.city.organisation(each.unit or "", self.hall.office().today)
                    assert body is not None
                    assert body.kind in role.issuers

    @invariant()
    def one_open_grant_of_a_role_at_an_organisation(self) -> None:
        for who in PEOPLE:
            open_now = [
                (g.role, g.unit)
                for g in self.hall.office().grants.of(who.user_id)
                if g.state in ("requested", "scheduled", "active")
            ]
            assert len(open_now) == len(set(open_now))


Life.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase
