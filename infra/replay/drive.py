"""`make replay N=105575`: the seed's history through the same code as live traffic, in bulk.

Each planned life is acted out by the same service functions that the HTTP handlers call, on the
same stores over tables in memory; the events they put in their outbox are handed to the same
listeners (sla, notify, stats) that the queues feed. What comes out of a batch is then written to
the city's own tables in bulk. Rows are the same as live ones (`tests/integration/test_replay.py`
compares them); expired ones (`ttl`) are not written, the store would drop them.

It may be stopped at any time and goes on where it was: ids follow from the plan, writing a batch
again changes nothing, and counting carries a marker per batch.

History stays history: the watermark of the SLA sweep is not set, so clocks that were still running
at the frozen moment are not escalated by today's sweep.
"""

import argparse
import bisect
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Put, Row, Table
from city.adapters.table_dynamo import DynamoTable
from city.adapters.table_memory import MemoryTable
from city.contracts.envelope import CloudEvent
from city.contracts.reports import REPORT_EVENTS, ReportChanged
from city.kernel.clock import HUE, local_date
from city.kernel.ids import ulid
from city.kernel.people import Principal, Role
from city.kernel.reference import Reference
from city.notify import service as notify
from city.reporters.store import Reporters
from city.reports import service
from city.reports.fields import Rate
from city.reports.service import Desk, NewReport
from city.reports.store import Reports
from city.sla import service as sla
from city.sla.store import Clocks
from city.stats.service import count_many
from city.stats.store import Counts

from infra.replay.plan import AGENCIES, FROZEN, Life, Plan

BATCH = 500
CITIZENS = 20_000  # people who reported; a person reports five times in these years
OPERATOR = Principal(user_id="history-operator", roles=frozenset({Role.IOC_OPERATOR}))
CONTRACTS = {contract.event_type(): contract for contract in REPORT_EVENTS.values()}
TEXTS = (
    "Đề nghị cơ quan chức năng kiểm tra, xử lý giúp người dân.",
    "Tình trạng này kéo dài nhiều ngày, rất mong được giải quyết sớm.",
    "Kính mong các cơ quan quan tâm xử lý, xin cảm ơn.",
    "Sự việc ảnh hưởng đến sinh hoạt và đi lại của bà con trong khu vực.",
)


class Collected:
    """A bus that collects."""

    def __init__(self) -> None:
        self.events: list[CloudEvent] = []

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """Keep them."""
        self.events += events


@dataclass
class Batch:
    """Tables in memory for some lives, and their events."""

    city: Reference
    secret: str
    reports: MemoryTable = field(default_factory=MemoryTable)
    reporters: MemoryTable = field(default_factory=MemoryTable)
    sla: MemoryTable = field(default_factory=MemoryTable)
    notify: MemoryTable = field(default_factory=MemoryTable)
    bus: Collected = field(default_factory=Collected)

    def desk(self, now: datetime, number: int) -> Desk:
        """The service's desk at a moment of history."""
        return Desk(
            reports=Reports(self.reports, Outbox(self.reports, self.bus)),
            vault=Reporters(self.reporters),
            city=self.city,
            secret=self.secret,
            now=now,
            new_id=lambda moment: ulid(moment, number),
        )


class Places:
    """Points of the city, drawn evenly from the outlines of a day by their boxes' areas."""

    def __init__(self, city: Reference) -> None:
        known = city.boundaries(date(2023, 1, 1))
        if known is None:
            raise LookupError("the reference data has no outlines for the replayed years")
        self._outlines = known.boundaries
        areas = [(b.box.east - b.box.west) * (b.box.north - b.box.south) for b in self._outlines]
        self._sums = list(itertools.accumulate(a**0.3 for a in areas))  # towns report more

    def draw(self, life: Life) -> tuple[float, float]:
        """A point (lat, lon) inside some outline."""
        pick, *_ = life.place_draw
        at = bisect.bisect_left(self._sums, pick * self._sums[-1])
        outline = self._outlines[min(at, len(self._outlines) - 1)]
        random = Random(f"place:{life.index}")
        for _ in range(200):
            lon = random.uniform(outline.box.west, outline.box.east)
            lat = random.uniform(outline.box.south, outline.box.north)
            if outline.holds(lat, lon):
                break
        return round(lat, 6), round(lon, 6)


