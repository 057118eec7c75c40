"""Asking for roles, giving them, ending them. Who may is asked here and in the policy table."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from city.adapters import acts
from city.adapters.holder import Erased
from city.adapters.table import ABSENT, CommitConflict
from city.grants.model import (
    CODE_LIFE,
    AlreadyHeld,
    Decision,
    Grant,
    GrantView,
    InvitationCode,
    MembersQuery,
    NewGrant,
    NotOpen,
    NotYours,
    OrganisationsQuery,
    Revocation,
    RoleRequest,
    State,
    WrongInvitation,
)
from city.grants.store import Grants
from city.kernel import policy
from city.kernel.clock import HUE, local_date
from city.kernel.ids import NewId, derived_id
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal, Role
from city.kernel.policy import Resource
from city.kernel.problems import AssuranceNeeded, Conflict, NotFound, TooMany, invalid
from city.kernel.reference import Organisation, Reference, RoleKind
from city.kernel.text import Text

SWEEP_LIMIT = 500
ATTEMPTS = 5
TRIES = 10  # wrong invitation codes in ten minutes
MONTH_DAYS = 31
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
PLATFORM = "platform"
LAW = "Luật Lưu trữ 33/2024/QH15"


@dataclass(frozen=True, slots=True)
class Office:
    """What granting leans on."""

    grants: Grants
    city: Reference
    secret: str
    now: datetime
    new_id: NewId
    draw: Callable[[int], int]

    @property
    def today(self) -> date:
        """The day in Huế."""
        return local_date(self.now)


def roles(office: Office) -> Page[RoleKind]:
    """Every role and who gives it."""
    return Page(items=list(office.city.roles))


def organisations(office: Office, query: OrganisationsQuery) -> Page[Organisation]:
    """Bodies that may give roles: agencies of today and the others, by name."""
    agencies = [
        Organisation(id=a.id, name=a.name, kind=a.kind)
        for a in office.city.agencies_as_of(office.today)
    ]
    words = query.q.casefold()
    found = sorted(
        (
            each
            for each in (*office.city.organisations, *agencies)
            if (not query.kind or each.kind == query.kind)
            and (words in each.name.vi.casefold() or words in each.name.en.casefold())
        ),
        key=lambda each: each.name.vi,
    )
    start = int(decode_cursor(query.cursor).get("n", 0))
    page = found[start : start + query.limit]
    more = start + query.limit < len(found)
    return Page(items=page, next_cursor=encode_cursor({"n": start + query.limit}) if more else None)


def view(office: Office, grant: Grant, *, to_holder: bool) -> GrantView:
    """A grant as shown; its holder sees that somebody decided, not who."""
    role = office.city.role(grant.role)
    body = office.city.organisation(grant.unit, office.today) if grant.unit else None
    steps = [
        step.model_copy(update={"by": "self" if step.by == grant.subject else "organisation"})
        if to_holder and step.by != acts.CLOCK
        else step
        for step in grant.history
    ]
    return GrantView(
        **grant.model_dump(
            include={
                "id", "role", "unit", "valid_from", "valid_to", "state", "evidence", "label",
            }
        ),
        role_name=role.name if role else Text(vi=grant.role, en=grant.role),
        unit_name=body.name if body else None,
        approvals=len(grant.approved_by),
        history=steps,
    )  # fmt: skip


def mine(office: Office, query: PageQuery, who: Principal) -> Page[GrantView]:
    """One's own grants, newest first."""
    held = sorted(office.grants.of(who.user_id), key=lambda g: g.id, reverse=True)
    before = decode_cursor(query.cursor).get("b")
    rest = [g for g in held if before is None or g.id < before]
    page = rest[: query.limit]
    more = len(rest) > query.limit
    return Page(
        items=[view(office, g, to_holder=True) for g in page],
        next_cursor=encode_cursor({"b": page[-1].id}) if more else None,
    )


