"""Signing in and out. Answers and work do not tell whether a number is known."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from city.adapters import tokens
from city.adapters.outbox import Outbox
from city.adapters.queue import Sender
from city.adapters.table import CommitConflict
from city.adapters.trust import LIFETIME
from city.identity.model import (
    CODE_ATTEMPTS,
    CODE_LIFE_S,
    CODES_PER_QUARTER_HOUR,
    REFRESH_LIFE_S,
    RESEND_S,
    Account,
    AccountLocked,
    ChangeMe,
    Code,
    DemoPerson,
    Device,
    Lock,
    Me,
    Post,
    Sent,
    Session,
    Tokens,
    UnitView,
    Verified,
    VerifiedView,
    WrongCode,
)
from city.identity.store import People
from city.kernel.ids import NewId, derived_id
from city.kernel.people import AGENCY, Principal, Role
from city.kernel.phones import masked, phone_number
from city.kernel.problems import Conflict, TooMany, Unauthenticated

# Limits, each over a window: by source address, by device, by number. A sandbox is one address.
PER_ADDRESS, SANDBOX_PER_ADDRESS, PER_DEVICE = 60, 3000, 20
MINUTE_S, QUARTER_S, DAY_S = 60, 900, 86_400
FAILURES_A_DAY = 50  # wrong codes for one number: with 10^6 codes, one in 20,000 days is guessed
QUARTER_HOUR = timedelta(minutes=15)
APPEAL_LIFE = timedelta(hours=1)
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
    outbox: Outbox
    revoke: Callable[[str], None]
    draw_code: Callable[[], str] = lambda: f"{secrets.randbelow(10**6):06}"
    draw_token: Callable[[], str] = lambda: secrets.token_urlsafe(32)


def _hash(secret: str, purpose: str, words: str) -> str:
    return hmac.new(secret.encode(), f"{purpose}|{words}".encode(), hashlib.sha256).hexdigest()


def demand(door: Door, raw_phone: str, address: str, device_id: str = "") -> Sent:
    """Send a code.

    Raises:
        Invalid: not a telephone number.
        TooMany: the number, the device or the address asked too often.
    """
    phone = phone_number(raw_phone)
    _limit(door, "otp", address, device_id)
    phone_hash = phone_key(door, phone)
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


def _limit(door: Door, what: str, address: str, device_id: str) -> None:
    most = SANDBOX_PER_ADDRESS if door.sandbox else PER_ADDRESS
    key = _hash(door.secret, "address", address)[:32]
    if door.people.hit(f"{what}-address#{key}", MINUTE_S, door.now) > most:
        raise TooMany(MINUTE_S)
    if device_id:
        key = _hash(door.secret, "device", device_id)[:32]
        if door.people.hit(f"{what}-device#{key}", QUARTER_S, door.now) > PER_DEVICE:
            raise TooMany(QUARTER_S)


def phone_key(door: Door, phone: str) -> str:
    """A number as the table knows it: a keyed hash."""
    return _hash(door.secret, "phone", phone)


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


def sign_in(
    door: Door, raw_phone: str, digits: str, address: str = "", device: Device | None = None
) -> Tokens:
    """Exchange a code for a session; a number's first sign-in makes its account.

    Everything before the code is found right is the same for every number, known or not, locked
    or not: the same reads, the same writes, the same answer.

    Raises:
        WrongCode: wrong, used, too old, or too many attempts.
        TooMany: the address, the device or the number tried too often.
        AccountLocked: the code was right, and the account is locked.
    """
    device = device or Device()
    phone = phone_number(raw_phone)
    phone_hash = phone_key(door, phone)
    _limit(door, "token", address, device.id)
    if door.people.hits(f"failed#{phone_hash}", DAY_S, door.now) >= FAILURES_A_DAY:
        raise TooMany(DAY_S)
    _use_code(door, phone, phone_hash, digits)
    account = _account(door, phone, phone_hash)
    if account.lock and account.locked(door.now):
        raise AccountLocked(extra=_appealable(door, account, account.lock))
    return open_session(door, account, device)


def _use_code(door: Door, phone: str, phone_hash: str, digits: str) -> None:
    for _ in range(ATTEMPTS):
        code, version = door.people.code(phone_hash)
        if (
            code is None
            or code.used
            or code.attempts >= CODE_ATTEMPTS
            or door.now >= code.expires_at
        ):
            break
        given = _hash(door.secret, f"code|{phone}", digits.strip())
        right = hmac.compare_digest(given, code.hash)
        # The attempt is counted before its outcome is told, so that parallel guesses all count.
        after = code.model_copy(update={"attempts": code.attempts + 1, "used": right})
        try:
            door.people.save_code(phone_hash, after, version)
        except CommitConflict:
            continue
        if right:
            return
        break
    door.people.hit(f"failed#{phone_hash}", DAY_S, door.now)
    raise WrongCode


def _appealable(door: Door, account: Account, lock: Lock) -> dict[str, Any]:
    token = door.draw_token()
    key = _hash(door.secret, "appeal", token)
    door.people.keep_once("appeal", key, {"user_id": account.id}, door.now + APPEAL_LIFE)
    return {
        "reason": lock.reason,
        "until": lock.until.isoformat() if lock.until else None,
        "appeal_token": token,
    }


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


def open_session(door: Door, account: Account, device: Device) -> Tokens:
    """A new session of a device."""
    family = door.new_id(door.now)
    token = door.draw_token()
    session = Session(
        user_id=account.id,
        current=_hash(door.secret, "refresh", token),
        created_at=door.now,
        last_seen_at=door.now,
        expires_at=door.now + timedelta(seconds=REFRESH_LIFE_S),
        device=device.name,
    )
    door.people.open_session(family, session)
    return _tokens(door, account, family, session, token)


def _tokens(
    door: Door, account: Account, family: str, session: Session, refresh_token: str
) -> Tokens:
    who = account.principal(family, session.stepped_up_until)
    amr = ("otp", "hwk") if session.stepped_up_until else ("otp",)
    return Tokens(
        access_token=tokens.issue(
            who, door.signer, door.now, door.new_id(door.now), account.roles_until, amr
        ),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=f"{family}.{refresh_token}",
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
            "current": _hash(door.secret, "refresh", following),
            "last_seen_at": door.now,
            "stepped_up_until": raised if raised and raised > door.now else None,
        }
    )
    try:
        door.people.save_session(family, after, version)
    except CommitConflict as error:
        raise Unauthenticated from error
    held = door.people.account(session.user_id)
    if held is None or held[0].erased or held[0].locked(door.now):
        raise Unauthenticated
    return _tokens(door, held[0], family, after, following)


def sign_out(door: Door, refresh_token: str | None) -> None:
    """End a session; a second time changes nothing."""
    family, _, token = (refresh_token or "").partition(".")
    held = door.people.session(family) if family and token else None
    if held and hmac.compare_digest(_hash(door.secret, "refresh", token), held[0].current):
        ended = held[0].model_copy(update={"ended": "signed_out"})
        door.people.save_session(family, ended, held[1])


def me(door: Door, who: Principal, name_of_unit: Callable[[str], str]) -> Me:
    """A person's own account.

    Raises:
        Unauthenticated: the account is gone.
    """
    account = known(door, who.user_id)[0]
    seen = account.verified
    return Me(
        id=account.id,
        name=account.name,
        phone_masked=masked(account.phone),
        registered=account.registered,
        roles=sorted(account.roles),
        posts=sorted(account.posts, key=lambda post: (post.role, post.unit)),
        unit=UnitView(id=account.unit, name=name_of_unit(account.unit)) if account.unit else None,
        locale=account.locale,
        assurance=who.assurance(door.now) if seen is None else max(2, who.assurance(door.now)),
        verified=VerifiedView(**seen.model_dump(include={"level", "name", "at"})) if seen else None,
        home_unit=account.home_unit,
        birth_date=account.birth_date,
    )


def known(door: Door, user_id: str) -> tuple[Account, int]:
    """An account and its version.

    Raises:
        Unauthenticated: it is gone.
    """
    held = door.people.account(user_id)
    if held is None or held[0].erased:
        raise Unauthenticated
    return held


def change_me(door: Door, user_id: str, body: ChangeMe) -> None:
    """Change one's name or language.

    Raises:
        Unauthenticated: the account is gone.
        Conflict: it was changed elsewhere at the same moment.
    """
    account, version = known(door, user_id)
    try:
        door.people.change(account.model_copy(update=body.model_dump(exclude_none=True)), version)
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
    verified: bool = True,
) -> None:
    """Make or renew a demo account; its id follows from its number. `unit` is the organisation
    that gave the roles; `grants` tells the same a moment later."""
    number = phone_number(phone)
    phone_hash = _hash(secret, "phone", number)
    seen = Verified(level=2, name=name, at=now, provider="demo") if verified else None
    account = Account(
        id=derived_id(datetime.fromtimestamp(0, now.tzinfo), phone_hash),
        phone=number,
        name=name,
        roles=frozenset(roles),
        posts=posts_of((role, unit) for role in roles if role != Role.CITIZEN),
        unit=unit if set(roles) & AGENCY else None,
        registered=True,
        verified=seen,
        demo=True,
        created_at=now,
    )
    people.create(account, phone_hash)


def posts_of(pairs: Iterable[tuple[str, str | None]]) -> frozenset[Post]:
    """The roles that are held at an organisation."""
    return frozenset(Post(role=role, unit=unit) for role, unit in pairs if unit)


def demo_people(people: People) -> list[DemoPerson]:
    """The demo accounts."""
    return [
        DemoPerson(phone=a.phone, name=a.name, roles=sorted(a.roles), unit=a.unit)
        for a in people.demo()
    ]
