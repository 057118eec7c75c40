"""Rows of the table `fanout`.

U#<user>        SUB          one subscriber: preferences, places, devices (the truth)
SUBS#<shard>    <user>       the same, where the snapshot's builder finds it
DIRTY           <shard>#...  changes since their shard's snapshot, a mark each
U#<user>        CONSENT      whether they agreed to be warned by where they are
HERE            <time>#<u>   when somebody's last cell is to be forgotten
KEYS            VAPID        the city's key towards push services, sealed
SHARDS          <shard>      each shard's present object and how many persons it has
D#<id>          R#<rev>      one revision of a message; HEAD is the newest revision's number;
                             SHOWN#<rev> is the message as inboxes show it
S#<id>#<rev>    <no>         a slice: its claim, progress and counts
T#<id>#<rev>    <0..7>       counters of persons by outcome, added with each progress
C#<id>#<rev>    <time>       the same by ten seconds, for the chart
LATER#<hour>    <key>#<no>   slices put off to the end of somebody's quiet hours
ALERTS#<unit>   <id>         messages by place: inboxes are read, never written one by one;
                             ALERTS#@<user> for what is for a few named persons
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

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
from city.fanout.model import Delivery, Posted, SliceMessage, SliceState
from city.kernel.clock import stamp
from city.kernel.problems import NotFound

KEEP = timedelta(days=90)
TOTALS = 8  # rows that share the additions of one delivery's workers
CHART_S = 10
EVERYWHERE = "*"


class Busy(Exception):
    """Another worker holds the slice; the queue brings the message again."""


class Deliveries:
    """Messages on their way."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, delivery: Delivery) -> bool:
        """Keep a resolved delivery and make it the newest of its thread; False when it is kept
        already or a newer one is."""
        notice = delivery.notice
        pk = f"D#{notice.delivery_id}"
        head = self._table.get(pk, "HEAD")
        if head and head.doc["revision"] >= notice.revision:
            return False
        version = head.version if head else ABSENT
        top = Row(pk, "HEAD", {"revision": notice.revision}, version=max(version, 0) + 1)
        kept = Row(pk, _revision(notice.revision), delivery.model_dump(mode="json"))
        try:
            self._table.commit(Put(top, version), Put(kept, ABSENT))
        except CommitConflict:
            return False
        return True

    def show(self, posted: Posted, units: Iterable[str]) -> None:
        """Let inboxes of these places show it. Safe to repeat; an older revision never covers
        a newer one."""
        notice = posted.notice
        ttl = int((notice.expires + KEEP).timestamp())
        self._table.commit(
            Put(
                Row(
                    f"D#{notice.delivery_id}",
                    f"SHOWN#{notice.revision:06}",
                    posted.model_dump(mode="json"),
                    ttl=ttl,
                )
            )
        )
        for unit in sorted(set(units)):
            pk, sk = f"ALERTS#{unit}", notice.delivery_id
            held = self._table.get(pk, sk)
            if held and held.version >= notice.revision:
                continue
            doc = posted.model_dump(mode="json")
            row = Row(pk, sk, doc, version=notice.revision, ttl=ttl)
            try:
                self._table.commit(Put(row, held.version if held else ABSENT))
            except CommitConflict:
                continue  # a newer one came; it shows itself

    def shown(self, delivery_id: str) -> Posted | None:
        """The newest revision as inboxes show it."""
        rows, _ = self._table.query(f"D#{delivery_id}", prefix="SHOWN#", limit=1, reverse=True)
        return Posted.model_validate(rows[0].doc) if rows else None

    def lies_in(self, box: str, delivery_id: str) -> bool:
        """Whether a message lies in a box."""
        return self._table.get(f"ALERTS#{box}", delivery_id) is not None

    def get(self, delivery_id: str, revision: int) -> Delivery:
        """One revision.

        Raises:
            NotFound: there is none.
        """
        row = self._table.get(f"D#{delivery_id}", _revision(revision))
        if row is None:
            raise NotFound(what=delivery_id)
        return Delivery.model_validate(row.doc)

    def newest(self, delivery_id: str) -> int:
        """The newest revision's number; 0 when there is none."""
        head = self._table.get(f"D#{delivery_id}", "HEAD")
        return int(head.doc["revision"]) if head else 0

    def revisions(self, delivery_id: str) -> list[Delivery]:
        """All revisions, oldest first."""
        rows = everything(self._table, f"D#{delivery_id}", prefix="R#")
        return [Delivery.model_validate(row.doc) for row in rows]

    def claim(
        self, message: SliceMessage, now: datetime, until: datetime
    ) -> tuple[SliceState, int] | None:
        """Take a slice, anew or where a dead worker left it; None when it is done.

        Raises:
            Busy: its lease is held.
        """
        pk, sk = _slice_key(message)
        row = self._table.get(pk, sk)
        held = SliceState.model_validate(row.doc) if row else None
        if held and held.state == "done":
            return None
        if held and held.state == "claimed" and held.lease_until > now:
            raise Busy
        state = (
            held.model_copy(update={"state": "claimed", "lease_until": until})
            if held
            else SliceState(state="claimed", lease_until=until)
        )
        version = row.version if row else ABSENT
        made = _slice_row(message, state, max(version, 0) + 1)
        try:
            self._table.commit(Put(made, version))
        except CommitConflict as error:
            raise Busy from error
        return state, made.version

    def progress(
        self,
        message: SliceMessage,
        state: SliceState,
        version: int,
        counts: Mapping[str, int],
        now: datetime,
    ) -> int:
        """Write a slice's progress and add what it counted, in one commit; the new version.

        Raises:
            CommitConflict: the lease ran out and another worker has the slice.
        """
        row = _slice_row(message, state, version + 1)
        added = {name: n for name, n in counts.items() if n}
        operations: list[Operation] = [Put(row, version)]
        if added:
            key = f"{message.delivery_id}#{message.revision}"
            moment = int(now.timestamp()) // CHART_S * CHART_S
            ttl = int((now + KEEP).timestamp())
            operations += [
                Add(f"T#{key}", str(message.no % TOTALS), added, ttl=ttl),
                Add(f"C#{key}", f"{moment}#{message.no % TOTALS}", added, ttl=ttl),
            ]
        self._table.commit(*operations)
        return row.version

    def totals(self, delivery_id: str, revision: int) -> Counter[str]:
        """Persons by outcome until now."""
        rows, _ = self._table.query(f"T#{delivery_id}#{revision}")
        total: Counter[str] = Counter()
        for row in rows:
            total.update(row.counters)
        return total

    def chart(self, delivery_id: str, revision: int) -> list[tuple[int, dict[str, int]]]:
        """(epoch second, persons by outcome) for every ten seconds in which something happened."""
        rows = everything(self._table, f"C#{delivery_id}#{revision}")
        points: dict[int, Counter[str]] = {}
        for row in rows:
            points.setdefault(int(row.sk.split("#")[0]), Counter()).update(row.counters)
        return [(at, dict(points[at])) for at in sorted(points)]

    def put_off(self, message: SliceMessage, due: datetime) -> None:
        """Keep a slice for later."""
        row = Row(
            f"LATER#{due:%Y%m%d%H}",
            f"{stamp(due)}#{message.delivery_id}#{message.revision}#{message.no:06}",
            message.model_dump(mode="json"),
            ttl=int((due + timedelta(days=7)).timestamp()),
        )
        self._table.commit(Put(row))

    def due(self, now: datetime, limit: int = 500) -> list[Row]:
        """Slices whose time has come, this hour's and the last two hours'."""
        found: list[Row] = []
        for back in (2, 1, 0):
            hour = now - timedelta(hours=back)
            rows, _ = self._table.query(
                f"LATER#{hour:%Y%m%d%H}", until=f"{stamp(now)}~", limit=limit - len(found)
            )
            found += rows
        return found

    def drop(self, row: Row) -> None:
        """A put-off slice is in its queue now."""
        self._table.commit(Delete(row.pk, row.sk))

    def near(self, units: Sequence[str], limit: int) -> list[Posted]:
        """The newest messages of these units and of the whole city, by thread."""
        found: dict[str, Posted] = {}
        for unit in dict.fromkeys((*units, EVERYWHERE)):
            rows, _ = self._table.query(f"ALERTS#{unit}", limit=limit, reverse=True)
            for row in rows:
                one = Posted.model_validate(row.doc)
                held = found.get(row.sk)
                if held is None or held.notice.revision < one.notice.revision:
                    found[row.sk] = one
        return sorted(found.values(), key=lambda p: p.notice.delivery_id, reverse=True)[:limit]


def _revision(number: int) -> str:
    return f"R#{number:06}"


def _slice_key(message: SliceMessage) -> tuple[str, str]:
    return f"S#{message.delivery_id}#{message.revision}", f"{message.no:06}"


def _slice_row(message: SliceMessage, state: SliceState, version: int) -> Row:
    ttl = int((state.lease_until + KEEP).timestamp())
    return Row(*_slice_key(message), state.model_dump(mode="json"), version=version, ttl=ttl)