def request(office: Office, body: RoleRequest, who: Principal) -> GrantView:
    """Take a role that may be taken alone, or ask an organisation for one.

    Raises:
        Invalid: no such role or organisation, evidence is missing.
        NotYours: this organisation does not give this role, or nobody may ask for it.
        AssuranceNeeded: the role needs a verified identity.
        AlreadyHeld: it is held or asked for already.
    """
    role = _role(office, body.role)
    if role.needs_evidence and not (body.evidence.strip() or body.media):
        raise invalid("evidence", "Vai trò này cần minh chứng.", "This role needs evidence.")
    if who.assurance(office.now) < role.assurance:
        raise AssuranceNeeded(role.assurance)
    state: State
    if role.kind == "self":
        if role.id == Role.CITIZEN:
            raise AlreadyHeld
        unit, state = None, "active"
    elif role.kind == "organisation" and body.unit:
        unit, state = _issuer(office, body.unit, role).id, "requested"
    else:
        raise NotYours
    grant = Grant(
        id=office.new_id(office.now),
        subject=who.user_id,
        role=role.id,
        unit=unit,
        valid_from=office.now,
        valid_to=_longest(office.now, role) if state == "active" else None,
        state=state,
        evidence=body.evidence,
        media=tuple(body.media),
    ).moved(state, office.now, who.user_id, "took" if state == "active" else "asked")
    _add(office, grant)
    return view(office, grant, to_holder=True)


def code(office: Office, who: Principal) -> InvitationCode:
    """Six letters by which an organisation's administrator finds this account for ten minutes."""
    for _ in range(ATTEMPTS):
        letters = "".join(LETTERS[office.draw(len(LETTERS))] for _ in range(6))
        if office.grants.keep_code(_hash(office, letters), who.user_id, office.now):
            return InvitationCode(code=letters, expires_in=int(CODE_LIFE.total_seconds()))
    raise Conflict


def give_up(office: Office, grant_id: str, who: Principal) -> None:
    """Lay down a role, or take back a request.

    Raises:
        NotFound: not one of one's own. NotOpen: it has ended already.
    """

    def step(grant: Grant) -> Grant:
        _needs(grant, "requested", "scheduled", "active")
        return grant.moved("given_up", office.now, who.user_id, "gave up")

    _change(office, lambda: office.grants.get(who.user_id, grant_id), step)


def members(
    office: Office, unit: str, query: MembersQuery, who: Principal
) -> tuple[Page[GrantView], list[str]]:
    """An organisation's grants, newest first, and whose they are (for the record of who looked)."""
    policy.require(who, "grants:members", Resource(unit=unit), office.now)
    after = decode_cursor(query.cursor).get("b")
    grants, more = office.grants.members(unit, after, query.limit)
    shown = [g for g in grants if query.state in (None, g.state)]
    page = Page[GrantView](
        items=[view(office, g, to_holder=False) for g in shown],
        next_cursor=encode_cursor({"b": more}) if more else None,
    )
    return page, sorted({g.subject for g in shown})


def grant(office: Office, unit: str, body: NewGrant, who: Principal) -> GrantView:
    """Give a role to whoever told their code, or to a known account.

    Platform administrators appoint organisations' administrators anywhere; roles of the platform
    itself wait for a second administrator.

    Raises:
        NotFound: not one's organisation. NotYours: not a role it gives.
        WrongInvitation, TooMany, Invalid, AlreadyHeld: why not.
    """
    policy.require(who, "grants:grant", Resource(unit=unit), office.now)
    role = _role(office, body.role)
    body_at = _body(office, unit)
    _authorised(body_at, role, who)
    subject = body.subject or _owner_of(office, body.code, who)
    if subject == who.user_id and role.kind == "system":
        raise NotYours
    start = _moment(body.valid_from) if body.valid_from else office.now
    start = max(start, office.now)
    end = _end(office, role, start, body.valid_to)
    waits = role.kind == "system" and body_at.kind == PLATFORM
    state: State = "requested" if waits else ("active" if start <= office.now else "scheduled")
    made = Grant(
        id=office.new_id(office.now),
        subject=subject,
        role=role.id,
        unit=unit,
        valid_from=start,
        valid_to=end,
        state=state,
        evidence=body.evidence,
        label=body.label,
        approved_by=(who.user_id,),
    ).moved(state, office.now, who.user_id, "proposed" if waits else "granted")
    _add(office, made)
    return view(office, made, to_holder=False)


