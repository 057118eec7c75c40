"""Reports in their table.

| partition | sort key | what |
|---|---|---|
| `R#<id>` | `META` | the report, with its version |
| `R#<id>` | `E#<seq>` | one step of the timeline, hash-chained, never changed |
| `R#<id>` | `V#<round>#<rater>` | one person's rating in one round (the rater is a keyed hash) |
| `FEED` | `<yyyymm>` | months that have reports |
| `FEED#<yyyymm>` | `<id>` | public card, for lists |
| `GEO#<geohash6>` | `<id>` | public card of a live report, for what is near |
| `WORK#ioc` | `<since>#<id>` | card of what waits for the centre |
| `WORK#<agency>` | `<due>#<id>#<no>` | card of what an agency has to do |
| `CLOSE#<yyyymmdd>` | `<id>` | when a resolved report closes by itself |
| `MEDIA#<id>` | `-` | a picture: which report has claimed it, and how intake ended |
| `KEY#<hash>` | `-` | a submission's idempotency key: permanent, in the same commit |
| `OUTBOX#<shard>` | | see `city.adapters.outbox` |

All rows but the first three follow from the report by `projection`; a commit writes the difference.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from city.adapters.outbox import Outbox
from city.adapters.table import (
    ABSENT,
    Delete,
    Operation,
    Put,
    Row,
    Table,
    everything,
)
from city.contracts.reports import ReportChanged
from city.kernel.chain import Chained
from city.kernel.clock import HUE, stamp
from city.kernel.geo import geohash
from city.kernel.ids import moment_of
from city.reports.model import OPEN, REOPEN_WINDOW_DAYS, AssignmentState, Photo, Report
from city.reports.redact import mask
from city.reports.workflow import FINAL, State

GEO_CELL = 6
TITLE_LENGTH = 80
_FAR = "9999"
_WAITS_FOR_CENTRE = frozenset(
    {
        State.RECEIVED,
        State.VERIFYING,
        State.APPEALED,
        State.RETURNED,
        State.ANSWERED,
        State.REOPEN_REQUESTED,
    }
)
_OVER = frozenset(state.value for state in FINAL)
_LIVE_NEARBY = frozenset(State) - FINAL - {State.INELIGIBLE, State.APPEALED, State.RESOLVED}

Key = tuple[str, str]


class TimelineEntry(Chained, frozen=True):
    """One step as the public may read it."""

    at: datetime
    action: str
    actor: str
    agency_id: str | None = None
    from_state: str | None
    to_state: str
    note: str = ""
    photos: tuple[Photo, ...] = ()
    due_at: datetime | None = None
    detail: dict[str, Any] = Field({})


def card(report: Report) -> dict[str, Any]:
    """What lists show, in short keys: lists are read far more often than written."""
    thumb = next((p.thumb_key for p in report.photos if p.thumb_key), None)
    return {
        "id": report.id,
        "cat": report.category,
        "title": title(report.text),
        "state": report.state.value,
        "lat": report.place.lat,
        "lon": report.place.lon,
        "addr": mask(report.place.address),
        "ward": report.place.ward,
        "sub": stamp(report.submitted_at),
        "upd": stamp(report.updated_at),
        "due": stamp(report.due_at) if report.due_at else None,
        "thumb": thumb,
        "photos": len(report.photos),
        "ag": [[a.agency_id, a.lead] for a in report.current],
        "rate": dict(report.ratings),
    }


def title(words: str) -> str:
    """The first line of a text, cut at a word."""
    line = mask(words.strip().split("\n", 1)[0])
    if len(line) <= TITLE_LENGTH:
        return line
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0] + "…"


def projection(report: Report) -> dict[Key, dict[str, Any]]:
    """Every index row that follows from a report."""
    rows: dict[Key, dict[str, Any]] = {}
    shown = card(report)
    if not report.hidden:
        month = moment_of(report.id).astimezone(HUE).strftime("%Y%m")
        rows[f"FEED#{month}", report.id] = shown
        if report.state in _LIVE_NEARBY:
            cell = geohash(report.place.lat, report.place.lon, GEO_CELL)
            rows[f"GEO#{cell}", report.id] = shown
    asked = [a for a in report.current if a.pending_extension]
    if report.state in _WAITS_FOR_CENTRE or asked:
        since = min(
            [a.pending_extension.asked_at for a in asked if a.pending_extension]
            or [report.updated_at]
        )
        waits = report.submitted_at if report.state is State.RECEIVED else since
        rows["WORK#ioc", f"{stamp(waits)}#{report.id}"] = {**shown, "ext": bool(asked)}
    for a in report.current:
        if a.state in OPEN:
            due = stamp(a.due_at) if a.clock == "running" else _FAR
            rows[f"WORK#{a.agency_id}", f"{due}#{report.id}#{a.no}"] = {
                **shown,
                "no": a.no,
                "lead": a.lead,
                "due": stamp(a.due_at),
                "new": a.state is AssignmentState.ASSIGNED,
                "paused": a.clock == "paused",
            }
    if report.state is State.RESOLVED and report.resolved_at:
        closes = report.resolved_at + timedelta(days=REOPEN_WINDOW_DAYS + 1)
        rows[f"CLOSE#{closes.astimezone(HUE):%Y%m%d}", report.id] = {}
    return rows


def _difference(
    before: dict[Key, dict[str, Any]], after: dict[Key, dict[str, Any]]
) -> list[Operation]:
    gone: list[Operation] = [Delete(*key) for key in before if key not in after]
    new = [Put(Row(*key, doc)) for key, doc in after.items() if before.get(key) != doc]
    return gone + list(new)


class Reports:
    """The table of reports and its way out."""

    def __init__(self, table: Table, outbox: Outbox) -> None:
        self._table = table
        self._outbox = outbox

    def get(self, report_id: str) -> Report | None:
        """The report, or None."""
        row = self._table.get(f"R#{report_id}", "META")
        return Report.model_validate(row.doc) if row else None

    def get_many(self, ids: Sequence[str]) -> dict[str, Report]:
        """Those of the reports that exist."""
        found = self._table.get_many([(f"R#{i}", "META") for i in ids])
        return {pk[2:]: Report.model_validate(row.doc) for (pk, _), row in found.items()}

    def timeline(
        self, report_id: str, *, limit: int, after: str | None = None
    ) -> tuple[list[TimelineEntry], str | None]:
        """Steps in order, and where to go on."""
        rows, following = self._table.query(f"R#{report_id}", prefix="E#", limit=limit, after=after)
        return [TimelineEntry.model_validate(row.doc) for row in rows], following

    def claimed(self, key: str) -> str | None:
        """The report that a submission key has already made."""
        row = self._table.get(f"KEY#{key}", "-")
        return row.doc["report_id"] if row else None

    def add(
        self,
        report: Report,
        entry: TimelineEntry,
        event: ReportChanged,
        *,
        key: str | None,
        media: Sequence[Operation] = (),
    ) -> Report:
        """A new report with its first step, event, pictures' claims and submission key.

        Raises:
            CommitConflict: the key or a picture was claimed in the meantime.
        """
        linked = entry.chained("")
        stored = report.model_copy(update={"chain": linked.hash})
        month = moment_of(report.id).astimezone(HUE).strftime("%Y%m")
        operations: list[Operation] = [
            Put(_meta(stored), ABSENT),
            Put(_step_row(stored.id, linked), ABSENT),
            Put(Row("FEED", month)),
            *_difference({}, projection(stored)),
            *media,
        ]
        if key:
            operations.append(Put(Row(f"KEY#{key}", "-", {"report_id": report.id}), ABSENT))
        self._outbox.commit(operations, [(_event_id(event), event, event.at)])
        return stored

    def save(
        self,
        before: Report,
        after: Report,
        entry: TimelineEntry,
        event: ReportChanged,
        extra: Sequence[Operation] = (),
    ) -> Report:
        """A step: the report from `before` to `after`, with its entry and event.

        Raises:
            CommitConflict: somebody else stepped first.
        """
        linked = entry.chained(before.chain)
        stored = after.model_copy(update={"chain": linked.hash})
        self._outbox.commit(
            [
                Put(_meta(stored), before.version),
                Put(_step_row(stored.id, linked), ABSENT),
                *_difference(projection(before), projection(stored)),
                *extra,
            ],
            [(_event_id(event), event, event.at)],
        )
        return stored

    def amend(self, before: Report, after: Report, extra: Sequence[Operation] = ()) -> None:
        """A change that is no step (a picture got ready): no entry, no event.

        Raises:
            CommitConflict: somebody else changed the report first.
        """
        self._table.commit(
            Put(_meta(after), before.version),
            *_difference(projection(before), projection(after)),
            *extra,
        )

    def months(self) -> list[str]:
        """Months that have reports, newest first."""
        rows, _ = self._table.query("FEED", limit=1000, reverse=True)
        return [row.sk for row in rows]

    def feed(
        self, month: str, *, after: str | None, limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Cards of one month, newest first."""
        rows, following = self._table.query(f"FEED#{month}", after=after, limit=limit, reverse=True)
        return [row.doc for row in rows], following

    def near(self, cells: Sequence[str], per_cell: int = 200) -> list[dict[str, Any]]:
        """Cards of live reports in some geohash cells, newest first in each."""
        found: list[dict[str, Any]] = []
        for cell in cells:
            rows, _ = self._table.query(f"GEO#{cell}", limit=per_cell, reverse=True)
            found += [row.doc for row in rows]
        return found

    def work(
        self, party: str, *, limit: int, after: str | None, until: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """What waits for the centre (`ioc`) or for an agency, most pressing first."""
        rows, following = self._table.query(f"WORK#{party}", limit=limit, after=after, until=until)
        return [row.doc for row in rows], following

    def closing(self, day: str, limit: int) -> list[str]:
        """Reports that close by themselves on a day (`yyyymmdd`)."""
        rows, _ = self._table.query(f"CLOSE#{day}", limit=limit)
        return [row.sk for row in rows]

    def ended_in(self, month: str, before: str) -> list[str]:
        """Reports of a month (`yyyymm`, Huế) that are over, and last touched before a moment."""
        rows = everything(self._table, f"FEED#{month}", bound=200_000)
        return [r.sk for r in rows if r.doc["state"] in _OVER and r.doc["upd"] < before]

    def rating(self, report_id: str, round_no: int, rater: str) -> Row | None:
        """A person's rating of this round."""
        return self._table.get(f"R#{report_id}", _rating_key(round_no, rater))

    def media(self, ids: Sequence[str]) -> dict[str, Row]:
        """What is known of some pictures."""
        return {
            pk[6:]: row
            for (pk, _), row in self._table.get_many([(f"MEDIA#{i}", "-") for i in ids]).items()
        }

    def note_media(self, media_id: str, doc: dict[str, Any], expect: int, version: int) -> None:
        """Remember how a picture's intake ended, before any report has claimed it.

        Raises:
            CommitConflict: a report has claimed it meanwhile.
        """
        self._table.commit(Put(media_row(media_id, doc, version), expect))


def rating_put(
    report_id: str, round_no: int, rater: str, doc: dict[str, Any], before: Row | None
) -> Put:
    """The write of one person's rating: new, or in the place of their last one."""
    version = before.version + 1 if before else 1
    row = Row(f"R#{report_id}", _rating_key(round_no, rater), doc, version)
    return Put(row, before.version if before else ABSENT)


def media_row(media_id: str, doc: dict[str, Any], version: int) -> Row:
    """A picture's row."""
    return Row(f"MEDIA#{media_id}", "-", doc, version)


def _rating_key(round_no: int, rater: str) -> str:
    return f"V#{round_no:03}#{rater}"


def _event_id(event: ReportChanged) -> str:
    """One event per report and step, whoever publishes it however often."""
    return f"{event.report_id}-{event.seq}"


def _meta(report: Report) -> Row:
    doc = report.model_dump(mode="json", exclude_defaults=True)
    return Row(f"R#{report.id}", "META", doc, report.version)


def _step_row(report_id: str, entry: TimelineEntry) -> Row:
    doc = entry.model_dump(mode="json", exclude_defaults=True)
    return Row(f"R#{report_id}", f"E#{entry.seq:06}", doc)
