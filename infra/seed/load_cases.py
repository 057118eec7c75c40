"""The demo's review cases: taken in and judged by the functions that queues and officers reach.

Hours before now a made-up worker held each camera, sent what the rule said of a rendered scene
(`make_cases`), and the review had it; some cases were judged since. Nothing of it is a real
street: the pictures say so, and cases and cameras are marked as simulated. Safe to run again.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from city.adapters.table import Put, Row
from city.cameras import intake as registry
from city.cameras.desk import Desk as CameraDesk
from city.cameras.model import Camera, Heard, Lease
from city.cameras.store import Store as CameraStore
from city.cameras.store import doc
from city.contracts.cameras import CameraHealth, Detection, DetectionMade, EvidenceItem
from city.kernel.ids import derived_id
from city.kernel.people import Principal
from city.violations import intake, reviewing
from city.violations.desk import Desk
from city.violations.refusals import WrongState
from city.violations.store import Store

from infra.replay.cameras import Collected, Nothing
from infra.seed.cases import FOLDER, WATER

OFFICER, POLICE = "+84900000053", "+84900000117"
WORKER = "demo"
ANSWERED = {"outcome"}  # what the authority says; the rest is the centre's


def demo_cases() -> list[dict[str, Any]]:
    """The document."""
    made: list[dict[str, Any]] = json.loads((FOLDER / "cases.json").read_text("utf-8"))
    return made


def main(known: dict[str, str]) -> None:
    """Load what is missing. `known` are the demo people's accounts by number."""
    from city.adapters.stores import table
    from city.kernel.clock import utc_now

    held = table("cameras")
    mark = held.get("SEEDED", "cases")
    if mark is not None and mark.doc["done"]:
        return
    # Whoever died in between goes on from the same moment, and so makes the same cases.
    now = datetime.fromisoformat(mark.doc["now"]) if mark else utc_now()
    told = {"now": now.isoformat(), "done": False}
    held.commit(Put(Row("SEEDED", "cases", told)))
    cases = demo_cases()
    _upload(cases, now)
    seeder = Seeder(now, known)
    seeder.hold([*cases, {"camera": WATER, "hours_ago": 1.0}])
    for case in cases:
        seeder.live(case)
    held.commit(Put(Row("SEEDED", "cases", {**told, "done": True})))
    print(f"  {len(cases)} review cases, rendered and made up", flush=True)


class Seeder:
    """The desks of both units at any moment before now."""

    def __init__(self, now: datetime, known: dict[str, str]) -> None:
        self.now, self.bus = now, Collected()
        roles = frozenset({"citizen", "ioc_supervisor"})
        self.officer = Principal(user_id=known[OFFICER], roles=roles, acr=2)
        self.police = Principal(
            user_id=known[POLICE], roles=frozenset({"citizen", "agency_officer"}), acr=2,
            unit="cong-an-thanh-pho",
        )  # fmt: skip

    def seen(self, at: datetime) -> CameraDesk:
        """The registry's desk. What it announces is handed over here, at that moment."""
        from city.adapters.outbox import Outbox
        from city.adapters.reference import reference
        from city.adapters.settings import settings
        from city.adapters.stores import table
        from city.kernel.ids import new_id

        held, none = table("cameras"), Nothing()
        return CameraDesk(
            store=CameraStore(held), outbox=Outbox(held, self.bus), assignments=none,
            readings=none, pictures=none, secret=settings().token_secret, now=at, new_id=new_id,
            city=reference,
        )  # fmt: skip

    def judged(self, at: datetime) -> Desk:
        """The review's desk; its events go out, so that packs are made."""
        from city.adapters.reference import reference
        from city.adapters.settings import settings
        from city.adapters.stores import outbox, table
        from city.kernel.ids import new_id

        none = Nothing()
        return Desk(
            store=Store(table("violations")), outbox=outbox("violations"), evidence=none,
            packs=none, agency=lambda id_: reference().agency(id_),
            secret=settings().token_secret, now=at, new_id=new_id,
        )  # fmt: skip

    def hold(self, cases: list[dict[str, Any]]) -> None:
        """Each camera was held by a worker, whose last word was about the picture."""
        store = self.seen(self.now).store
        cameras, leases = store.cameras(), store.leases()
        operations = []
        for case in cases:
            camera, at = cameras[case["camera"]], moment(case, self.now)
            if camera.id in leases:
                continue
            lease = Lease(
                camera_id=camera.id, epoch=1, worker=WORKER, fleet="fleet",
                generation=camera.generation, taken_at=at - timedelta(hours=1),
            )  # fmt: skip
            word = Put(Row("HEALTH", camera.id, doc(heard(camera, at))))
            operations += [CameraStore.put_lease(lease), word]
        store.commit(operations)

    def live(self, case: dict[str, Any]) -> None:
        """From the worker's message to what officers have said of it."""
        at, soon = moment(case, self.now), moment(case, self.now) + timedelta(seconds=9)
        desk = self.seen(soon)
        camera = desk.camera(case["camera"])
        made = detection(case, camera, at)
        registry.take(desk, made)
        event = registry.announced(desk, camera, made, made.detection_id)
        intake.take(self.judged(soon), DetectionMade.model_validate(event))
        for number, (action, raw) in enumerate(case["steps"], 1):
            later = at + timedelta(minutes=12 * number)
            who = self.police if action in ANSWERED else self.officer
            with suppress(WrongState):  # it was done before this was run again
                reviewing.act(self.judged(later), made.detection_id, action, raw, who)