def decide(office: Office, unit: str, grant_id: str, body: Decision, who: Principal) -> GrantView:
    """Accept or refuse a request; a role of the platform needs an administrator who did not
    propose it.

    Raises:
        NotFound, NotYours, NotOpen: why not.
    """
    policy.require(who, "grants:decide", Resource(unit=unit), office.now)
    body_at = _body(office, unit)

    def step(held: Grant) -> Grant:
        _needs(held, "requested")
        role = _role(office, held.role)
        _authorised(body_at, role, who)
        if who.user_id in (*held.approved_by, held.subject):
            raise NotYours
        if not body.accept:
            return held.moved("refused", office.now, who.user_id, "refused", body.note)
        start = max(held.valid_from, office.now)
        accepted = held.model_copy(
            update={
                "valid_from": start,
                "valid_to": _end(office, role, start, body.valid_to) or held.valid_to,
                "approved_by": (*held.approved_by, who.user_id),
            }
        )
        return accepted.moved("active", office.now, who.user_id, "accepted", body.note)

    changed = _change(office, lambda: office.grants.at(unit, grant_id), step)
    return view(office, changed, to_holder=False)


def revoke(office: Office, unit: str, grant_id: str, body: Revocation, who: Principal) -> GrantView:
    """End a role before its time; it stops working within a minute.

    Raises:
        NotFound, NotOpen: why not.
    """
    policy.require(who, "grants:revoke", Resource(unit=unit), office.now)

    def step(held: Grant) -> Grant:
        _needs(held, "requested", "scheduled", "active")
        return held.moved("revoked", office.now, who.user_id, "revoked", body.reason)

    changed = _change(office, lambda: office.grants.at(unit, grant_id), step)
    return view(office, changed, to_holder=False)


def sweep(office: Office, limit: int = SWEEP_LIMIT) -> int:
    """Begin and end what is due; how many changed. Reads due hours only; twice changes nothing."""
    pointers, mark = office.grants.due(office.now, limit)
    changed = 0
    for pointer in pointers:
        subject, grant_id = pointer.doc["subject"], pointer.doc["grant"]
        held = office.grants.get(subject, grant_id)
        if held:
            changed += _tick(office, *held)
        office.grants.done(pointer)
    if len(pointers) < limit:
        office.grants.move_mark(mark, office.now - timedelta(hours=2))
    return changed


def _tick(office: Office, held: Grant, version: int) -> bool:
    now = office.now
    if held.state == "scheduled" and held.valid_from <= now:
        after = held.moved("active", now, acts.CLOCK, "began")
    elif held.state == "active" and held.valid_to and held.valid_to <= now:
        after = held.moved("expired", now, acts.CLOCK, "expired")
    else:
        return False
    office.grants.save(held, version, after, now)
    return True


def seed(office: Office, subject: str, role: str, unit: str | None) -> bool:
    """A demo person's role; False when they hold it already."""
    if office.grants.open_grant(subject, role, unit):
        return False
    grant_id = derived_id(datetime.fromtimestamp(0, office.now.tzinfo), subject, role, str(unit))
    made = Grant(
        id=grant_id, subject=subject, role=role, unit=unit, valid_from=office.now, state="active",
        evidence="demo", approved_by=("seed",),
    )  # fmt: skip
    if office.grants.get(subject, grant_id):
        return False  # it was ended by somebody: a demo is played, not reset
    try:
        office.grants.save(
            None, ABSENT, made.moved("active", office.now, "seed", "granted"), office.now
        )
    except CommitConflict:
        return False
    return True


def export(office: Office, subject: str) -> dict[str, Any]:
    """A person's roles, and what they did about others'. Who decided is no data of theirs."""
    hidden: Any = {"approved_by": True, "history": {"__all__": {"by"}}}
    held = [g.model_dump(mode="json", exclude=hidden) for g in office.grants.of(subject)]
    return {"grants": held, **acts.export(office.grants.table, subject)}


