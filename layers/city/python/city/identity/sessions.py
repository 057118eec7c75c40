"""Sessions: one refresh family for each device, whose tokens are good once.

A token follows from the hash of the one before it and the city's secret, so a renewal that is asked
twice in a moment (the answer was lost on the way, a page went away, two tabs) has one answer and
changes nothing the second time. Answers that overtake one another may leave a device with a token
some steps old: it too gives the present one. After that moment a token that comes back was stolen.
"""

import hmac
from datetime import datetime, timedelta

from city.adapters import tokens
from city.adapters.table import CommitConflict
from city.adapters.trust import LIFETIME
from city.identity.door import Door
from city.identity.model import (
    REFRESH_LIFE_S,
    Account,
    Device,
    Ended,
    Replaced,
    Session,
    Tokens,
)
from city.kernel.problems import Conflict, Unauthenticated

ATTEMPTS = 5
# How long a token that was replaced still gives the present one. Rotation with such a leeway is
# what RFC 9700 (4.14.2) leaves to the server; phones lose answers, and would be signed out.
OVERLAP = timedelta(seconds=30)
REPLACED = 20  # tokens of a family that are remembered; more in a moment is nobody's phone


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
    with it the access tokens that a thief may hold; within `OVERLAP` it gives the present one.

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
    shown = door.keyed("refresh", token)
    if hmac.compare_digest(shown, session.current):
        return renew(door, family, session, version)
    if any(hmac.compare_digest(shown, one.token) for one in _lately(door, session)):
        return _again(door, family, session)
    end_session(door, family, "reused")
    door.revoke(session.user_id)
    raise Unauthenticated


def _lately(door: Door, session: Session) -> list[Replaced]:
    """The tokens that were replaced a moment ago."""
    return [one for one in session.replaced if door.now - one.at <= OVERLAP]


def _again(door: Door, family: str, session: Session) -> Tokens:
    """What the last renewal answered."""
    account = _open(door, session)
    last = session.replaced[-1].token
    return _tokens(door, account, family, session, _following(door, family, last))


def renew(
    door: Door,
    family: str,
    session: Session,
    version: int,
    stepped_up_until: datetime | None = None,
) -> Tokens:
    """The next tokens of a session; a passkey may just have raised it.

    Raises:
        Unauthenticated: it ended in the meantime, the account is gone or locked.
    """
    following = _following(door, family, session.current)
    raised = stepped_up_until or session.stepped_up_until
    after = session.model_copy(
        update={
            "current": door.keyed("refresh", following),
            "replaced": (*_lately(door, session), Replaced(token=session.current, at=door.now))[
                -REPLACED:
            ],
            "last_seen_at": door.now,
            "stepped_up_until": raised if raised and raised > door.now else None,
        }
    )
    try:
        door.people.save_session(family, after, version)
    except CommitConflict as error:
        held = door.people.session(family)
        if not held or held[0].ended or stepped_up_until:
            raise Unauthenticated from error
        if all(one.token != session.current for one in held[0].replaced):
            raise Unauthenticated from error
        return _again(door, family, held[0])  # another tab came first by a hair
    return _tokens(door, _open(door, after), family, after, following)


def _following(door: Door, family: str, hashed: str) -> str:
    """The token after the one with this hash: nobody finds it without the secret."""
    return door.keyed("next-refresh", f"{family}|{hashed}")


def _open(door: Door, session: Session) -> Account:
    account, _ = door.known(session.user_id)
    if account.locked(door.now):
        raise Unauthenticated
    return account


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