def act_out(batch: Batch, life: Life, places: Places) -> None:
    """One life, step by step, through the service."""
    city, random = batch.city, life.random
    category = city.categories[int(life.category_draw * len(city.categories))]
    lat, lon = places.draw(life)
    who = f"history-{int(random.random() * CITIZENS)}"
    at = life.submitted_at
    number = random.getrandbits(80)

    def desk(moment: datetime) -> Desk:
        return batch.desk(moment, number)

    body = NewReport.model_validate(
        {
            "category": category.code,
            "text": f"{category.name.vi}: {category.hint.vi}. {TEXTS[life.index % len(TEXTS)]}",
            "place": {"lat": lat, "lon": lon},
            "accept_terms": True,
            "urgency": "timed",
        }
    )
    report = service.submit(desk(at), body, who, key=f"history-{life.index}")

    def step(action: str, by: Principal, **fields: Any) -> Any:
        return service.act(desk(at), report.id, action, fields, by)

    at += timedelta(minutes=random.randint(3, 40))
    step("verify", OPERATOR)
    at += timedelta(minutes=random.randint(5, 120))
    if life.outcome == "ineligible":
        reasons = city.reasons["ineligible"]
        step("reject", OPERATOR, reason=reasons[life.index % len(reasons)].code)
        return
    agency = _agency(city, life, report.place.ward, at)
    # Every report of the seed ran on the working-day process, whatever its category is today.
    days = city.sla(category.code, local_date(at)).working_days
    after = step(
        "dispatch",
        OPERATOR,
        urgency="timed",
        agencies=[{"agency_id": agency, "lead": True, "working_days": max(days, 7)}],
    )
    officer = Principal(
        user_id=f"history-{agency}", roles=frozenset({Role.AGENCY_OFFICER}), unit=agency
    )
    due = after.due_at or at
    at += timedelta(minutes=random.randint(20, 600))
    if at > FROZEN:
        at = FROZEN.astimezone(UTC)
    step("acknowledge", officer)
    if life.outcome == "overdue":
        return
    needs_time = life.outcome == "in_progress" and due <= FROZEN
    if needs_time or (life.extended and life.outcome == "resolved" and _room(due)):
        asked_at = min(due - timedelta(hours=30), FROZEN.astimezone(UTC) - timedelta(minutes=90))
        at = max(at, asked_at)
        more = 60 if needs_time else random.randint(2, 10)
        step("request_extension", officer, working_days=more, reason="complex")
        at += timedelta(minutes=30)
        due = step("decide_extension", OPERATOR, approve=True).due_at
    if life.outcome == "in_progress":
        return
    if life.outcome == "follow_up":
        at += timedelta(days=1)
        step("follow_up", officer, plan_date=(at + timedelta(days=365)).date().isoformat())
        return
    last = min(due - timedelta(minutes=5), FROZEN.astimezone(UTC) - timedelta(hours=3))
    at += (last - at) * random.random() * 0.9
    step("answer", officer, text="Đã kiểm tra và xử lý. Cảm ơn ông/bà đã phản ánh.")
    at += timedelta(minutes=random.randint(5, 60))
    if life.fine_vnd:
        step("sanction", officer, amount_vnd=life.fine_vnd, decision_no=f"{life.index}/QĐ-XPHC")
    step("publish", OPERATOR)
    for n, level in enumerate(life.ratings):
        at += timedelta(minutes=random.randint(1, 30))
        rater = who if n == 0 else f"history-{int(random.random() * CITIZENS)}-neighbour"
        service.rate(
            desk(at),
            report.id,
            Rate(level=level),
            Principal(user_id=rater, roles=frozenset({Role.CITIZEN})),
        )


