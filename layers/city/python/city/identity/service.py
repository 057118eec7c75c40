"""Signing in and out. Answers and work do not tell whether a number is known."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.adapters import tokens
from city.adapters.queue import Sender
from city.adapters.table import ABSENT, CommitConflict
from city.adapters.trust import LIFETIME
from city.identity.model import (
    CODE_ATTEMPTS,
    CODE_LIFE_S,
    CODES_PER_QUARTER_HOUR,
    REFRESH_LIFE_S,
    RESEND_S,
    Account,
    ChangeMe,
    Code,
    DemoPerson,
    Me,
    Sent,
    Session,
    Tokens,
    UnitView,
    WrongCode,
)
from city.identity.store import People
from city.kernel.ids import NewId, derived_id
from city.kernel.phones import masked, phone_number
from city.kernel.problems import Conflict, TooMany, Unauthenticated

DEMANDS_PER_MINUTE = 60
SANDBOX_DEMANDS_PER_MINUTE = 600
QUARTER_HOUR = timedelta(minutes=15)
ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Door:
    """Everything signing in leans on."""

    people: People
    sms: Sender
    secret: str
    signer: tokens.Signer
    now: datetime
    new_id: NewId
    sandbox: bool
    draw_code: Callable[[], str] = lambda: f"{secrets.randbelow(10**6):06}"
    draw_token: Callable[[], str] = lambda: secrets.token_urlsafe(32)


def _hash(secret: str, purpose: str, words: str) -> str:
    return hmac.new(secret.encode(), f"{purpose}|{words}".encode(), hashlib.sha256).hexdigest()


def demand(door: Door, raw_phone: str, address: str) -> Sent:
    """Send a code.

    Raises:
        Invalid: not a telephone number.
        TooMany: the number or the address asked too often.
    """
    phone = phone_number(raw_phone)
    limit = SANDBOX_DEMANDS_PER_MINUTE if door.sandbox else DEMANDS_PER_MINUTE
    if door.people.demands(_hash(door.secret, "address", address)[:32], door.now) > limit:
        raise TooMany(60)
    phone_hash = _hash(door.secret, "phone", phone)
    digits = door.draw_code()
    for _ in range(ATTEMPTS):
        code, version = door.people.code(phone_hash)
        sent = _may_send(code, door.now)
        fresh = Code(
            hash=_hash(door.secret, f"code|{phone}", digits),
            expires_at=door.now + timedelta(seconds=CODE_LIFE_S),
            sent=(*sent, door.now),
        )
        try:
            door.people.save_code(phone_hash, fresh, version)
            break
        except CommitConflict:
            continue
    else:
        raise TooMany(RESEND_S)
    door.sms.send(
        {
            "id": door.new_id(door.now),
            "to": phone,
            "code": digits,
            "text": f"Hue-S: ma dang nhap cua ban la {digits}, co hieu luc 5 phut. "
            "Khong dua ma nay cho bat ky ai.",
        }
    )
    return Sent(expires_in=CODE_LIFE_S, retry_after=RESEND_S)


def _may_send(code: Code | None, now: datetime) -> tuple[datetime, ...]:
    """The sendings of the last quarter hour, if another one may follow.

    A code that signed somebody in does not hold up the next sign-in.
    """
    recent = tuple(at for at in (code.sent if code else ()) if now - at < QUARTER_HOUR)
    if code and code.used:
        return ()
    if recent and (now - recent[-1]).total_seconds() < RESEND_S:
        raise TooMany(max(1, round(RESEND_S - (now - recent[-1]).total_seconds())))
    if len(recent) >= CODES_PER_QUARTER_HOUR:
        raise TooMany(max(1, round((recent[0] + QUARTER_HOUR - now).total_seconds())))
    return recent


def sign_in(door: Door, raw_phone: str, digits: str) -> Tokens:
    """Exchange a code for a session; a number's first sign-in makes its account.

    Raises:
        WrongCode: wrong, used, too old, or too many attempts.
    """
    phone = phone_number(raw_phone)
    phone_hash = _hash(door.secret, "phone", phone)
    for _ in range(ATTEMPTS):
        code, version = door.people.code(phone_hash)
        if (
            code is None
            or code.used
            or code.attempts >= CODE_ATTEMPTS
            or door.now >= code.expires_at
        ):
            raise WrongCode
        given = _hash(door.secret, f"code|{phone}", digits.strip())
        right = hmac.compare_digest(given, code.hash)
        # The attempt is counted before its outcome is told, so that parallel guesses all count.
        after = code.model_copy(update={"attempts": code.attempts + 1, "used": right})
        try:
            door.people.save_code(phone_hash, after, version)
        except CommitConflict:
            continue
        if not right:
            raise WrongCode
        return _open(door, _account(door, phone, phone_hash))
    raise WrongCode


def _account(door: Door, phone: str, phone_hash: str) -> Account:
    user_id = door.people.user_of(phone_hash)
    if user_id is None:
        fresh = Account(id=door.new_id(door.now), phone=phone, created_at=door.now)
        if door.people.create(fresh, phone_hash):
            return fresh
        user_id = door.people.user_of(phone_hash)  # a parallel sign-in was first
    held = door.people.account(user_id) if user_id else None
    if held is None:
        raise Conflict
    return held[0]


def _open(door: Door, account: Account) -> Tokens:
    family = door.new_id(door.now)
    token = door.draw_token()
    session = Session(
        user_id=account.id,
        current=_hash(door.secret, "refresh", token),
        created_at=door.now,
        expires_at=door.now + timedelta(seconds=REFRESH_LIFE_S),
    )
    door.people.save_session(family, session, ABSENT)
    return _tokens(door, account, f"{family}.{token}")


def _tokens(door: Door, account: Account, refresh_token: str) -> Tokens:
    return Tokens(
        access_token=tokens.issue(
            account.principal(), door.signer, door.now, door.new_id(door.now)
        ),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=refresh_token,
    )


def refresh(door: Door, refresh_token: str | None) -> Tokens:
    """Exchange a refresh token for the next one. An old one that comes back ends the family.

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
    given = _hash(door.secret, "refresh", token)
    if not hmac.compare_digest(given, session.current):
        door.people.save_session(family, session.model_copy(update={"ended": "reused"}), version)
        raise Unauthenticated
    following = door.draw_token()
    after = session.model_copy(update={"current": _hash(door.secret, "refresh", following)})
    try:
        door.people.save_session(family, after, version)
    except CommitConflict as error:
        raise Unauthenticated from error
    account = door.people.account(session.user_id)
    if account is None:
        raise Unauthenticated
    return _tokens(door, account[0], f"{family}.{following}")


