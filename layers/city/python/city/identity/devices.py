"""A person's devices, and what `grants` says of their roles."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from city.adapters.table import CommitConflict
from city.contracts.grants import GrantsChanged
from city.identity.service import Door, posts_of
from city.kernel.page import Page
from city.kernel.people import AGENCY, Principal, Role
from city.kernel.problems import Conflict, NotFound

ATTEMPTS = 5


class DeviceView(BaseModel):
    """A session as its owner sees it."""

    id: str
    name: str
    created_at: datetime
    last_seen_at: datetime
    current: bool


def listed(door: Door, who: Principal) -> Page[DeviceView]:
    """Where one is signed in, newest first."""
    return Page(
        items=[
            DeviceView(
                id=family,
                name=session.device,
                created_at=session.created_at,
                last_seen_at=session.last_seen_at or session.created_at,
                current=family == who.session,
            )
            for family, session, _ in reversed(door.people.devices(who.user_id))
            if not session.ended and door.now < session.expires_at
        ]
    )


def end(door: Door, who: Principal, family: str) -> None:
    """Sign one device out. Its access token ends with the others' within a minute: whoever is
    still signed in gets a new one without noticing.

    Raises:
        NotFound: not one of one's own.
    """
    mine = {name: (session, version) for name, session, version in door.people.devices(who.user_id)}
    if family not in mine:
        raise NotFound(what="thiết bị / device")
    _end(door, family, "signed_out")
    door.people.drop_device(who.user_id, family)
    door.revoke(who.user_id)


def end_all(
    door: Door, user_id: str, why: Literal["signed_out", "locked", "erased"] = "signed_out"
) -> None:
    """Sign out everywhere, now."""
    for family, session, _ in door.people.devices(user_id):
        if not session.ended:
            _end(door, family, why)
        door.people.drop_device(user_id, family)
    door.revoke(user_id)


def _end(door: Door, family: str, why: Literal["signed_out", "locked", "erased"]) -> None:
    for _ in range(ATTEMPTS):
        held = door.people.session(family)
        if held is None or held[0].ended:
            return
        try:
            door.people.save_session(family, held[0].model_copy(update={"ended": why}), held[1])
        except CommitConflict:
            continue  # it was refreshed a moment ago: end what it became
        return
    raise Conflict


def take_over(door: Door, told: GrantsChanged) -> bool:
    """Follow what `grants` says; False when something newer is known already.

    Tokens issued before carry the old roles, so they end; a role's own end limits new ones.
    """
    for _ in range(ATTEMPTS):
        held = door.people.account(told.subject)
        if held is None or held[0].erased or held[0].grants_seq >= told.seq:
            return False
        account, version = held
        active = [g for g in told.grants if g.valid_to is None or door.now < g.valid_to]
        ends = [g.valid_to for g in active if g.valid_to]
        staff = sorted(g.unit for g in active if g.unit and g.role in AGENCY)
        after = account.model_copy(
            update={
                "roles": frozenset({Role.CITIZEN.value, *(g.role for g in active)}),
                "posts": posts_of((g.role, g.unit) for g in active),
                "unit": staff[0] if staff else None,
                "roles_until": min(ends) if ends else None,
                "grants_seq": told.seq,
            }
        )
        try:
            door.people.change(after, version)
        except CommitConflict:
            continue
        if (after.roles, after.posts) != (account.roles, account.posts):
            door.revoke(told.subject)
        return True
    raise Conflict