def moment(case: dict[str, Any], now: datetime) -> datetime:
    """When the rule said it."""
    return now - timedelta(hours=case["hours_ago"])


def heard(camera: Camera, at: datetime) -> Heard:
    """The worker's last report, of before the camera was switched off."""
    health = CameraHealth(
        camera_id=camera.id, epoch=1, config_version=camera.config_version, state="live",
        last_frame_at=at, fps=camera.sample_fps, sampled=0, dropped=0, reconnects=0,
        thumbnail_key=f"thumbnails/{camera.id}.jpg",
    )  # fmt: skip
    return Heard(health=health, worker=WORKER, at=at)


def detection(case: dict[str, Any], camera: Camera, at: datetime) -> Detection:
    """What the worker sent."""
    since = at + timedelta(seconds=case["since_s"])
    id_ = derived_id(since, "demo", case["id"])
    rule = camera.rule(case["rule_id"])
    if rule is None:
        raise LookupError(f"{camera.id} has no rule {case['rule_id']}")
    return Detection(
        detection_id=id_, camera_id=camera.id, epoch=1, worker=WORKER, rule_id=rule.rule_id,
        rule_version=rule.version, kind=rule.kind, severity=rule.severity, started_at=since,
        at=at, seen_at=at + timedelta(seconds=1), model=camera.model, score=case["score"],
        boxes=case["boxes"], measures=case["measures"], said=case["said"], simulated=True,
        evidence=tuple(
            EvidenceItem(
                **{name: file[name] for name in ("role", "sha256", "size", "content_type")},
                key=key(case, file, at), taken_at=at + timedelta(seconds=file["offset_s"]),
                signed_at=at + timedelta(seconds=6),
            )
            for file in case["files"]
        ),
    )  # fmt: skip


def key(case: dict[str, Any], file: dict[str, Any], at: datetime) -> str:
    """Where a file lies, as a worker would name it."""
    since = at + timedelta(seconds=case["since_s"])
    id_ = derived_id(since, "demo", case["id"])
    ending = file["name"].rpartition(".")[2]
    return f"evidence/{case['camera']}/{since:%Y/%m/%d}/{id_}/{file['role']}.{ending}"


def _upload(cases: list[dict[str, Any]], now: datetime) -> None:
    """Evidence and the cameras' last stills into the private bucket."""
    import boto3
    from city.adapters.settings import settings

    put: Callable[..., Any] = boto3.client("s3").put_object
    files = [(f"thumbnails/{WATER}.jpg", f"{WATER}.jpg", "image/jpeg")]
    for case in cases:
        for file in case["files"]:
            target = key(case, file, moment(case, now))
            files.append((target, file["name"], file["content_type"]))
            if file["role"] == "at":
                files.append((f"thumbnails/{case['camera']}.jpg", file["name"], "image/jpeg"))

    def one(each: tuple[str, str, str]) -> None:
        target, name, content_type = each
        put(
            Bucket=settings().evidence_bucket, Key=target,
            Body=(FOLDER / name).read_bytes(), ContentType=content_type,
        )  # fmt: skip

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, files))
