"""Warnings in their table.

| partition | sort key | what |
|---|---|---|
| `A#<id>` | `META` | the warning, with its version |
| `A#<id>` | `E#<seq>` | one step of the timeline, hash-chained, never changed |
| `ID#<identifier>` | `-` | a released message: its document, never changed |
| `EPISODE#<status>` | `<episode>` | which warning it has; none: it ended before one was made |
| `ACTIVE#<channel>` | `<id>` | card of a warning in force |
| `MONTHS#<channel>` | `<yyyymm>` | months that have warnings |
| `FEED#<channel>#<yyyymm>` | `<first sent>#<id>` | card of every warning ever released |
| `DESK` | `<id>` | card of what is not finished, or must be reviewed |
| `EXPIRES`, `REMIND` | `<when>#<id>` | what the clock must look at |
| `NEARBY#<category>#<geohash5>` | `<when>#<report>` | citizens' reports of the last hours |
| `COUNT#<status>#<yyyymm>` | `<kind>` | counters |
| `BY#<account>` | | what somebody did: see `city.adapters.acts` |
| `OUTBOX#<shard>` | | see `city.adapters.outbox` |

A channel is a status, with `/inside` for what only authorities read: an exercise never shares a
partition with a real warning. Cards follow from the warning by `projection`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from city.adapters.acts import did
from city.adapters.outbox import Outbox
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
from city.alerts.model import Alert, TimelineEntry
from city.contracts.alerts import Status
from city.contracts.envelope import Announcement
from city.kernel.clock import HUE, stamp

T = TypeVar("T")
Key = tuple[str, str]
MANY_ACTIVE = 2_000


class Claim(NamedTuple):
    """What a new warning answers to, and the version of that row if an earlier one did."""

    episode: str
    version: int = 0


def channel(status: Status, *, public: bool) -> str:
    """Where the cards of a warning go."""
    return status if public else f"{status}/inside"


def month(moment: datetime) -> str:
    """A month as in keys, by Huế's calendar."""
    return f"{moment.astimezone(HUE):%Y%m}"


def card(warning: Alert) -> dict[str, Any]:
    """What lists, maps and feeds show of a released warning."""
    content, last = warning.current, warning.last
    if content is None or last is None:
        return {}
    return {
        "id": warning.id,
        "code": warning.code,
        "status": warning.status,
        "state": warning.state.value,
        "episode": warning.episode_id,
        "first": stamp(warning.messages[0].sent),
        "content": content.model_dump(mode="json", exclude_defaults=True),
        "last": last.model_dump(mode="json", include=_SHOWN),
    }


_SHOWN = {"revision", "type", "identifier", "sent", "expires", "lane"}


def desk_card(warning: Alert) -> dict[str, Any]:
    """What the operators' list shows."""
    content = warning.draft or warning.current or warning.drafted
    return {
        "id": warning.id,
        "code": warning.code,
        "version": warning.version,
        "status": warning.status,
        "state": warning.state.value,
        "origin": warning.origin,
        "kind": content.kind,
        "severity": content.severity,
        "headline": content.headline.model_dump(),
        "area": content.area.name.model_dump(),
        "verdict": warning.verdict,
        "over": warning.over,
        "suggested": warning.suggested is not None,
        "review_due": list(warning.review_due),
        "created_at": stamp(warning.created_at),
        "updated_at": stamp(warning.updated_at),
        "expires": stamp(warning.last.expires) if warning.last and warning.in_force else None,
    }


def projection(warning: Alert, *, public: bool) -> dict[Key, dict[str, Any]]:
    """Every index row that follows from a warning."""
    rows: dict[Key, dict[str, Any]] = {}
    if not warning.finished or warning.review_due:
        rows["DESK", warning.id] = desk_card(warning)
    last = warning.last
    if last is None:
        return rows
    where, shown = channel(warning.status, public=public), card(warning)
    if warning.in_force:
        rows[f"ACTIVE#{where}", warning.id] = shown
        rows["EXPIRES", f"{stamp(last.expires)}#{warning.id}"] = {}
        if warning.remind_at:
            rows["REMIND", f"{stamp(warning.remind_at)}#{warning.id}"] = {}
    first = warning.messages[0].sent
    rows[f"FEED#{where}#{month(first)}", f"{stamp(first)}#{warning.id}"] = shown
    rows[f"MONTHS#{where}", month(first)] = {}
    return rows