def _room(due: datetime) -> bool:
    """Whether an extension still ends before the frozen moment."""
    return due < FROZEN - timedelta(days=25)


def _agency(city: Reference, life: Life, ward: str | None, at: datetime) -> str:
    """Mostly whom the routing rules name; a third to any agency, so that all of them take part."""
    day = at.astimezone(HUE).date()
    if life.index % 3:
        routed = city.route(
            city.categories[int(life.category_draw * len(city.categories))].code, ward, day
        )
        if routed:
            return routed.agency_id
    agencies = city.agencies_as_of(day)
    return agencies[(life.index // 3) % len(agencies)].id


def told(batch: Batch) -> list[ReportChanged]:
    """Hand the batch's events to the listeners, in order; returns them for counting."""
    vault, clocks = Reporters(batch.reporters), Clocks(batch.sla)
    events = []
    for happened in batch.bus.events:
        event = CONTRACTS[happened.type].model_validate(happened.data)
        notify.tell(batch.notify, vault, event, happened.id)
        if event.clocks:
            days = batch.city.calendar
            sla.follow(clocks, days, event.report_id, event.seq, event.clocks, event.at)
        events.append(event)
    return events


def kept(table: MemoryTable, now: datetime) -> list[Row]:
    """The rows of a batch that the store would still hold, but the sweep's watermark."""
    return [
        row
        for row in table.rows()
        if (row.ttl is None or row.ttl > now.timestamp()) and row.pk != "SWEEP"
    ]


@dataclass
class Targets:
    """The city's own tables."""

    reports: DynamoTable
    reporters: DynamoTable
    sla: DynamoTable
    notify: DynamoTable
    stats: DynamoTable


def replay(
    targets: Targets, city: Reference, secret: str, plan: Plan, *, until: int | None = None
) -> Iterator[int]:
    """Act out the plan from where it stood; yields how many lives are done after each batch."""
    name = f"REPLAY#{plan.seed}#{plan.count}"
    places = Places(city)
    done = _done(targets.reports, name)
    end = plan.count if until is None else min(until, plan.count)
    # One batch is written while the next is acted out; never two at once, so order holds.
    with ThreadPoolExecutor(max_workers=1) as writer:
        writing: Future[int] | None = None
        while done < end:
            first, done = done, min(done + BATCH, end)
            batch = Batch(city, secret)
            for index in range(first, done):
                act_out(batch, plan.life(index), places)
            events = told(batch)
            if writing:
                yield writing.result()
            writing = writer.submit(_write, targets, batch, events, name, first, done)
        if writing:
            yield writing.result()


def _write(
    targets: Targets,
    batch: Batch,
    events: list[ReportChanged],
    name: str,
    first: int,
    done: int,
) -> int:
    """Write a batch; every part of it may be written again after a death in between."""
    now = datetime.now(UTC)
    for target, source in (
        (targets.reporters, batch.reporters),
        (targets.reports, batch.reports),
        (targets.sla, batch.sla),
        (targets.notify, batch.notify),
    ):
        target.write_blindly(kept(source, now))
    count_many(Counts(targets.stats), events, batch=f"{name}#{first}")
    row = targets.reports.get(name, "DONE")
    before = row.doc.get("before", {}) if row else {}
    targets.reports.commit(Put(Row(name, "DONE", {"lives": done, "before": before})))
    return done


def _done(table: Table, name: str) -> int:
    row = table.get(name, "DONE")
    return int(row.doc["lives"]) if row else 0


def main() -> int:
    """Replay into the running city and compare the figures."""
    if not join_running_city():
        print("no city is running: start it with make up")
        return 1
    from city.adapters.reference import reference
    from city.adapters.settings import settings
    from city.stats.model import StatisticsQuery
    from city.stats.views import statistics

    parser = argparse.ArgumentParser(description="Replay the seed's history")
    parser.add_argument("count", type=int, nargs="?", default=105_575)
    parser.add_argument("--seed", type=int, default=2019)
    given = parser.parse_args()
    plan = Plan(given.count, given.seed)
    here = settings()
    targets = Targets(
        *(
            DynamoTable(here.table(unit), here.region)
            for unit in ("reports", "reporters", "sla", "notify", "stats")
        )
    )
    name = f"REPLAY#{plan.seed}#{plan.count}"
    begun = _done(targets.reports, name)
    counts, day = Counts(targets.stats), {"as_of": local_date(FROZEN).isoformat()}
    query = StatisticsQuery.model_validate(day)
    if not begun:
        before = counted(statistics(counts, query, datetime.now(UTC)).model_dump())
        targets.reports.commit(Put(Row(name, "DONE", {"lives": 0, "before": before})))
    started = time.monotonic()
    for done in replay(targets, reference(), here.token_secret, plan):
        rate = (done - begun) / (time.monotonic() - started)
        bar = "█" * (40 * done // plan.count)
        left = (plan.count - done) / rate
        print(f"\r{bar:40} {done:>7}/{plan.count}  {rate:6.0f}/s  {left:5.0f} s left", end="")
    seconds = time.monotonic() - started
    print()
    seen = statistics(counts, query, datetime.now(UTC)).model_dump()
    row = targets.reports.get(name, "DONE")
    earlier = row.doc["before"] if row else {}
    grown = {key: number - earlier.get(key, 0) for key, number in counted(seen).items()}
    return report(plan, grown, begun, seconds)


def counted(seen: dict[str, Any]) -> dict[str, int]:
    """The figures to compare, out of the statistics."""
    ratings = seen["ratings"]
    plain = ("received", "ineligible", "accepted", "resolved", "in_progress", "follow_up")
    return {
        **{name: seen[name] for name in (*plain, "overdue", "fines_vnd")},
        "ratings": ratings["total"],
        "acceptable or better": ratings["acceptable_or_better"],
        "unsatisfied": ratings["unsatisfied"],
        "agencies": seen["agencies"],
    }


def join_running_city() -> bool:
    """Take the environment of a function of the city that runs here; False when none does."""
    from infra.local.city import running
    from infra.local.place import ROOT, Place, environment

    folder = Path(os.environ.get("HUES_LOCAL", ROOT / ".local"))
    record = running(Place(folder, 0))
    if record is None:
        return False
    os.environ.update(environment(Place(folder, record["port"]), record["endpoint"]))
    return True


def report(plan: Plan, found: dict[str, int], begun: int, seconds: float) -> int:
    """Print planned and counted figures side by side; the number of differences is the status.

    What the city held before the replay is not in `found`.
    """
    f = plan.figures
    wanted = {
        "received": f.received,
        "ineligible": f.ineligible,
        "accepted": f.received - f.ineligible,
        "resolved": f.resolved,
        "in_progress": f.in_progress,
        "follow_up": f.follow_up,
        "overdue": f.overdue,
        "fines_vnd": f.fines_vnd,
        "ratings": f.ratings,
        "acceptable or better": f.ratings - f.unsatisfied,
        "unsatisfied": f.unsatisfied,
        **({"agencies": AGENCIES} if plan.count >= 10_000 else {}),
    }
    print(f"{'as of 2023-07-31':24}{'planned':>16}{'counted':>16}")
    for name, number in wanted.items():
        mark = "" if found[name] == number else "  ← differs"
        print(f"{name:24}{number:>16,}{found[name]:>16,}{mark}")
    rate = (plan.count - begun) / seconds if seconds > 1 else 0
    print(f"{plan.count - begun:,} reports in {seconds:.1f} s: {rate:.0f} reports/s")
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    held = json.loads(out.read_text()) if out.exists() else {}
    held["replay"] = {
        "reports": plan.count - begun,
        "seconds": round(seconds, 1),
        "reports_per_s": round(rate, 1),
        "counted": found,
    }
    out.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n")
    return sum(found[name] != number for name, number in wanted.items())


if __name__ == "__main__":
    sys.exit(main())
