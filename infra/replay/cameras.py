"""`make replay-cameras N=1900000`: what cameras saw since 2019, through the live path's handlers.

The seed counts 1,900,000 detections, 24,866 handed to the authorities (1.31 %) and 712 criminal
cases, and says no more: which camera, rule, day and answer is invented, spread evenly. Each life
goes through the functions that the queues call and officers' requests reach: the registry's intake
(epoch, once, merging), its event, the review's intake, a claim, a judgment, the handing over, the
authority's answer, and the removal of evidence when its time is over. Tables are in memory, a batch
at a time. Figures are then read from the rows as the statistics page reads them.

`--into-city` also writes the review's rows into the running city; it may be stopped and goes on.
"""

import argparse
import functools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, Add, CommitConflict, Put, Row
from city.adapters.table_memory import MemoryTable
from city.cameras import intake as registry
from city.cameras.desk import Desk as CameraDesk
from city.cameras.model import Camera, Lease
from city.cameras.registry import NewCamera, made
from city.cameras.store import Store as CameraStore
from city.contracts.cameras import Box, Detection, DetectionMade, PlateReading
from city.contracts.envelope import CloudEvent
from city.contracts.watching import Rule
from city.kernel.clock import HUE
from city.kernel.ids import ulid
from city.kernel.people import Principal
from city.kernel.reference import Agency, Reference
from city.kernel.text import Text
from city.violations import intake, retention, reviewing, views
from city.violations.desk import Desk
from city.violations.store import Store
from pydantic import TypeAdapter

from infra.seed.load_cameras import demo_cameras