class Alerts:
    """The table of warnings and its way out."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table = table
        self._outbox = outbox

    def get(self, warning_id: str) -> Alert | None:
        """The warning, or None."""
        row = self._table.get(f"A#{warning_id}", "META")
        return Alert.model_validate(row.doc) if row else None

    def document(self, identifier: str) -> dict[str, Any] | None:
        """A released message: `{warning, revision, channel, sent, xml}`."""
        row = self._table.get(f"ID#{identifier}", "-")
        return row.doc if row else None

    def of_episode(self, status: Status, episode: str) -> Row | None:
        """What an episode has led to: `{alert}`; None in it when it ended first."""
        return self._table.get(f"EPISODE#{status}", episode)

    def bury(self, status: Status, episode: str) -> None:
        """Remember that an episode ended before there was a warning."""
        row = Row(f"EPISODE#{status}", episode, {"alert": None})
        try:
            self._table.commit(Put(row, ABSENT))
        except CommitConflict:
            return

    def timeline(
        self, warning_id: str, *, limit: int, after: str | None = None
    ) -> tuple[list[TimelineEntry], str | None]:
        """Steps in order, and where to go on."""
        rows, following = self._table.query(
            f"A#{warning_id}", prefix="E#", limit=limit, after=after
        )
        return [TimelineEntry.model_validate(row.doc) for row in rows], following

    def save(
        self,
        before: Alert | None,
        after: Alert,
        entry: TimelineEntry,
        *,
        public: tuple[bool, bool],
        events: Sequence[Announcement] = (),
        documents: Mapping[str, dict[str, Any]] | None = None,
        counts: Mapping[Key, Mapping[str, int]] | None = None,
        claim: Claim | None = None,
    ) -> Alert:
        """A step: the warning with its entry, cards, documents, counters and events, or nothing.

        `public` says of the state before and after whether its kind is for everybody.

        Raises:
            CommitConflict: somebody stepped first, or an identifier or episode is taken.
        """
        linked = entry.chained(before.chain if before else "")
        stored = after.model_copy(update={"chain": linked.hash})
        old = projection(before, public=public[0]) if before else {}
        new = projection(stored, public=public[1])
        operations: list[Operation] = [
            Put(_meta(stored), before.version if before else ABSENT),
            Put(_step_row(stored.id, linked), ABSENT),
            *did(linked.at, linked.by, f"{stored.code}/{linked.seq}", linked.action, linked.note),
            *(Delete(*key) for key in old if key not in new and not key[0].startswith("MONTHS")),
            *(Put(Row(*key, doc)) for key, doc in new.items() if old.get(key) != doc),
            *(Put(Row(f"ID#{i}", "-", doc), ABSENT) for i, doc in (documents or {}).items()),
            *(Add(*key, counters) for key, counters in (counts or {}).items()),
        ]
        if claim:
            key, told = f"EPISODE#{stored.status}", {"alert": stored.id}
            row = Row(key, claim.episode, told, claim.version + 1)
            operations.append(Put(row, claim.version or ABSENT))
        self._outbox.commit(
            operations,
            [(f"{stored.id}-{linked.seq}-{e.happened}", e, stored.updated_at) for e in events],
        )
        return stored

    def active(self, where: str) -> list[dict[str, Any]]:
        """Cards of what is in force, oldest first. There are never many."""
        return [row.doc for row in everything(self._table, f"ACTIVE#{where}", bound=MANY_ACTIVE)]

    def months(self, where: str) -> list[str]:
        """Months that have warnings, newest first."""
        rows, _ = self._table.query(f"MONTHS#{where}", limit=1000, reverse=True)
        return [row.sk for row in rows]

    def feed(
        self, where: str, of_month: str, *, after: str | None, limit: int
    ) -> tuple[list[tuple[str, dict[str, Any]]], str | None]:
        """Sort keys and cards of one month, newest first."""
        rows, following = self._table.query(
            f"FEED#{where}#{of_month}", after=after, limit=limit, reverse=True
        )
        return [(row.sk, row.doc) for row in rows], following

    def desk(self, *, after: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
        """Cards of the operators' list, newest first."""
        rows, following = self._table.query("DESK", after=after, limit=limit, reverse=True)
        return [row.doc for row in rows], following

    def due(self, what: str, now: datetime, limit: int) -> list[str]:
        """Ids of what the clock must look at (`EXPIRES`, `REMIND`)."""
        rows, _ = self._table.query(what, until=f"{stamp(now)}~", limit=limit)
        return [row.sk.rpartition("#")[2] for row in rows]

    def note_report(self, category: str, cell: str, sk: str, doc: dict[str, Any], ttl: int) -> None:
        """Remember a citizens' report for a while; saying it twice changes nothing."""
        self._table.commit(Put(Row(f"NEARBY#{category}#{cell}", sk, doc, ttl=ttl)))

    def reports(self, category: str, cells: Iterable[str], since: str) -> list[dict[str, Any]]:
        """Reports in some cells since a moment."""
        found: list[dict[str, Any]] = []
        for cell in cells:
            rows, _ = self._table.query(f"NEARBY#{category}#{cell}", after=since, limit=200)
            found += [row.doc for row in rows]
        return found

    def counts(self, status: Status, months: Sequence[str]) -> dict[str, dict[str, int]]:
        """Counters by kind, summed over some months."""
        total: dict[str, dict[str, int]] = {}
        for each in months:
            for row in everything(self._table, f"COUNT#{status}#{each}"):
                held = total.setdefault(row.sk, {})
                for name, number in row.counters.items():
                    held[name] = held.get(name, 0) + number
        return total


def retrying(attempts: int, act: Callable[[int], T]) -> T:
    """Run `act` (told which try it is, from 1) again when somebody else was faster.

    Raises:
        CommitConflict: it lost every time.
    """
    for n in range(1, attempts):
        try:
            return act(n)
        except CommitConflict:
            continue
    return act(attempts)


def _meta(warning: Alert) -> Row:
    doc = warning.model_dump(mode="json", exclude_defaults=True)
    return Row(f"A#{warning.id}", "META", doc, warning.version)


def _step_row(warning_id: str, entry: TimelineEntry) -> Row:
    doc = entry.model_dump(mode="json", exclude_defaults=True)
    return Row(f"A#{warning_id}", f"E#{entry.seq:06}", doc)
