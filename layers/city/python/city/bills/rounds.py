"""The clock's round over remembered codes: remind of what is due, and pay by itself.

An account is looked up once a morning. Autopay never surprises: it pays an amount only a day after
that very amount was announced, never over the ceiling, never after its owner ended it; a bill has
one payment however often the round runs, by the ledger's lock and the key of the bill.
"""

from datetime import date, datetime, timedelta
from typing import Any

from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row
from city.billers.port import Bill
from city.billers.traits import Traits
from city.bills.accounts import ROUND_SHARDS, find, next_morning, saved
from city.bills.desk import Desk
from city.bills.looking import fetched
from city.bills.model import Account, BillerUnreachable
from city.bills.paying import begin
from city.contracts.bills import AutopayPlanned, AutopayStopped, BillDue
from city.contracts.envelope import Announcement
from city.kernel.clock import local_date, stamp
from city.kernel.ids import derived_id
from city.kernel.problems import NotFound, Problem
from city.ledger.model import ClientKey

AT_MOST = 10  # look-ups in one run of a shard: it must end inside its minute
REMIND_DAYS = 3
SOON = timedelta(minutes=30)
NOTICE = timedelta(hours=20)
TRIES = 3
ROUTE = "autopay"
NOTES_KEEP = timedelta(days=400)


def tend(desk: Desk) -> int:
    """Look up the accounts whose time has come; how many."""
    until, done = f"{stamp(desk.now)}~", 0
    for shard in range(ROUND_SHARDS):
        rows, _ = desk.table.query(f"ROUND#{shard}", until=until, limit=AT_MOST)
        for row in rows:
            _, owner, account_id = row.sk.split("#")
            try:
                account, version = find(desk, owner, account_id)
            except NotFound:
                desk.table.commit(Delete(row.pk, row.sk))
                continue
            done += 1
            visit(desk, account, version)
    return done


def visit(desk: Desk, account: Account, version: int) -> None:
    """Look one account up, say and do what is to be said and done, and come back tomorrow."""
    at = next_morning(desk.now, account.id)
    if account.remind or account.autopay:
        try:
            traits = desk.traits(account.biller)
            found = fetched(desk, traits, account.customer_code)
        except BillerUnreachable:
            at = desk.now + SOON
        except Problem:
            pass  # no such biller or customer any more: nothing to say, look again tomorrow
        else:
            _bills(desk, account, traits, found.bills)
    try:
        saved(desk, account, version, account.model_copy(update={"round_at": at}))
    except CommitConflict:
        return  # its owner changed it in this moment; the next round sees the new one


def _bills(desk: Desk, account: Account, traits: Traits, bills: tuple[Bill, ...]) -> None:
    if account.remind:
        for bill in bills:
            _remind(desk, account, bill)
    if account.autopay:
        for bill in bills[:1] if traits.oldest_first else bills:
            _autopay(desk, account, traits, bill)


def _remind(desk: Desk, account: Account, bill: Bill) -> None:
    """Say once that a bill is due within three days."""
    if bill.due_on is None or bill.due_on > local_date(desk.now) + timedelta(days=REMIND_DAYS):
        return
    told = BillDue(
        account_id=account.id, owner=account.owner, biller=account.biller, bill_id=bill.bill_id,
        period=bill.period, amount_vnd=bill.left_vnd, due_on=bill.due_on, at=desk.now,
    )  # fmt: skip
    key = f"TOLD#{account.id}#{bill.bill_id}"
    row = Row(f"U#{account.owner}", key, {"due_on": bill.due_on.isoformat()}, ttl=_ttl(desk))
    try:
        event_id = derived_id(desk.now, account.id, bill.bill_id, "due")
        desk.outbox.commit([Put(row, ABSENT)], [(event_id, told, desk.now)])
    except CommitConflict:
        return  # it was said


