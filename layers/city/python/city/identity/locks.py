"""Locking an account for abuse: by an administrator, with a reason, open to appeal."""

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from city.adapters.acts import did
from city.adapters.table import CommitConflict, Operation, Put
from city.contracts.envelope import Announcement
from city.contracts.identity import AccountLocked, AccountUnlocked
from city.contracts.privacy import DataSeen
from city.identity.devices import end_all
from city.identity.door import Door, phone_key
from city.identity.model import Account, Lock
from city.identity.store import changed, changed_appeal, new_appeal
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.phones import masked, phone_number
from city.kernel.problems import Conflict, NotFound, Problem, invalid
from city.kernel.text import text

ATTEMPTS = 5
Reason = Literal["abusive_language", "false_reports", "false_declaration", "stolen", "other"]


class Decided(Problem):
    """An appeal is decided once."""

    status = 409
    slug = "appeal-decided"
    title = text("Đã có quyết định", "Decided already")
    detail = text("Ý kiến này đã được quyết định.", "This appeal has been decided.")


class BadAppeal(Problem):
    """The appeal token is unknown, used or older than an hour."""

    status = 401
    slug = "bad-appeal-token"
    title = text("Phiên khiếu nại đã hết hạn", "Appeal session over")
    detail = text(
        "Đăng nhập lại bằng mã OTP để gửi ý kiến.", "Sign in with a code again to appeal."
    )


class NewLock(BaseModel):
    """Why, and until when; without an end it holds until lifted."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason
    note: str = Field("", max_length=500)
    until: AwareDatetime | None = None


class AccountView(BaseModel):
    """An account as an administrator sees it."""

    id: str
    name: str
    phone_masked: str
    roles: list[str]
    lock: Lock | None


class AccountsQuery(BaseModel):
    """Whose account."""

    phone: str = Field(max_length=30)


class NewAppeal(BaseModel):
    """What a locked person says."""

    model_config = ConfigDict(extra="forbid")

    appeal_token: str = Field(max_length=100)
    text: str = Field(min_length=10, max_length=2000)


class Appeal(BaseModel):
    """An appeal and what became of it."""

    id: str
    user_id: str
    text: str
    at: datetime
    lock: Lock | None
    state: Literal["open", "accepted", "refused"] = "open"
    note: str = ""
    decided_by: str | None = None


class AppealDecision(BaseModel):
    """Lift the lock, or keep it and say why."""

    model_config = ConfigDict(extra="forbid")

    accept: bool
    note: str = Field(min_length=3, max_length=500)


class Received(BaseModel):
    """An appeal's number."""

    id: str


def find(door: Door, query: AccountsQuery, who: Principal) -> Page[AccountView]:
    """The account of a number, as a list of none or one. Its owner sees that somebody looked."""
    user_id = door.people.user_of(phone_key(door, phone_number(query.phone)))
    held = door.people.account(user_id) if user_id else None
    if held is None:
        return Page(items=[])
    _seen(door, held[0].id, who, "account", "account_administration")
    return Page(items=[_view(held[0].at(door.now))])


def lock(door: Door, user_id: str, body: NewLock, who: Principal) -> AccountView:
    """Lock an account: its tokens and sessions end.

    Raises:
        NotFound: no such account. Invalid: oneself, or an end in the past.
    """
    if user_id == who.user_id:
        raise invalid("id", "Không thể tự khoá mình.", "You cannot lock yourself.")
    if body.until and body.until <= door.now:
        raise invalid("until", "Thời điểm này đã qua.", "This moment has passed.")
    told = Lock(reason=body.reason, note=body.note, by=who.user_id, at=door.now, until=body.until)
    said = AccountLocked(user_id=user_id, reason=body.reason, at=door.now)
    after = _change(door, user_id, told, said, who)
    end_all(door, user_id, "locked")
    return _view(after)


def unlock(door: Door, user_id: str, who: Principal) -> AccountView:
    """Let somebody in again; a second time changes nothing.

    Raises:
        NotFound: no such account.
    """
    said = AccountUnlocked(user_id=user_id, at=door.now)
    return _view(_change(door, user_id, None, said, who))