FIRST = datetime(2019, 1, 1, tzinfo=HUE)
FROZEN = datetime(2023, 7, 31, 23, 59, 59, tzinfo=HUE)
DETECTIONS, TRANSFERRED, CRIMINAL = 1_900_000, 24_866, 712
CONFIRMED_ONLY, LAPSED = 0.02, 0.2  # invented: the seed tells neither
BATCH = 1_000
SECRET = "the replay's own, it seals nothing of worth"  # noqa: S105 - invented sources only
POLICE = Agency(id="cong-an-thanh-pho", name=Text(vi="Công an", en="Police"), kind="police")
OFFICER = Principal(user_id="history-officer", roles=frozenset({"ioc_operator"}), acr=2)
REASONS = ("false_alarm", "false_alarm", "no_violation", "unclear", "wrong_plate", "exempt")
RULES: TypeAdapter[tuple[Rule, ...]] = TypeAdapter(tuple[Rule, ...])
COUNTED = ("TOTALS", "FIGURES")
SUMMED = (
    "detections", "incidents", "confirmed", "denied", "lapsed", "transferred", "sanctioned",
    "criminal_cases", "erased",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """The seed's figures for so many detections; exact at 1,900,000."""

    detections: int

    @property
    def transferred(self) -> int:
        """How many are handed over."""
        return self.detections * TRANSFERRED // DETECTIONS

    @property
    def criminal(self) -> int:
        """How many become criminal cases."""
        return self.transferred * CRIMINAL // TRANSFERRED

    def is_transferred(self, index: int) -> bool:
        """Whether this one is, spread evenly."""
        return _step(index, TRANSFERRED, DETECTIONS)

    def is_criminal(self, index: int) -> bool:
        """Whether this one, handed over, becomes a criminal case."""
        rank = index * TRANSFERRED // DETECTIONS
        return _step(rank, CRIMINAL, TRANSFERRED)


def _step(index: int, part: int, whole: int) -> bool:
    return (index + 1) * part // whole > index * part // whole


class Collected:
    """A bus that collects."""

    def __init__(self) -> None:
        self.events: list[CloudEvent] = []

    def publish(self, events: Sequence[CloudEvent]) -> None:
        """Keep them."""
        self.events += events


class Nothing:
    """A bucket without files: none of these years is left."""

    def read(self, key: str) -> bytes:
        """See `Objects`."""
        raise LookupError(key)

    def keys(self, prefix: str, after: str | None = None) -> Sequence[str]:  # noqa: ARG002
        """See `Pictures`."""
        return ()

    def write(self, key: str, data: bytes) -> None:
        """See `Objects`."""

    def remove(self, key: str) -> None:
        """See `Objects`."""

    def address(self, key: str, seconds: int) -> str:
        """See `Objects`."""
        return f"{key}?{seconds}"

    def form(self, key: str, content_type: str, most: int, seconds: int) -> dict[str, Any]:
        """See `Pictures`."""
        return {"key": key, "type": content_type, "most": most, "seconds": seconds}

    def send_all(self, bodies: Sequence[dict[str, Any]], delay_s: int = 0) -> None:
        """See `Line`."""

    def waiting(self) -> int:
        """See `Line`."""
        return 0


def unasked() -> Reference:
    """No outlines and no calendar: nothing here asks for them."""
    raise LookupError("the replay has no outlines")


@functools.cache
def fleet() -> list[Camera]:
    """The demo cameras with the rules that end in a review: a water level is a reading."""
    found = []
    for told in demo_cameras():
        rules = RULES.validate_python(told.pop("rules"))
        judged = tuple(rule for rule in rules if rule.kind != "water_level")
        camera = made(NewCamera(**told, simulated=True), SECRET, demo=True)
        if judged:
            found.append(camera.model_copy(update={"rules": judged, "enabled": True}))
    return found


class Batch:
    """Tables in memory for some lives."""

    def __init__(self, cameras: Sequence[Camera]) -> None:
        self.cameras, self.bus = cameras, Collected()
        self.registry, self.review = MemoryTable(), MemoryTable()
        for camera in cameras:
            lease = Lease(
                camera_id=camera.id, epoch=1, worker="history", fleet="history", generation=1,
                taken_at=FIRST,
            )  # fmt: skip
            write = CameraStore.put_camera(camera, new=True)[1]
            self.registry.commit(write, CameraStore.put_lease(lease))

    def seen(self, now: datetime) -> CameraDesk:
        """The registry's desk at a moment."""
        none, box = Nothing(), Outbox(self.registry, self.bus)
        return CameraDesk(
            CameraStore(self.registry), box, none, none, none, SECRET, now,
            lambda at: ulid(at, 0), unasked,
        )  # fmt: skip

    def judged(self, now: datetime) -> Desk:
        """The review's desk at a moment."""
        none, box = Nothing(), Outbox(self.review, self.bus)
        return Desk(
            Store(self.review), box, none, none, lambda _: POLICE, SECRET, now,
            lambda at: ulid(at, 0),
        )  # fmt: skip

    def live(self, wanted: Wanted, index: int) -> None:
        """One detection, from the worker's message to the end of its evidence."""
        random = Random(f"cameras:{index}")
        camera = self.cameras[index % len(self.cameras)]
        rule = camera.rules[random.randrange(len(camera.rules))]
        span = (FROZEN - FIRST - timedelta(hours=1)) / wanted.detections
        at = (FIRST + span * index).astimezone(UTC)
        registry.take(self.seen(at + timedelta(seconds=2)), detection(camera, rule, at, random))
        events, self.bus.events = self.bus.events, []
        for event in events:
            intake.take(self.judged(at + timedelta(seconds=3)), DetectionMade(**event.data))
            self._judge(wanted, index, event.subject, at, random)
        self.bus.events = []

    def _judge(self, wanted: Wanted, index: int, id_: str, at: datetime, random: Random) -> None:
        at += timedelta(minutes=random.randint(5, 3000))

        def act(action: str, **raw: Any) -> None:
            reviewing.act(self.judged(at), id_, action, raw, OFFICER)

        draw = random.random()
        if wanted.is_transferred(index):
            reviewing.claim(self.judged(at), id_, OFFICER)
            act("confirm")
            act("transfer", authority=POLICE.id)
            at += timedelta(days=random.randint(5, 60))
            outcome = "criminal_case" if wanted.is_criminal(index) else "sanctioned"
            act("outcome", outcome=outcome, reference=f"{index}/LS")
        elif draw < CONFIRMED_ONLY:
            act("confirm")
        elif draw > LAPSED:
            act("deny", reason=REASONS[index % len(REASONS)])
        held = Store(self.review).violation(id_)
        if held is not None and held.due is not None and held.due <= FROZEN:
            retention.erase(self.judged(held.due), held)


def detection(camera: Camera, rule: Rule, at: datetime, random: Random) -> Detection:
    """What a worker would have said."""
    x, y = random.uniform(0.1, 0.7), random.uniform(0.4, 0.8)
    box = Box(label="car", score=0.8, top_left=(x, y), bottom_right=(x + 0.15, y + 0.12))
    plate = f"75A{random.randrange(10**5):05}" if camera.read_plates else None
    return Detection(
        detection_id=ulid(at, random.getrandbits(80)), camera_id=camera.id, epoch=1,
        worker="history", rule_id=rule.rule_id, rule_version=rule.version, kind=rule.kind,
        severity=rule.severity, started_at=at, at=at, seen_at=at, model=camera.model,
        score=round(random.uniform(0.4, 0.99), 3), boxes=(box,), simulated=True,
        plate=PlateReading(text=plate, score=0.9) if plate else None,
    )  # fmt: skip


def act_out(task: tuple[int, int, int]) -> tuple[int, Counter[str], list[Row]]:
    """A batch of lives `(all, first, end)`: `(end, totals, rows)`."""
    count, first, end = task
    batch, wanted = Batch(fleet()), Wanted(count)
    for index in range(first, end):
        batch.live(wanted, index)
    figures = views.figures(batch.judged(FROZEN)).all
    totals = Counter({name: getattr(figures, name) for name in SUMMED})
    waiting, _ = batch.review.query("QUEUE", limit=BATCH)
    totals["still waiting"] = len(waiting)
    return end, totals, batch.review.rows()


def write(target: Any, name: str, end: int, rows: Iterable[Row]) -> None:
    """Put a batch into the city; every part of it may be written again after a death."""
    counted = [row for row in rows if row.pk in COUNTED]
    target.write_blindly([r for r in rows if r.pk not in COUNTED and not r.pk.startswith("OUTBOX")])
    for part, first in enumerate(range(0, len(counted), 90)):
        adds = [Add(row.pk, row.sk, row.counters) for row in counted[first : first + 90]]
        try:
            target.commit(Put(Row(name, f"{end:09}#{part:03}"), ABSENT), *adds)
        except CommitConflict:
            continue  # this part is counted
    target.commit(Put(Row(name, "DONE", {"lives": end})))


def main() -> int:
    """Replay, print planned and counted figures; the number of differences is the status."""
    parser = argparse.ArgumentParser(description="Replay what cameras saw")
    parser.add_argument("count", type=int, nargs="?", default=DETECTIONS)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--into-city", action="store_true")
    given = parser.parse_args()
    wanted, target, begun = Wanted(given.count), None, 0
    name = f"REPLAY#cameras#{given.count}"
    if given.into_city:
        from city.adapters.settings import settings
        from city.adapters.table_dynamo import DynamoTable

        from infra.replay.drive import join_running_city

        if not join_running_city():
            print("no city is running: start it with make up")
            return 1
        target = DynamoTable(settings().table("violations"), settings().region)
        row = target.get(name, "DONE")
        begun = int(row.doc["lives"]) if row else 0
    tasks = [
        (given.count, first, min(first + BATCH, given.count))
        for first in range(begun, given.count, BATCH)
    ]
    started, totals = time.monotonic(), Counter[str]()
    with ProcessPoolExecutor(given.processes) as pool:
        for end, counted, rows in pool.map(act_out, tasks):
            totals += counted
            if target is not None:
                write(target, name, end, rows)
            rate = (end - begun) / (time.monotonic() - started)
            left = (given.count - end) / rate
            print(f"\r{end:>9,}/{given.count:,}  {rate:6.0f}/s  {left:6.0f} s left", end="")
    print()
    return report(wanted, totals, begun, time.monotonic() - started)


def report(wanted: Wanted, totals: Counter[str], begun: int, seconds: float) -> int:
    """Planned and counted figures side by side."""
    pairs = {
        "detections": wanted.detections, "incidents": wanted.detections,
        "transferred": wanted.transferred, "criminal_cases": wanted.criminal,
        "sanctioned": wanted.transferred - wanted.criminal,
    }  # fmt: skip
    differs = 0
    print(f"{'2019-01-01 to 2023-07-31':28}{'planned':>14}{'counted':>14}")
    for name, number in pairs.items():
        same = begun > 0 or totals[name] == number
        differs += not same
        print(f"{name:28}{number:>14,}{totals[name]:>14,}{'' if same else '  ← differs'}")
    for name in ("confirmed", "denied", "lapsed", "erased", "still waiting"):
        print(f"{name + ' (invented)':28}{'':>14}{totals[name]:>14,}")
    percent = 100 * totals["transferred"] / max(1, totals["detections"])
    done = wanted.detections - begun
    print(f"transferred: {percent:.2f} % of detections")
    print(f"{done:,} detections in {seconds:.1f} s: {done / max(seconds, 0.001):.0f} a second")
    out = Path("build/replay-cameras.json")
    out.parent.mkdir(exist_ok=True)
    told = {"detections": done, "seconds": round(seconds, 1), "counted": dict(totals)}
    out.write_text(json.dumps(told, indent=1) + "\n")
    return differs


if __name__ == "__main__":
    sys.exit(main())
