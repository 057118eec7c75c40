"""Homes by role, and counters that cost little however often the app is opened.

What a phone did comes in batches. A batch is summed before it is queued, batches are summed again
before they are counted, and one write adds all functions' counts to one row of the day: about a
quarter of a write for each view (`make bench`). Who used what is not kept: behaviour is sensitive
personal data. `activations` counts each person once per function by a keyed hash that leads to
nobody; a person's last eight functions stay in their own row and nowhere else.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zlib import crc32

from city.adapters.holder import Erased
from city.adapters.table import (
    ABSENT,
    Add,
    CommitConflict,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.catalogue import apps
from city.catalogue.model import (
    RECENT,
    ActiveRole,
    CityFunction,
    Figures,
    FunctionFigures,
    Group,
    Home,
    Kept,
    NewRating,
    NotOpened,
    Pins,
    RoleHome,
    RoleName,
    StatisticsQuery,
    Taken,
    Usage,
    documents,
)
from city.kernel.clock import local_date
from city.kernel.page import Page
from city.kernel.people import Principal
from city.kernel.problems import Conflict, Forbidden, NotFound, TooMany, invalid
from city.kernel.reference import Reference
from city.kernel.text import Text

ATTEMPTS = 5
SHARDS = 8
DAYS = 400
BATCH_KEEP = timedelta(days=2)  # queues bring a message back within hours
BATCHES_A_MINUTE = 120  # of one address
GUEST = "guest"


class Queue(Protocol):
    """Where batches wait."""

    def send(self, body: dict[str, Any]) -> None:
        """Put a message."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the catalogue leans on."""

    table: Table
    city: Reference
    queue: Queue
    secret: str
    now: datetime

    @property
    def functions(self) -> dict[str, CityFunction]:
        """Every function by id: the city's in the catalogue's order, then partners' live apps."""
        return {f.id: f for f in [*documents(self.city.more)[0], *apps.live(self.table)]}


def listing(shelf: Shelf) -> Page[CityFunction]:
    """Every function."""
    return Page(items=list(shelf.functions.values()))


def function(shelf: Shelf, function_id: str) -> CityFunction:
    """One function.

    Raises:
        NotFound: there is none.
    """
    found = shelf.functions.get(function_id)
    if found is None:
        raise NotFound(what=function_id)
    return found


def home(shelf: Shelf, role: str | None, who: Principal | None) -> Home:
    """The home of a role that the caller holds: the one asked for, the last one, or the first.

    Raises:
        Forbidden: the caller does not hold it.
    """
    _, homes, groups = documents(shelf.city.more)
    kept = _kept(shelf, who.user_id)[0] if who else Kept()
    held = _roles(shelf, who)
    names = [r.id for r in held]
    if role is not None and role not in names:
        raise Forbidden
    fallback = kept.role if kept.role in names else names[0]
    chosen = role or fallback
    plan = homes.get(chosen) or homes.get("citizen") or RoleHome(
        role=chosen, greeting=Text(vi="", en=""), quick=()
    )  # fmt: skip
    seen = {f.id: f for f in shelf.functions.values() if f.seen_by(chosen)}
    return Home(
        role=chosen,
        roles=held,
        greeting=plan.greeting,
        quick=[seen[i] for i in plan.quick if i in seen],
        pinned=[seen[i] for i in kept.pins if i in seen],
        recent=[seen[i] for i in kept.recent if i in seen],
        groups=[
            Group(id=g["id"], name=g["name"], functions=inside)
            for g in groups
            if (inside := [f for f in seen.values() if f.group == g["id"]])
        ],
        total=len(seen),
    )


def _roles(shelf: Shelf, who: Principal | None) -> list[RoleName]:
    """The roles one may act in, in the data's order."""
    if who is None:
        return [RoleName(id=GUEST, name=Text(vi="Khách", en="Guest"))]
    known = {r.id: r.name for r in shelf.city.roles}
    order = list(known)
    held = sorted(who.roles, key=lambda r: (order.index(r) if r in known else len(order), r))
    return [RoleName(id=r, name=known.get(r, Text(vi=r, en=r))) for r in held]