def sign_out(door: Door, refresh_token: str | None) -> None:
    """End a session; a second time changes nothing."""
    family, _, token = (refresh_token or "").partition(".")
    held = door.people.session(family) if family and token else None
    if held and hmac.compare_digest(_hash(door.secret, "refresh", token), held[0].current):
        ended = held[0].model_copy(update={"ended": "signed_out"})
        door.people.save_session(family, ended, held[1])


def me(door: Door, user_id: str, name_of_unit: Callable[[str], str]) -> Me:
    """A person's own account.

    Raises:
        Unauthenticated: the account is gone.
    """
    held = door.people.account(user_id)
    if held is None:
        raise Unauthenticated
    account = held[0]
    return Me(
        id=account.id,
        name=account.name,
        phone_masked=masked(account.phone),
        roles=sorted(account.roles),
        unit=UnitView(id=account.unit, name=name_of_unit(account.unit)) if account.unit else None,
        locale=account.locale,
    )


def change_me(door: Door, user_id: str, body: ChangeMe) -> None:
    """Change one's name or language.

    Raises:
        Unauthenticated: the account is gone.
        Conflict: it was changed elsewhere at the same moment.
    """
    held = door.people.account(user_id)
    if held is None:
        raise Unauthenticated
    changes = body.model_dump(exclude_none=True)
    try:
        door.people.change(held[0].model_copy(update=changes), held[1])
    except CommitConflict as error:
        raise Conflict from error


def enrol(
    people: People,
    *,
    phone: str,
    name: str,
    roles: Sequence[str],
    unit: str | None,
    secret: str,
    now: datetime,
) -> None:
    """Make or renew a demo account; its id follows from its number."""
    number = phone_number(phone)
    phone_hash = _hash(secret, "phone", number)
    account = Account(
        id=derived_id(datetime.fromtimestamp(0, now.tzinfo), phone_hash),
        phone=number,
        name=name,
        roles=frozenset(roles),
        unit=unit,
        demo=True,
        created_at=now,
    )
    if people.create(account, phone_hash):
        return
    user_id = people.user_of(phone_hash)
    held = people.account(user_id) if user_id else None
    if held and (held[0].roles, held[0].unit) != (account.roles, unit):
        people.change(held[0].model_copy(update={"roles": account.roles, "unit": unit}), held[1])


def demo_people(people: People) -> list[DemoPerson]:
    """The demo accounts."""
    return [
        DemoPerson(phone=a.phone, name=a.name, roles=sorted(a.roles), unit=a.unit)
        for a in people.demo()
    ]