def erase(office: Office, subject: str) -> Erased:
    """End what is open. The record of who could act in an office stays, without a name in it."""
    held = office.grants.of(subject)
    for each in held:
        if each.state in ("requested", "scheduled", "active"):
            found = office.grants.get(subject, each.id)
            if found:
                gone = found[0].moved("given_up", office.now, subject, "erased")
                office.grants.save(
                    *found, gone.model_copy(update={"evidence": "", "label": ""}), office.now
                )
    worked = acts.erase(office.grants.table, subject, LAW).kept_by_law
    return Erased(len(held), LAW if any(g.unit for g in held) else worked)


def _role(office: Office, role_id: str) -> RoleKind:
    role = office.city.role(role_id)
    if role is None:
        raise invalid("role", "Không có vai trò này.", "There is no such role.")
    return role


def _body(office: Office, unit: str) -> Organisation:
    found = office.city.organisation(unit, office.today)
    if found is None:
        raise NotFound(what=unit)
    return found


def _issuer(office: Office, unit: str, role: RoleKind) -> Organisation:
    found = office.city.organisation(unit, office.today)
    if found is None:
        raise invalid("unit", "Không có tổ chức này.", "There is no such organisation.")
    if found.kind not in role.issuers:
        raise NotYours
    return found


def _authorised(body: Organisation, role: RoleKind, who: Principal) -> None:
    """Who may give what: an organisation's administrator its roles; the platform's
    administrators the organisations' administrators, and with a second one their own roles."""
    administers = (Role.ORGANISATION_ADMIN.value, body.id) in who.posts
    if role.kind == "organisation" and administers and body.kind in role.issuers:
        return
    if role.kind == "system" and who.has(frozenset({Role.ADMINISTRATOR})):
        appoints = role.id == Role.ORGANISATION_ADMIN
        if appoints or body.kind == PLATFORM:
            return
    raise NotYours


def _owner_of(office: Office, letters: str | None, who: Principal) -> str:
    if not letters:
        raise invalid("code", "Cần mã của người được cấp.", "The person's code is needed.")
    if office.grants.tries(who.user_id, office.now) > TRIES:
        raise TooMany(600)
    subject = office.grants.take_code(_hash(office, letters.strip().upper()), office.now)
    if subject is None:
        raise WrongInvitation
    return subject


def _hash(office: Office, letters: str) -> str:
    return hmac.new(
        office.secret.encode(), f"invite|{letters}".encode(), hashlib.sha256
    ).hexdigest()


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HUE).astimezone(UTC)


def _longest(start: datetime, role: RoleKind) -> datetime | None:
    return start + timedelta(days=MONTH_DAYS * role.months_max) if role.months_max else None


def _end(office: Office, role: RoleKind, start: datetime, wanted: date | None) -> datetime | None:
    """The end that was asked for (that day included), within the role's longest term."""
    longest = _longest(start, role)
    if wanted is None:
        return longest
    end = _moment(wanted) + timedelta(days=1)
    if end <= max(start, office.now):
        raise invalid("valid_to", "Ngày hết hạn đã qua.", "The end lies in the past.")
    return min(end, longest) if longest else end


def _needs(grant: Grant, *states: State) -> None:
    if grant.state not in states:
        raise NotOpen(state=grant.state)


def _add(office: Office, made: Grant) -> None:
    if office.grants.open_grant(made.subject, made.role, made.unit):
        raise AlreadyHeld
    for _ in range(ATTEMPTS):
        try:
            office.grants.save(None, ABSENT, made, office.now)
        except CommitConflict:
            if office.grants.open_grant(made.subject, made.role, made.unit):
                raise AlreadyHeld from None
            continue
        return
    raise Conflict


def _change(
    office: Office,
    read: Callable[[], tuple[Grant, int] | None],
    step: Callable[[Grant], Grant],
) -> Grant:
    for _ in range(ATTEMPTS):
        held = read()
        if held is None:
            raise NotFound(what="vai trò / grant")
        after = step(held[0])
        try:
            office.grants.save(*held, after, office.now)
        except CommitConflict:
            continue
        return after
    raise Conflict