def act_in(shelf: Shelf, body: ActiveRole, who: Principal) -> Home:
    """Act in another role from now on.

    Raises:
        Forbidden: the caller does not hold it.
    """
    made = home(shelf, body.role, who)
    _keep(shelf, who.user_id, lambda kept: kept.model_copy(update={"role": body.role}))
    return made


def pin(shelf: Shelf, body: Pins, who: Principal) -> Home:
    """Keep functions on top.

    Raises:
        Invalid: no such function.
    """
    unknown = [i for i in body.functions if i not in shelf.functions]
    if unknown:
        raise invalid("functions", f"Không có chức năng {unknown[0]}.", f"No such: {unknown[0]}.")
    pins = tuple(dict.fromkeys(body.functions))
    _keep(shelf, who.user_id, lambda kept: kept.model_copy(update={"pins": pins}))
    return home(shelf, None, who)


def _kept(shelf: Shelf, user_id: str) -> tuple[Kept, int]:
    row = shelf.table.get(f"U#{user_id}", "HOME")
    return (Kept.model_validate(row.doc), row.version) if row else (Kept(), ABSENT)


def _keep(shelf: Shelf, user_id: str, change: Any) -> None:
    for _ in range(ATTEMPTS):
        kept, version = _kept(shelf, user_id)
        doc = change(kept).model_dump(mode="json")
        row = Row(f"U#{user_id}", "HOME", doc, version=max(version, 0) + 1)
        try:
            shelf.table.commit(Put(row, version))
        except CommitConflict:
            continue
        return
    raise Conflict


def take(shelf: Shelf, body: Usage, who: Principal | None, address: str) -> Taken:
    """Take a batch: sum it and queue the sums. Functions nobody knows are left out.

    Raises:
        TooMany: this address sends too often.
    """
    minute = int(shelf.now.timestamp()) // 60
    source = _nobody(shelf, who.user_id if who else f"address {address}")
    rate = (f"RATE#{source}", str(minute))
    shelf.table.commit(Add(*rate, {"n": 1}, ttl=(minute + 3) * 60))
    counted = shelf.table.get(*rate)
    if counted and counted.counters["n"] > BATCHES_A_MINUTE:
        raise TooMany(60)
    known = shelf.functions
    counts: Counter[str] = Counter()
    order: dict[str, None] = {}
    for use in body.items:
        if use.function not in known:
            continue
        if use.kind == "view":
            counts[f"{use.function}.views"] += 1
            order.pop(use.function, None)
            order[use.function] = None
        counts[f"{use.function}.seconds"] += use.seconds
    message = {
        "batch": f"{source[:16]}-{body.batch}",
        "day": local_date(shelf.now).isoformat(),
        "counts": {name: n for name, n in counts.items() if n},
        "by": _nobody(shelf, who.user_id) if who else None,
    }
    if message["counts"]:
        shelf.queue.send(message)
    if who and order:
        newest = list(reversed(order))

        def used(kept: Kept) -> Kept:
            recent = dict.fromkeys((*newest, *kept.recent))
            return kept.model_copy(update={"recent": tuple(recent)[:RECENT]})

        if tuple(newest) != _kept(shelf, who.user_id)[0].recent[: len(newest)]:
            _keep(shelf, who.user_id, used)
    return Taken(accepted=len(body.items))


def _nobody(shelf: Shelf, user_id: str) -> str:
    """A person as a hash that leads to nobody without the city's key."""
    words = f"activation|{user_id}".encode()
    return hmac.new(shelf.secret.encode(), words, hashlib.sha256).hexdigest()[:24]


def count(table: Table, messages: Sequence[dict[str, Any]], now: datetime) -> int:
    """Count batches together, each once; how many were new.

    All or nothing: if one of them was counted before, the rest is tried without it.
    """
    fresh = {m["batch"]: m for m in messages}
    seen = table.get_many([("BATCH", batch) for batch in fresh])
    left = [m for batch, m in fresh.items() if ("BATCH", batch) not in seen]
    if not left:
        return 0
    try:
        _add(table, left, now)
        return len(left)
    except CommitConflict:
        if len(left) == 1:
            return 0
        return sum(count(table, [m], now) for m in left)


