"""Remembered customer codes, and the order to pay their bills by itself."""

import re
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from city.adapters import acts
from city.adapters.holder import Erased
from city.adapters.table import ABSENT, CommitConflict, Delete, Operation, Put, Row, everything
from city.billers.traits import NoSuchBiller
from city.bills.desk import Desk
from city.bills.model import MOST_ACCOUNTS, Account, Autopay, BillAccountView, NewAccount
from city.kernel.clock import HUE, stamp
from city.kernel.page import Page
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.text import Text
from city.ledger import wallets

ROUND_SHARDS = 8
MORNING_HOUR, SPREAD_S = 8, 7200


def next_morning(now: datetime, account_id: str) -> datetime:
    """Tomorrow between 8 and 10 in Huế, spread so that billers are not all asked at once."""
    day = now.astimezone(HUE) + timedelta(days=1)
    start = day.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return start + timedelta(seconds=crc32(account_id.encode()) % SPREAD_S)


def round_key(account: Account) -> tuple[str, str]:
    """Where the clock finds an account."""
    shard = crc32(account.id.encode()) % ROUND_SHARDS
    return f"ROUND#{shard}", f"{stamp(account.round_at)}#{account.owner}#{account.id}"


def _row(account: Account, version: int) -> Row:
    doc = account.model_dump(mode="json")
    return Row(f"U#{account.owner}", f"ACC#{account.id}", doc, version=version)


def saved(desk: Desk, before: Account, version: int, after: Account) -> None:
    """Write a changed account and where the clock finds it.

    Raises:
        CommitConflict: it changed in the meantime.
    """
    operations: list[Operation] = [Put(_row(after, version + 1), version)]
    if round_key(before) != round_key(after):
        operations += [Delete(*round_key(before)), Put(Row(*round_key(after)))]
    desk.table.commit(*operations)


def find(desk: Desk, owner: str, account_id: str) -> tuple[Account, int]:
    """An account and its version.

    Raises:
        NotFound: this person has none by this id.
    """
    row = desk.table.get(f"U#{owner}", f"ACC#{account_id}")
    if row is None:
        raise NotFound(what="mã đã lưu / saved code")
    return Account.model_validate(row.doc), row.version


def view(desk: Desk, account: Account) -> BillAccountView:
    """An account as its owner sees it."""
    try:
        traits = desk.register.traits(account.biller, desk.now)
        name, kind = traits.name, str(traits.kind)
    except NoSuchBiller:
        name, kind = Text(vi=account.biller, en=account.biller), ""
    fields = {"id", "biller", "customer_code", "label", "remind"}
    return BillAccountView(
        **account.model_dump(include=fields), biller_name=name, kind=kind, autopay=account.autopay
    )


def mine(desk: Desk, who: Principal) -> Page[BillAccountView]:
    """All of one's saved codes: there are twenty at most."""
    rows = everything(desk.table, f"U#{who.user_id}", prefix="ACC#")
    return Page(items=[view(desk, Account.model_validate(row.doc)) for row in rows])


def save(desk: Desk, body: NewAccount, who: Principal) -> BillAccountView:
    """Remember a code; the same biller and code again is the same account.

    Raises:
        Invalid: no such biller or code, or twenty are saved.
    """
    traits = desk.traits(body.biller)
    code = body.customer_code.strip().upper()
    if not re.fullmatch(traits.code_pattern, code):
        raise invalid("customer_code", traits.code_hint.vi + ".", traits.code_hint.en + ".")
    rows = everything(desk.table, f"U#{who.user_id}", prefix="ACC#")
    held = [Account.model_validate(row.doc) for row in rows]
    for each in held:
        if (each.biller, each.customer_code) == (traits.id, code):
            return view(desk, each)
    if len(held) >= MOST_ACCOUNTS:
        raise invalid(
            "customer_code", "Đã lưu tối đa 20 mã.", "Twenty codes are saved, which is the most."
        )
    account_id = desk.ledger.new_id(desk.now)
    account = Account(
        id=account_id, owner=who.user_id, biller=traits.id, customer_code=code, label=body.label,
        remind=body.remind, created_at=desk.now, round_at=next_morning(desk.now, account_id),
    )  # fmt: skip
    desk.table.commit(Put(_row(account, 1), ABSENT), Put(Row(*round_key(account))))
    return view(desk, account)


def forget(desk: Desk, account_id: str, who: Principal) -> None:
    """Forget a code, its reminders and its autopay.

    Raises:
        NotFound: not one's own.
    """
    account, version = find(desk, who.user_id, account_id)
    try:
        desk.table.commit(
            Delete(f"U#{who.user_id}", f"ACC#{account_id}", version), Delete(*round_key(account))
        )
    except CommitConflict as error:
        raise Conflict from error
    _sweep_notes(desk, who.user_id, account_id)


def _sweep_notes(desk: Desk, owner: str, account_id: str) -> None:
    for kind in ("TOLD", "PLAN"):
        for row in everything(desk.table, f"U#{owner}", prefix=f"{kind}#{account_id}#"):
            desk.table.commit(Delete(row.pk, row.sk))


def set_autopay(
    desk: Desk, account_id: str, body: Autopay | None, who: Principal
) -> BillAccountView:
    """Begin, change or end paying by itself. What was planned under the old order is planned
    again, with a new notice.

    Raises:
        NotFound: not one's own. NoWallet: there is nothing to pay from.
    """
    account, version = find(desk, who.user_id, account_id)
    if body is not None:
        wallets.by_owner(desk.ledger, who.user_id)
    after = account.model_copy(update={"autopay": body})
    try:
        saved(desk, account, version, after)
    except CommitConflict as error:
        raise Conflict from error
    for row in everything(desk.table, f"U#{who.user_id}", prefix=f"PLAN#{account_id}#"):
        desk.table.commit(Delete(row.pk, row.sk))
    return view(desk, after)


def export(desk: Desk, owner: str) -> dict[str, Any]:
    """Everything about a person here, and what they did about others' payments; their own payments
    are the wallet's part."""
    rows = everything(desk.table, f"U#{owner}", prefix="ACC#")
    plans = everything(desk.table, f"U#{owner}", prefix="PLAN#")
    worked = acts.export(desk.table, owner)
    if not rows and not plans:
        return worked
    told = {"saved_codes": [r.doc for r in rows], "autopay_plans": [r.doc for r in plans]}
    return {**told, **worked}


def erase(desk: Desk, owner: str) -> Erased:
    """Forget everything about a person here, save what they did at work. The ledger keeps payments
    as the law wants."""
    gone = 0
    for row in everything(desk.table, f"U#{owner}"):
        operations: list[Operation] = [Delete(row.pk, row.sk)]
        if row.sk.startswith("ACC#"):
            operations.append(Delete(*round_key(Account.model_validate(row.doc))))
            gone += 1
        desk.table.commit(*operations)
    return Erased(gone, acts.erase(desk.table, owner, acts.BOOKS).kept_by_law)
