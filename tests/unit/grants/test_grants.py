"""Who gives which role, until when, and that its end is heard of."""

from datetime import date, timedelta
from typing import Literal

import pytest
from city.adapters.table import CommitConflict
from city.grants import service
from city.grants.model import (
    AlreadyHeld,
    Decision,
    MembersQuery,
    NewGrant,
    NotOpen,
    NotYours,
    Revocation,
    RoleRequest,
    WrongInvitation,
)
from city.kernel.page import PageQuery
from city.kernel.people import Principal, Role
from city.kernel.problems import AssuranceNeeded, Conflict, Forbidden, Invalid, NotFound, TooMany
from city.kernel.reference import RoleKind
from city.kernel.text import Text
from grants_world import LAN, UNION, Hall, admin_of, city, platform
from mortal import Died, MortalTable


@pytest.fixture
def hall() -> Hall:
    return Hall()


def member(hall: Hall, role: str = "union_member", **more: object) -> str:
    """Lan is given a role by the union; the grant's id."""
    code = service.code(hall.office(), LAN).code
    body = NewGrant.model_validate({"code": code, "role": role, **more})
    return service.grant(hall.office(), "cong-doan", body, UNION).id


def test_a_role_by_code_is_heard_of(hall: Hall) -> None:
    member(hall)
    assert hall.told() == {1: {("union_member", "cong-doan")}}


def test_a_code_is_good_once_and_for_ten_minutes(hall: Hall) -> None:
    code = service.code(hall.office(), LAN).code
    body = NewGrant(code=code.lower(), role="union_member")
    service.grant(hall.office(), "cong-doan", body, UNION)
    with pytest.raises(WrongInvitation):
        service.grant(hall.office(), "cong-doan", body, UNION)
    late = service.code(hall.office(), LAN).code
    hall.wait(minutes=10)
    with pytest.raises(WrongInvitation):
        service.grant(hall.office(), "cong-doan", NewGrant(code=late, role="union_member"), UNION)


def test_codes_cannot_be_guessed_for_long(hall: Hall) -> None:
    for _ in range(service.TRIES):
        with pytest.raises(WrongInvitation):
            service.grant(
                hall.office(), "cong-doan", NewGrant(code="ABCDEF", role="union_member"), UNION
            )
    code = service.code(hall.office(), LAN).code
    with pytest.raises(TooMany):
        service.grant(hall.office(), "cong-doan", NewGrant(code=code, role="union_member"), UNION)


def test_only_the_organisation_gives_its_roles(hall: Hall) -> None:
    code = service.code(hall.office(), LAN).code
    for unit, role in (("cong-doan", "party_member"), ("cong-doan", "organisation_admin"),
                       ("cong-doan", "administrator"), ("cong-doan", "ioc_operator")):  # fmt: skip
        with pytest.raises(NotYours):
            service.grant(hall.office(), unit, NewGrant(code=code, role=role), UNION)
    with pytest.raises(NotFound):  # another organisation's
        service.grant(hall.office(), "thanh-uy", NewGrant(code=code, role="party_member"), UNION)
    with pytest.raises(Forbidden):  # nobody's administrator
        service.grant(hall.office(), "cong-doan", NewGrant(code=code, role="union_member"), LAN)


def test_the_platform_appoints_administrators_but_gives_no_organisations_role(hall: Hall) -> None:
    boss = platform("boss")
    code = service.code(hall.office(), LAN).code
    with pytest.raises(NotYours):
        service.grant(hall.office(), "cong-doan", NewGrant(code=code, role="union_member"), boss)
    service.grant(hall.office(), "cong-doan", NewGrant(code=code, role="organisation_admin"), boss)
    assert hall.told() == {1: {("organisation_admin", "cong-doan")}}


def test_an_administrator_needs_a_passkey_to_appoint(hall: Hall) -> None:
    tired = platform("boss").model_copy(update={"stepped_up_until": None})
    with pytest.raises(AssuranceNeeded):
        service.grant(
            hall.office(), "cong-doan", NewGrant(code="ABCDEF", role="organisation_admin"), tired
        )


def test_two_administrators_make_a_third(hall: Hall) -> None:
    boss, other = platform("boss"), platform("other")
    code = service.code(hall.office(), LAN).code
    made = service.grant(hall.office(), "nen-tang", NewGrant(code=code, role="administrator"), boss)
    assert made.state == "requested"
    assert hall.told() == {}
    with pytest.raises(NotYours):  # not the one who proposed it
        service.decide(hall.office(), "nen-tang", made.id, Decision(accept=True), boss)
    lan_as_admin = platform("lan")
    with pytest.raises(NotYours):  # nor the one it is for
        service.decide(hall.office(), "nen-tang", made.id, Decision(accept=True), lan_as_admin)
    service.decide(hall.office(), "nen-tang", made.id, Decision(accept=True), other)
    assert hall.told() == {1: {("administrator", "nen-tang")}}


