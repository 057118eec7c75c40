"""Sessions: one refresh family for each device, whose tokens are good once."""

import hmac
from datetime import datetime, timedelta

from city.adapters import tokens
from city.adapters.table import CommitConflict
from city.adapters.trust import LIFETIME
from city.identity.door import Door
from city.identity.model import REFRESH_LIFE_S, Account, Device, Ended, Session, Tokens
from city.kernel.problems import Conflict, Unauthenticated

ATTEMPTS = 5


def open_session(door: Door, account: Account, device: Device) -> Tokens:
    """A new session of a device; an earlier one of the same device ends."""
    family = door.new_id(door.now)
    token = door.draw_token()
    known_as = door.keyed("device", f"{account.id}|{device.id}") if device.id else ""
    if known_as:
        for earlier, session, _ in door.people.devices(account.id):
            if session.device_key == known_as:
                end_session(door, earlier, "signed_out")
                door.people.drop_device(account.id, earlier)
    session = Session(
        user_id=account.id,
        current=door.keyed("refresh", token),
        created_at=door.now,
        last_seen_at=door.now,
        expires_at=door.now + timedelta(seconds=REFRESH_LIFE_S),
        device=device.name,
        device_key=known_as,
    )
    door.people.open_session(family, session)
    return _tokens(door, account, family, session, token)


def _tokens(
    door: Door, account: Account, family: str, session: Session, refresh_token: str
) -> Tokens:
    now = account.at(door.now)
    who = now.principal(family, session.stepped_up_until)
    amr = ("otp", "hwk") if session.stepped_up_until else ("otp",)
    life = min(LIFETIME, now.roles_until - door.now) if now.roles_until else LIFETIME
    return Tokens(
        access_token=tokens.issue(
            who, door.signer, door.now, door.new_id(door.now), now.roles_until, amr
        ),
        expires_in=int(life.total_seconds()),
        refresh_token=f"{family}.{refresh_token}",
    )


def refresh(door: Door, refresh_token: str | None) -> Tokens:
    """Exchange a refresh token for the next one. An old one that comes back ends the family, and
    with it the access tokens that a thief may hold.

    A client whose answer was lost must sign in again: telling a lost answer from a stolen token
    is not possible, and the theft is worse.

    Raises:
        Unauthenticated: unknown, ended, expired or used before.
    """
    family, _, token = (refresh_token or "").partition(".")
    held = door.people.session(family) if family and token else None
    if held is None:
        raise Unauthenticated
    session, version = held
    if session.ended or door.now >= session.expires_at:
        raise Unauthenticated
    if not hmac.compare_digest(door.keyed("refresh", token), session.current):
        end_session(door, family, "reused")
        door.revoke(session.user_id)
        raise Unauthenticated
    return renew(door, family, session, version)


def renew(
    door: Door,
    family: str,
    session: Session,
    version: int,
    stepped_up_until: datetime | None = None,
) -> Tokens:
    """The next tokens of a session; a passkey may just have raised it.

    Raises:
        Unauthenticated: it was used elsewhere, the account is gone or locked.
    """
    following = door.draw_token()
    raised = stepped_up_until or session.stepped_up_until
    after = session.model_copy(
        update={
            "current": door.keyed("refresh", following),
            "last_seen_at": door.now,
            "stepped_up_until": raised if raised and raised > door.now else None,
        }
    )
    try:
        door.people.save_session(family, after, version)
    except CommitConflict as error:
        raise Unauthenticated from error
    account, _ = door.known(session.user_id)
    if account.locked(door.now):
        raise Unauthenticated
    return _tokens(door, account, family, after, following)


def sign_out(door: Door, refresh_token: str | None) -> None:
    """End a session; a second time changes nothing."""
    family, _, token = (refresh_token or "").partition(".")
    held = door.people.session(family) if family and token else None
    if held and hmac.compare_digest(door.keyed("refresh", token), held[0].current):
        end_session(door, family, "signed_out")


def end_session(door: Door, family: str, why: Ended) -> None:
    """End a session for good, also when it is being refreshed at the same moment. What its owner
    called the device goes with it."""
    for _ in range(ATTEMPTS):
        held = door.people.session(family)
        if held is None or held[0].ended:
            return
        after = held[0].model_copy(update={"ended": why, "device": "", "device_key": ""})
        try:
            door.people.save_session(family, after, held[1])
        except CommitConflict:
            continue  # it was refreshed a moment ago: end what it became
        return
    raise Conflict
