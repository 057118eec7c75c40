"""Filling inboxes from events, reading them, and sending short messages. All of it idempotent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from pydantic import BaseModel

from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row, Table, everything
from city.contracts.reports import ReportChanged
from city.kernel.clock import HUE, stamp
from city.kernel.page import PageQuery, decode_cursor, encode_cursor
from city.kernel.people import AGENCY, IOC, Principal
from city.kernel.problems import NotFound
from city.kernel.text import Text
from city.notify import texts
from city.notify.box import KEEP, put

SMS_KEEP = timedelta(days=1)
CENTRE_BOX = "ioc"
UNREAD_WINDOW = 100  # unread is counted among this many newest items of each box


class Vault(Protocol):
    """Who is bound to a report."""

    def people(self, report_id: str) -> list[tuple[str, Any]]:
        """`(user_id, bond)` of everybody."""


class SmsGateway(Protocol):
    """Somebody who delivers short messages."""

    def deliver(self, message: dict[str, Any], now: datetime) -> None:
        """Deliver one message, once per its `id`."""


class Item(BaseModel):
    """Something to know."""

    id: str
    at: datetime
    kind: str
    title: Text
    body: Text
    link: str
    read: bool


class Inbox(BaseModel):
    """A page of the inbox; `unread` is counted among the newest."""

    items: list[Item]
    next_cursor: str | None
    unread: int


class Message(BaseModel):
    """A message in the developers' outbox."""

    to: str
    channel: str
    text: str
    code: str | None
    at: datetime


class Messages(BaseModel):
    """The last messages, newest first."""

    items: list[Message]


def tell(table: Table, vault: Vault, event: ReportChanged, event_id: str) -> int:
    """Put an event into every box it concerns; returns how many boxes got something new."""
    day = event.after.due_at.astimezone(HUE) if event.after.due_at else None
    values = {
        "code": event.code,
        "due_vi": f"{day:%d/%m/%Y}" if day else "chưa có",
        "due_en": f"{day:%-d %B %Y}" if day else "not set",
    }
    new = 0
    for owner, notice in _audience(vault, event):
        doc = {
            "kind": f"report.{event.action}",
            "title": notice.title.format(**values).model_dump(),
            "body": notice.body.format(**values).model_dump(),
            "link": f"/reports/{event.report_id}",
        }
        new += put(table, owner, event.at, event_id, doc)
    return new


def _audience(vault: Vault, event: ReportChanged) -> list[tuple[str, texts.Notice]]:
    found: list[tuple[str, texts.Notice]] = []
    notice = texts.REPORTER.get(event.action)
    if notice:
        for user_id, bond in vault.people(event.report_id):
            if bond == "reporter" or event.action not in texts.PRIVATE:
                found.append((user_id, notice))
    notice = texts.AGENCY.get(event.action)
    if notice:
        agencies = [c.agency_id for c in event.clocks if c.status != "stopped"]
        if event.action in ("publish", "decide_reopen"):
            agencies = [c.agency_id for c in event.clocks]
        if event.agency_id and event.action == "escalate":
            agencies = [event.agency_id]
        found += [(f"unit:{agency}", notice) for agency in dict.fromkeys(agencies)]
    notice = texts.CENTRE.get(event.action)
    if notice:
        found.append((CENTRE_BOX, notice))
    return found


def boxes(who: Principal) -> list[str]:
    """The boxes a person reads."""
    found = [who.user_id]
    if who.has(AGENCY) and who.unit:
        found.append(f"unit:{who.unit}")
    if who.has(IOC):
        found.append(CENTRE_BOX)
    return found


def inbox(table: Table, query: PageQuery, who: Principal) -> Inbox:
    """A person's boxes as one list, newest first."""
    before = decode_cursor(query.cursor).get("b")
    merged: list[tuple[str, str, Row]] = []
    for box in boxes(who):
        rows, _ = table.query(f"INBOX#{box}", after=before, limit=query.limit + 1, reverse=True)
        merged += [(row.sk, box, row) for row in rows]
    merged.sort(key=lambda entry: entry[0], reverse=True)
    # One event may be in two boxes of one person (an officer who also reported it): say it once.
    once = list({sk: (sk, box, row) for sk, box, row in reversed(merged)}.values())[::-1]
    page = once[: query.limit]
    read = _read(table, who, [sk for sk, _, _ in page])
    more = len(once) > query.limit
    return Inbox(
        items=[_item(sk, row, sk in read) for sk, _, row in page],
        next_cursor=encode_cursor({"b": page[-1][0]}) if more and page else None,
        unread=_unread(table, who),
    )


def _item(key: str, row: Row, read: bool) -> Item:
    at, _, _ = key.partition("#")
    return Item(id=key, at=datetime.fromisoformat(at), read=read, **row.doc)


def _read(table: Table, who: Principal, keys: Sequence[str]) -> set[str]:
    return {sk for _, sk in table.get_many([(f"READ#{who.user_id}", key) for key in keys])}


def _unread(table: Table, who: Principal) -> int:
    keys: dict[str, None] = {}
    for box in boxes(who):
        rows, _ = table.query(f"INBOX#{box}", limit=UNREAD_WINDOW, reverse=True)
        keys.update(dict.fromkeys(row.sk for row in rows))
    return len(keys) - len(_read(table, who, list(keys)))


def mark_read(table: Table, item_id: str, who: Principal, now: datetime) -> None:
    """Remember that a person has read an item; a second time changes nothing.

    Raises:
        NotFound: the item is in none of this person's boxes.
    """
    found = table.get_many([(f"INBOX#{box}", item_id) for box in boxes(who)])
    if not found:
        raise NotFound(what="thông báo / notice")
    table.commit(Put(Row(f"READ#{who.user_id}", item_id, ttl=int((now + KEEP).timestamp()))))


def export(table: Table, user_id: str) -> dict[str, Any]:
    """Everything in a person's own box."""
    rows = everything(table, f"INBOX#{user_id}")
    return {"inbox": [{"at": row.sk.partition("#")[0], **row.doc} for row in rows]}


def forget(table: Table, user_id: str) -> int:
    """Empty a person's own box; how many items there were."""
    items = everything(table, f"INBOX#{user_id}")
    for row in (*items, *everything(table, f"READ#{user_id}")):
        table.commit(Delete(row.pk, row.sk))
    return len(items)


class SandboxGateway:
    """A gateway that delivers to the developers' outbox. A simulator, and it says so."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def deliver(self, message: dict[str, Any], now: datetime) -> None:
        """See `SmsGateway`: the row's key is the message's id."""
        doc = {
            "to": message["to"],
            "channel": "sms",
            "text": message["text"],
            "code": message.get("code"),
            "at": stamp(now),
        }
        ttl = int((now + SMS_KEEP).timestamp())
        for box in (message["to"], "ALL"):
            try:
                self._table.commit(Put(Row(f"SMS#{box}", message["id"], doc, ttl=ttl), ABSENT))
            except CommitConflict:
                continue


def outbox(table: Table, phone: str | None, limit: int = 50) -> Messages:
    """The last messages, to one number or to all."""
    rows, _ = table.query(f"SMS#{phone or 'ALL'}", limit=limit, reverse=True)
    return Messages(items=[Message.model_validate(row.doc) for row in rows])