def _add(table: Table, messages: Sequence[dict[str, Any]], now: datetime) -> None:
    ttl = int((now + BATCH_KEEP).timestamp())
    by_day: dict[str, Counter[str]] = {}
    firsts: dict[tuple[str, str], str] = {}
    for message in messages:
        by_day.setdefault(message["day"], Counter()).update(message["counts"])
        if message["by"]:
            for name in message["counts"]:
                function_id, _, what = name.rpartition(".")
                if what == "views":
                    firsts[f"A#{function_id}", message["by"]] = message["day"]
    known = table.get_many(list(firsts))
    new = [key for key in firsts if key not in known]
    for key in new:
        by_day[firsts[key]][f"{key[0].removeprefix('A#')}.activations"] += 1
    shard = crc32(messages[0]["batch"].encode()) % SHARDS
    operations: list[Operation] = [
        *(Put(Row("BATCH", m["batch"], ttl=ttl), ABSENT) for m in messages),
        *(Put(Row(*key), ABSENT) for key in new[:60]),
        *(Add(f"D#{day}", str(shard), dict(counts)) for day, counts in by_day.items()),
    ]
    table.commit(*operations)


def rate(shelf: Shelf, function_id: str, body: NewRating, who: Principal) -> None:
    """Give or change one's opinion of a function.

    A partner's app is rated by people who opened it, once for each of its versions.

    Raises:
        NotFound: there is no such function. NotOpened: a partner's app that they never opened.
        Conflict: it changed at the same moment.
    """
    rated = function(shelf, function_id)
    key = (f"U#{who.user_id}", f"RATING#{function_id}")
    if rated.by:
        key = (key[0], f"{key[1]}#{rated.version}")
        if shelf.table.get(f"A#{function_id}", _nobody(shelf, who.user_id)) is None:
            raise NotOpened
    for _ in range(ATTEMPTS):
        old = shelf.table.get(*key)
        before = int(old.doc["level"]) if old else 0
        version = old.version if old else ABSENT
        row = Row(*key, body.model_dump(), version=max(version, 0) + 1)
        change = {"sum": body.level - before, "n": 0 if old else 1}
        try:
            shelf.table.commit(Put(row, version), Add("RATINGS", function_id, change))
        except CommitConflict:
            continue
        return
    raise Conflict


def statistics(shelf: Shelf, query: StatisticsQuery) -> Figures:
    """How functions were used over some days.

    Raises:
        Invalid: the days are the wrong way round, or more than 400.
    """
    days = (query.until - query.since).days + 1
    if not 1 <= days <= DAYS:
        raise invalid("to", f"Tối đa {DAYS} ngày.", f"At most {DAYS} days.")
    counts: Counter[str] = Counter()
    for n in range(days):
        day: date = query.since + timedelta(days=n)
        rows, _ = shelf.table.query(f"D#{day.isoformat()}")
        for row in rows:
            counts.update(row.counters)
    ratings = {row.sk: row.counters for row in everything(shelf.table, "RATINGS")}
    figures = []
    for each in shelf.functions.values():
        given = ratings.get(each.id, {})
        n = given.get("n", 0)
        figures.append(
            FunctionFigures(
                id=each.id,
                name=each.name,
                views=counts[f"{each.id}.views"],
                activations=counts[f"{each.id}.activations"],
                interaction_s=counts[f"{each.id}.seconds"],
                ratings=n,
                mean=round(given["sum"] / n, 2) if n else None,
            )
        )
    return Figures(
        since=query.since,
        until=query.until,
        views=sum(f.views for f in figures),
        functions=figures,
        as_of=shelf.now,
    )


def export(table: Table, user_id: str) -> dict[str, Any]:
    """Everything about a person here."""
    rows = everything(table, f"U#{user_id}")
    return {"choices": [{"what": row.sk, **row.doc} for row in rows]}


def erase(table: Table, user_id: str) -> Erased:
    """Forget a person's choices; their opinions stay in the sums, nobody's."""
    rows = everything(table, f"U#{user_id}")
    for row in rows:
        table.commit(Delete(row.pk, row.sk))
    return Erased(len(rows))
