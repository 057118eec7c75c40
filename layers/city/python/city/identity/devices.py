"""A person's devices, and what `grants` says of their roles."""

from datetime import datetime

from pydantic import BaseModel

from city.adapters.table import CommitConflict
from city.contracts.grants import GrantsChanged
from city.identity.door import Door
from city.identity.model import Account, Ended, Held
from city.identity.sessions import end_session
from city.identity.store import changed
from city.kernel.page import Page
from city.kernel.people import Principal
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
    if family not in {each for each, _, _ in door.people.devices(who.user_id)}:
        raise NotFound(what="thiết bị / device")
    end_session(door, family, "signed_out")
    door.people.drop_device(who.user_id, family)
    door.revoke(who.user_id)


def end_all(door: Door, user_id: str, why: Ended = "signed_out") -> None:
    """Sign out everywhere, now."""
    for family, _, _ in door.people.devices(user_id):
        end_session(door, family, why)
        door.people.drop_device(user_id, family)
    door.revoke(user_id)


def take_over(door: Door, told: GrantsChanged) -> bool:
    """Follow what `grants` says; False when it is known already.

    Tokens issued before carry the old roles or live too long, so they end. Told the same twice,
    they end twice: whoever died between the change and the end of the tokens is made good.
    """
    for _ in range(ATTEMPTS):
        found = door.people.account(told.subject)
        if found is None or found[0].erased or found[0].grants_seq > told.seq:
            return False
        account, version = found
        if account.grants_seq == told.seq:
            door.revoke(told.subject)
            return False
        held = (Held(role=g.role, unit=g.unit, until=g.valid_to) for g in told.grants)
        after = account.holding(held, door.now).model_copy(update={"grants_seq": told.seq})
        try:
            door.commit([changed(after, version)])
        except CommitConflict:
            continue
        if _outdates(account, after):
            door.revoke(told.subject)
        return True
    raise Conflict


def _outdates(before: Account, after: Account) -> bool:
    """Whether a token of before says too much or too little, or lives too long, for after."""
    if (after.roles, after.posts) != (before.roles, before.posts):
        return True
    sooner = after.roles_until
    return sooner is not None and (before.roles_until is None or sooner < before.roles_until)