def test_a_request_waits_for_the_organisation(hall: Hall) -> None:
    asked = service.request(
        hall.office(), RoleRequest(role="union_member", unit="cong-doan", evidence="Thẻ số 5"), LAN
    )
    assert asked.state == "requested"
    assert hall.told() == {}
    with pytest.raises(AlreadyHeld):
        service.request(hall.office(), RoleRequest(role="union_member", unit="cong-doan"), LAN)
    page, subjects = service.members(hall.office(), "cong-doan", MembersQuery(), UNION)
    assert [g.id for g in page.items] == [asked.id]
    assert subjects == ["lan"]
    service.decide(hall.office(), "cong-doan", asked.id, Decision(accept=True, note="Đúng"), UNION)
    assert hall.told() == {1: {("union_member", "cong-doan")}}
    with pytest.raises(NotOpen):
        service.decide(hall.office(), "cong-doan", asked.id, Decision(accept=False), UNION)
    mine = service.mine(hall.office(), PageQuery(), LAN).items[0]
    assert [(s.by, s.what) for s in mine.history] == [
        ("self", "asked"),
        ("organisation", "accepted"),
    ]


def test_nobody_else_sees_an_organisations_requests(hall: Hall) -> None:
    with pytest.raises(NotFound):
        service.members(hall.office(), "cong-doan", MembersQuery(), admin_of("bao-hue"))
    with pytest.raises(Forbidden):
        service.members(hall.office(), "cong-doan", MembersQuery(), LAN)
    auditor = Principal(user_id="a", roles=frozenset({Role.AUDITOR.value}))
    assert service.members(hall.office(), "cong-doan", MembersQuery(), auditor)[0].items == []


def test_a_role_that_may_be_taken_alone(hall: Hall) -> None:
    service.request(hall.office(), RoleRequest(role="tourist"), LAN)
    assert hall.told() == {1: {("tourist", None)}}
    with pytest.raises(AssuranceNeeded):
        service.request(hall.office(), RoleRequest(role="business", evidence="MST 33"), LAN)
    with pytest.raises(Invalid):
        service.request(hall.office(), RoleRequest(role="business"), LAN)
    with pytest.raises(NotYours):
        service.request(hall.office(), RoleRequest(role="administrator"), LAN)
    with pytest.raises(NotYours):
        service.request(hall.office(), RoleRequest(role="party_member", unit="cong-doan"), LAN)


def test_revoking_is_heard_of_at_once(hall: Hall) -> None:
    grant_id = member(hall)
    service.revoke(hall.office(), "cong-doan", grant_id, Revocation(reason="Đã chuyển đi"), UNION)
    assert hall.told()[2] == set()
    with pytest.raises(NotOpen):
        service.revoke(hall.office(), "cong-doan", grant_id, Revocation(reason="Lần nữa"), UNION)
    member(hall)  # it may be given again
    assert hall.told()[3] == {("union_member", "cong-doan")}


def test_a_role_ends_with_its_day_in_hue(hall: Hall) -> None:
    member(hall, valid_to=date(2026, 11, 20))
    hall.wait(days=4, hours=14)  # Friday 23:00 in Huế
    assert service.sweep(hall.office()) == 0
    hall.wait(hours=1, minutes=1)
    assert service.sweep(hall.office()) == 1
    assert hall.told()[2] == set()
    assert service.sweep(hall.office()) == 0


def test_a_role_of_the_future_begins_by_the_clock(hall: Hall) -> None:
    member(hall, valid_from=date(2026, 11, 18))
    assert hall.told() == {}
    hall.wait(days=3)
    assert service.sweep(hall.office()) == 1
    assert hall.told() == {1: {("union_member", "cong-doan")}}


def test_weeks_without_a_sweep_are_caught_up(hall: Hall) -> None:
    service.sweep(hall.office())
    member(hall, valid_to=date(2026, 11, 17))
    hall.wait(days=30)
    assert service.sweep(hall.office()) == 1