def appeal(door: Door, body: NewAppeal) -> Received:
    """Ask for a lock to be looked at again; the token proves that the person signed in.

    Raises:
        BadAppeal: unknown, used or too old.
    """
    held = door.people.take_once("appeal", door.keyed("appeal", body.appeal_token), door.now)
    if held is None:
        raise BadAppeal
    account = door.people.account(held["user_id"])
    made = Appeal(
        id=door.new_id(door.now),
        user_id=held["user_id"],
        text=body.text,
        at=door.now,
        lock=account[0].lock if account else None,
    )
    door.commit(new_appeal(made.user_id, made.id, made.model_dump(mode="json")))
    return Received(id=made.id)


def appeals(door: Door, query: PageQuery, who: Principal) -> Page[Appeal]:
    """Appeals, newest first."""
    rows, more = door.people.appeals(decode_cursor(query.cursor).get("b"), query.limit)
    found = [Appeal.model_validate(row.doc) for row in rows]
    for each in found:
        _seen(door, each.user_id, who, "appeal", "account_administration", each.id)
    return Page(items=found, next_cursor=encode_cursor({"b": more}) if more else None)


def decide(door: Door, appeal_id: str, body: AppealDecision, who: Principal) -> Appeal:
    """Decide an appeal, once. Whoever locked the account does not judge the appeal, and what is
    lifted is the lock that the appeal was against, not a later one.

    Raises:
        NotFound, Decided, Invalid: why not.
    """
    for _ in range(ATTEMPTS):
        row = door.people.appeal(appeal_id)
        if row is None:
            raise NotFound(what="khiếu nại / appeal")
        held = Appeal.model_validate(row.doc)
        if held.state != "open":
            raise Decided
        if held.lock and held.lock.by == who.user_id:
            raise invalid(
                "id", "Người đã khoá không xét khiếu nại.", "Whoever locked it does not judge this."
            )
        after = held.model_copy(
            update={
                "state": "accepted" if body.accept else "refused",
                "note": body.note,
                "decided_by": who.user_id,
            }
        )
        operations: list[Operation] = [
            changed_appeal(row, after.model_dump(mode="json")),
            *_act(door, who, f"appeal/{appeal_id}", after.state),
        ]
        said: list[Announcement] = []
        found = door.people.account(held.user_id)
        if body.accept and found and found[0].lock and found[0].lock == held.lock:
            lifted = found[0].model_copy(update={"lock": None})
            operations.append(changed(lifted, found[1]))
            said.append(AccountUnlocked(user_id=held.user_id, at=door.now))
        try:
            door.commit(operations, *said)
        except CommitConflict:
            continue
        return after
    raise Conflict


def _act(door: Door, who: Principal, about: str, action: str) -> list[Put]:
    """What an administrator did; without their words: those are forgotten with the account."""
    return did(door.now, who.user_id, about, action)


def _change(
    door: Door, user_id: str, told: Lock | None, said: Announcement, who: Principal
) -> Account:
    act = _act(door, who, f"account/{user_id}", "lock" if told else "unlock")
    for _ in range(ATTEMPTS):
        held = door.people.account(user_id)
        if held is None or held[0].erased:
            raise NotFound(what="tài khoản / account")
        if held[0].lock is None and told is None:
            return held[0]
        after = held[0].model_copy(update={"lock": told})
        try:
            door.commit([changed(after, held[1]), *act], said)
        except CommitConflict:
            continue
        return after
    raise Conflict


def _view(account: Account) -> AccountView:
    return AccountView(
        id=account.id,
        name=account.name,
        phone_masked=masked(account.phone),
        roles=sorted(account.roles),
        lock=account.lock,
    )


def _seen(
    door: Door, subject: str, who: Principal, what: str, purpose: str, case: str | None = None
) -> None:
    if subject == who.user_id:
        return
    seen_id = door.new_id(door.now)
    door.commit(
        [],
        DataSeen(
            seen_id=seen_id, subject=subject, by=who.user_id, by_role="administrator",
            by_unit=None, what=what, purpose=purpose, case=case, at=door.now,
        ),
    )  # fmt: skip
