"""The seed's history of detections, through the same use cases: `python -m infra.replay.alerts`.

1,700 warnings, of which 199 were forest fires and 255 straw burnings; the rest were nothing. Which,
where and when is drawn from a seed: only the three numbers are history. It may be stopped and run
again: a detection has its id, and what is finished is left alone. Nothing is told to the bus.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import Table
from city.alerts import detections, service, tending
from city.alerts.desk import Desk
from city.alerts.fields import Detection
from city.alerts.kinds import Book
from city.alerts.store import Alerts
from city.alerts.workflow import State
from city.contracts.envelope import CloudEvent
from city.kernel.ids import new_id
from city.kernel.people import Principal, Role
from city.kernel.reference import Boundary, Reference

COUNT, FIRES, STRAW = 1_700, 199, 255
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC)
OPERATOR = Principal(user_id="history-operator", roles=frozenset({Role.IOC_OPERATOR}))
SUPERVISOR = Principal(user_id="history-supervisor", roles=frozenset({Role.IOC_SUPERVISOR}))
NAMES = ("camera", "tower", "patrol", "caller", "satellite")


class Silence:
    """A bus that says nothing: history is no news."""

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """Forget them."""


@dataclass(frozen=True, slots=True)
class Past:
    """One detection and what it turned out to be."""

    detection: Detection
    verdict: str | None


def plan(city: Reference, count: int, seed: int) -> list[Past]:
    """The same history for the same seed, oldest first; verdicts in the seed's proportion."""
    random = Random(f"detections:{seed}:{count}")
    fires, straw = round(count * FIRES / COUNT), round(count * STRAW / COUNT)
    known = ["forest_fire"] * fires + ["straw_burning"] * straw
    verdicts = [*known, *[None] * (count - len(known))]
    random.shuffle(verdicts)
    outlines = city.boundaries(LAST.date())
    boundaries = outlines.boundaries if outlines else ()
    made = []
    for i, verdict in enumerate(verdicts):
        lat, lon = _inside(random.choice(boundaries), random)
        at = FIRST + (LAST - FIRST) * ((i + random.random()) / count)
        detection = Detection(
            detection_id=f"history-{seed}-{i}",
            kind="fire_detection",
            lat=lat,
            lon=lon,
            at=at.replace(microsecond=0),
            source=random.choice(NAMES),
        )
        made.append(Past(detection, verdict))
    return made


def _inside(outline: Boundary, random: Random) -> tuple[float, float]:
    """A point in a commune."""
    box = outline.box
    while True:
        lat, lon = random.uniform(box.south, box.north), random.uniform(box.west, box.east)
        if outline.holds(round(lat, 5), round(lon, 5)):
            return round(lat, 5), round(lon, 5)


def replay(table: Table, book: Book, city: Reference, history: Sequence[Past]) -> Iterator[int]:
    """Act out a history; yields how many are done after each."""
    alerts = Alerts(table, Outbox(table, Silence()))

    def desk(now: datetime) -> Desk:
        return Desk(alerts, book, city, "https://hue.example", now, new_id)

    for done, past in enumerate(history, 1):
        _act_out(desk, past)
        yield done


def _act_out(desk: Any, past: Past) -> None:
    at = past.detection.at
    warning = detections.detect(desk(at), past.detection)

    def step(action: str, who: Principal, minutes: int, **fields: Any) -> None:
        nonlocal at, warning
        at += timedelta(minutes=minutes)
        warning = service.act(desk(at), warning.id, action, fields, who)

    if past.verdict is None:
        if warning.state is State.DRAFT:
            step("deny", OPERATOR, 25, reason="Kiểm tra: không có cháy")
        return
    if warning.verdict == "open":
        step("confirm", OPERATOR, 20, kind=past.verdict)
    if warning.state is State.DRAFT:
        step("submit", OPERATOR, 2)
    if warning.state is State.SUBMITTED:
        step("approve", SUPERVISOR, 3)
    if warning.state is State.APPROVED:
        step("release", SUPERVISOR, 1)
    if warning.last and not warning.finished:
        tending.tend(desk(warning.last.expires))


def main() -> int:
    """Replay into the running city."""
    from infra.replay.drive import join_running_city

    if not join_running_city():
        print("no city is running: start it with make up")
        return 1
    from city.adapters.reference import reference
    from city.adapters.settings import settings
    from city.adapters.table_dynamo import DynamoTable
    from city.alerts.documents import book

    parser = argparse.ArgumentParser(description="Replay the seed's detections")
    parser.add_argument("count", type=int, nargs="?", default=COUNT)
    parser.add_argument("--seed", type=int, default=2019)
    given = parser.parse_args()
    table = DynamoTable(settings().table("alerts"), settings().region)
    city = reference()
    history = plan(city, given.count, given.seed)
    for done in replay(table, book(table, datetime.now(UTC)), city, history):
        if done % 50 == 0 or done == len(history):
            print(f"\r  {done:,} of {len(history):,}", end="", flush=True)
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