def planned_on(today: date, day: int, due_on: date | None) -> date:
    """When a bill is paid: on the next such day of a month, not before tomorrow, and not after it
    is due (but never on the day of its notice)."""
    tomorrow = today + timedelta(days=1)
    wanted = tomorrow.replace(day=day)
    if wanted < tomorrow:
        wanted = (tomorrow.replace(day=1) + timedelta(days=32)).replace(day=day)
    return min(wanted, max(tomorrow, due_on)) if due_on else wanted


def _autopay(desk: Desk, account: Account, traits: Traits, bill: Bill) -> None:
    key = (f"U#{account.owner}", f"PLAN#{account.id}#{bill.bill_id}")
    row = desk.table.get(*key)
    plan = row.doc if row else None
    version = row.version if row else 0
    if plan is None or plan["amount_vnd"] != bill.left_vnd:
        _plan(desk, account, bill, key, version)
    elif plan["state"] == "planned" and _time_has_come(desk, plan):
        _pay(desk, account, traits, bill, key, version, plan)


def _time_has_come(desk: Desk, plan: dict[str, Any]) -> bool:
    told_at = datetime.fromisoformat(plan["told_at"])
    return local_date(desk.now).isoformat() >= plan["on"] and desk.now - told_at >= NOTICE


def _plan(desk: Desk, account: Account, bill: Bill, key: tuple[str, str], version: int) -> None:
    """Announce what will be paid and when, or that it is over the ceiling."""
    if account.autopay is None:
        return
    on = planned_on(local_date(desk.now), account.autopay.day, bill.due_on)
    over = bill.left_vnd > account.autopay.ceiling_vnd
    doc = {
        "amount_vnd": bill.left_vnd, "on": on.isoformat(), "told_at": stamp(desk.now),
        "state": "stopped" if over else "planned", "tries": 0,
    }  # fmt: skip
    about: dict[str, Any] = {
        "account_id": account.id, "owner": account.owner, "biller": account.biller,
        "bill_id": bill.bill_id, "period": bill.period, "amount_vnd": bill.left_vnd,
        "at": desk.now,
    }  # fmt: skip
    told: Announcement = (
        AutopayStopped(**about, why="over_ceiling") if over else AutopayPlanned(**about, on=on)
    )
    _say(desk, key, doc, version, told, str(bill.left_vnd))


def _pay(
    desk: Desk,
    account: Account,
    traits: Traits,
    bill: Bill,
    key: tuple[str, str],
    version: int,
    plan: dict[str, Any],
) -> None:
    """Pay as announced. What the wallet or the law refuses is tried on three mornings."""
    client = ClientKey(
        principal=account.owner, route=ROUTE, key=f"{account.id}-{bill.bill_id}-{bill.left_vnd}"
    )
    try:
        payment = begin(
            desk, traits, account.customer_code, bill, account.owner, client,
            amount_vnd=bill.left_vnd, autopay=account.id,
        )  # fmt: skip
    except Problem as problem:
        tries = plan["tries"] + 1
        stopped = tries >= TRIES
        doc = plan | {"tries": tries, "state": "stopped" if stopped else "planned"}
        told = AutopayStopped(
            account_id=account.id, owner=account.owner, biller=account.biller,
            bill_id=bill.bill_id, period=bill.period, amount_vnd=bill.left_vnd,
            why=problem.slug, at=desk.now,
        )  # fmt: skip
        _say(desk, key, doc, version, told if stopped or tries == 1 else None, f"try {tries}")
        return
    _say(desk, key, plan | {"state": "begun", "payment_id": payment.id}, version, None, "")


def _say(
    desk: Desk,
    key: tuple[str, str],
    doc: dict[str, Any],
    version: int,
    told: Announcement | None,
    mark: str,
) -> None:
    row = Row(*key, doc, version=version + 1, ttl=_ttl(desk))
    events = [(derived_id(desk.now, *key, mark), told, desk.now)] if told else []
    try:
        desk.outbox.commit([Put(row, version or ABSENT)], events)
    except CommitConflict:
        return  # another round was first


def _ttl(desk: Desk) -> int:
    return int((desk.now + NOTES_KEEP).timestamp())