def test_a_role_that_only_the_data_know_works_end_to_end() -> None:
    veteran = RoleKind(
        id="veteran", name=Text(vi="Cựu chiến binh", en="Veteran"), kind="organisation",
        issuers=("union",), months_max=12,
    )  # fmt: skip
    hall = Hall(city=city(veteran))
    member(hall, "veteran")
    assert hall.told() == {1: {("veteran", "cong-doan")}}
    hall.wait(days=31 * 12 + 1)
    assert service.sweep(hall.office()) == 1


def test_two_roles_are_told_together(hall: Hall) -> None:
    member(hall)
    service.request(hall.office(), RoleRequest(role="tourist"), LAN)
    assert hall.told()[2] == {("union_member", "cong-doan"), ("tourist", None)}
    mine = service.mine(hall.office(), PageQuery(limit=1), LAN)
    assert len(mine.items) == 1
    rest = service.mine(hall.office(), PageQuery(limit=1, cursor=mine.next_cursor), LAN)
    service.give_up(hall.office(), rest.items[0].id, LAN)
    assert hall.told()[3] == {("tourist", None)}
    with pytest.raises(NotFound):
        service.give_up(hall.office(), rest.items[0].id, UNION)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("k", range(1, 5))
def test_a_death_between_steps_loses_no_role(
    hall: Hall, k: int, when: Literal["before", "after"]
) -> None:
    inner = hall.table
    member(hall, valid_to=date(2026, 11, 17))
    hall.wait(days=3)
    hall.table = MortalTable(inner, k, when)
    try:
        service.sweep(hall.office())
    except Died:
        hall.table = inner
        service.sweep(hall.office())
    hall.office().grants._outbox.relay(hall.now + timedelta(seconds=1))
    assert hall.told()[2] == set()
    assert service.mine(hall.office(), PageQuery(), LAN).items[0].state == "expired"


def test_erasing_ends_roles_and_keeps_the_record_of_office(hall: Hall) -> None:
    member(hall, evidence="Thẻ 5", label="Chị Lan")
    told = service.export(hall.office(), "lan")["grants"][0]
    assert told["history"] and UNION.user_id not in str(told)  # who decided is not hers
    gone = service.erase(hall.office(), "lan")
    assert gone.kept_by_law
    assert hall.told()[2] == set()
    assert "Chị Lan" not in str(service.export(hall.office(), "lan"))
    service.erase(hall.office(), "lan")


def acts(hall: Hall, account: str) -> list[tuple[str, str, str]]:
    """What somebody did about others' roles, oldest first: about, action, words."""
    told = service.export(hall.office(), account).get("acts", [])
    return [(one["case"], one["action"], one.get("words", "")) for one in reversed(told)]


def test_who_gave_a_role_and_who_ended_it_is_told_and_never_erased(hall: Hall) -> None:
    first = member(hall)
    hall.wait(hours=1)
    service.revoke(hall.office(), "cong-doan", first, Revocation(reason="Đã chuyển đi"), UNION)
    hall.wait(hours=1)
    asked = service.request(hall.office(), RoleRequest(role="union_member", unit="cong-doan"), LAN)
    service.decide(hall.office(), "cong-doan", asked.id, Decision(accept=False), UNION)
    done = [
        (f"cong-doan/{first}", "granted union_member", ""),
        (f"cong-doan/{first}", "revoked union_member", "Đã chuyển đi"),
        (f"cong-doan/{asked.id}", "refused union_member", ""),
    ]
    assert acts(hall, UNION.user_id) == done
    kept = service.erase(hall.office(), UNION.user_id)
    assert (kept.items, kept.kept_by_law) == (0, service.LAW)
    assert acts(hall, UNION.user_id) == done
    assert acts(hall, "lan") == []  # asking for oneself is no work


def test_a_step_that_did_not_come_through_is_nobodys_act(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = service.request(hall.office(), RoleRequest(role="union_member", unit="cong-doan"), LAN)

    def beaten(*_: object) -> None:
        raise CommitConflict([0])

    with monkeypatch.context() as busy:
        busy.setattr(hall.table, "commit", beaten)
        with pytest.raises(Conflict):
            service.decide(hall.office(), "cong-doan", asked.id, Decision(accept=True), UNION)
    assert acts(hall, UNION.user_id) == []


def test_what_the_clock_ends_is_nobodys_act(hall: Hall) -> None:
    member(hall, valid_to=(hall.now + timedelta(days=1)).date())
    given = hall.table.query("BY#clock"), acts(hall, UNION.user_id)
    hall.wait(days=3)
    assert service.sweep(hall.office()) == 1
    assert (hall.table.query("BY#clock"), acts(hall, UNION.user_id)) == given
    assert given[0] == ([], None)
