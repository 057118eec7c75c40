"""Signing in, and one's own account. Answers and work do not tell whether a number is known."""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from city.adapters.table import CommitConflict
from city.identity import limits
from city.identity.door import Door, keyed, phone_key
from city.identity.model import (
    CODE_ATTEMPTS,
    CODE_LIFE_S,
    RESEND_S,
    Account,
    AccountLocked,
    ChangeMe,
    Code,
    DemoPerson,
    Device,
    Lock,
    Me,
    Sent,
    Tokens,
    UnitView,
    Verified,
    VerifiedView,
    WrongCode,
    posts_of,
)
from city.identity.sessions import open_session
from city.identity.store import People, changed
from city.kernel.ids import derived_id
from city.kernel.people import AGENCY, Principal, Role
from city.kernel.phones import masked, phone_number
from city.kernel.problems import Conflict, TooMany

APPEAL_LIFE = timedelta(hours=1)
ATTEMPTS = 8


def demand(door: Door, raw_phone: str, address: str, device_id: str = "") -> Sent:
    """Send a code.

    Raises:
        Invalid: not a telephone number.
        TooMany: the number, the device or the address asked too often.
    """
    phone = phone_number(raw_phone)
    limits.by_caller(door, "otp", address, device_id)
    phone_hash = phone_key(door, phone)
    digits = door.draw_code()
    for _ in range(ATTEMPTS):
        code, version = door.people.code(phone_hash)
        sent = limits.sendings(code, door.now)
        fresh = Code(
            hash=door.keyed(f"code|{phone}", digits),
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
    limits.by_caller(door, "token", address, device.id)
    limits.by_failures(door, phone_hash)
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
        given = door.keyed(f"code|{phone}", digits.strip())
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
    limits.failed(door, phone_hash)
    raise WrongCode


def _appealable(door: Door, account: Account, lock: Lock) -> dict[str, Any]:
    token = door.draw_token()
    key = door.keyed("appeal", token)
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
    if held is None or held[0].erased:
        raise Conflict
    return held[0]


def me(door: Door, who: Principal, name_of_unit: Callable[[str], str]) -> Me:
    """A person's own account.

    Raises:
        Unauthenticated: the account is gone.
    """
    account = door.known(who.user_id)[0].at(door.now)
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


def change_me(door: Door, user_id: str, body: ChangeMe) -> None:
    """Change one's language.

    Raises:
        Unauthenticated: the account is gone.
        Conflict: it was changed elsewhere at the same moment.
    """
    account, version = door.known(user_id)
    after = account.model_copy(update=body.model_dump(exclude_none=True))
    try:
        door.commit([changed(after, version)])
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
    """Make a demo account, if its number has none; its id follows from the number. `unit` is the
    organisation that gave the roles; `grants` tells the same a moment later."""
    number = phone_number(phone)
    phone_hash = keyed(secret, "phone", number)
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


def demo_people(people: People) -> list[DemoPerson]:
    """The demo accounts."""
    return [
        DemoPerson(phone=a.phone, name=a.name, roles=sorted(a.roles), unit=a.unit)
        for a in people.demo()
    ]
