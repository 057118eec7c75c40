"""What wakes `grants`: people and organisations about roles, the clock, requests about data."""

import secrets

from city.adapters.holder import handle
from city.adapters.http import Reply, Unit
from city.adapters.parts import BucketParts
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import DataSeen, PersonalDataRequested
from city.grants import service
from city.grants.model import (
    Decision,
    GrantView,
    InvitationCode,
    MembersQuery,
    NewGrant,
    OrganisationsQuery,
    Revocation,
    RoleRequest,
)
from city.grants.service import Office
from city.grants.store import Grants
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.reference import Organisation, RoleKind

app = Unit("grants")
events = app.events


def office() -> Office:
    """Everything the service needs, in this process, now."""
    return Office(
        grants=Grants(table("grants"), outbox("grants")),
        city=reference(),
        secret=settings().token_secret,
        now=utc_now(),
        new_id=new_id,
        draw=secrets.randbelow,
    )


@app.get("/v1/roles")
def roles() -> Page[RoleKind]:
    """Every role, and who may give it."""
    return service.roles(office())


@app.get("/v1/organisations")
def organisations(query: OrganisationsQuery) -> Page[Organisation]:
    """Bodies that may give roles."""
    return service.organisations(office(), query)


@app.get("/v1/me/grants")
def mine(query: PageQuery, who: Principal) -> Page[GrantView]:
    """One's own roles and requests."""
    return service.mine(office(), query, who)


@app.post("/v1/me/grants", status=201)
def request_role(body: RoleRequest, who: Principal) -> GrantView:
    """Take a role that may be taken alone, or ask an organisation for one."""
    return service.request(office(), body, who)


@app.post("/v1/me/grants/code", idempotent=False)
def code(who: Principal) -> InvitationCode:
    """Six letters to tell an organisation's administrator."""
    return service.code(office(), who)


@app.delete("/v1/me/grants/{id}", status=204)
def give_up(id: str, who: Principal) -> Reply:  # noqa: A002 - the path's own word
    """Lay down a role, or take back a request."""
    service.give_up(office(), id, who)
    return Reply(status=204)


@app.get("/v1/organisations/{id}/grants")
def members(id: str, query: MembersQuery, who: Principal) -> Page[GrantView]:  # noqa: A002
    """An organisation's roles and requests."""
    at = office()
    page, subjects = service.members(at, id, query, who)
    role = "organisation_admin" if ("organisation_admin", id) in who.posts else "auditor"
    seen = [
        DataSeen(
            seen_id=new_id(at.now), subject=subject, by=who.user_id, by_role=role, by_unit=id,
            what="grants", purpose="role_administration", at=at.now,
        )
        for subject in subjects
        if subject != who.user_id
    ]  # fmt: skip
    for first in range(0, len(seen), 50):
        outbox("grants").commit([], [(s.seen_id, s, at.now) for s in seen[first : first + 50]])
    return page


@app.post("/v1/organisations/{id}/grants", status=201)
def grant(id: str, body: NewGrant, who: Principal) -> GrantView:  # noqa: A002
    """Give a role to whoever told their code."""
    return service.grant(office(), id, body, who)


@app.post("/v1/organisations/{id}/grants/{grant_id}/decision")
def decide(id: str, grant_id: str, body: Decision, who: Principal) -> GrantView:  # noqa: A002
    """Accept or refuse a request."""
    return service.decide(office(), id, grant_id, body, who)


@app.post("/v1/organisations/{id}/grants/{grant_id}/revoke")
def revoke(id: str, grant_id: str, body: Revocation, who: Principal) -> GrantView:  # noqa: A002
    """End a role before its time."""
    return service.revoke(office(), id, grant_id, body, who)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    at = office()
    handle(
        asked,
        "grants",
        export=lambda subject: service.export(at, subject),
        erase=lambda subject: service.erase(at, subject),
        parts=BucketParts(),
        outbox=outbox("grants"),
    )


@app.every(minutes=1)
def sweep() -> None:
    """Begin and end roles whose time has come."""
    note(changed=service.sweep(office()))
