"""Detections come in: fenced by epoch, taken once, merged into incidents, told to who judges.

A detection comes twice under one id, at once and again with its evidence, in either order, and
each of the two may be delivered several times.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from city.adapters.table import ABSENT, CommitConflict, Operation, Put, Row, retrying
from city.cameras import faces, incidents
from city.cameras.desk import Desk
from city.cameras.incidents import AREA_KINDS, AREA_M, CELL, Incident, Recent
from city.cameras.model import Camera, counts
from city.cameras.store import Store, doc, until
from city.cameras.workers import WATCH_LIST, WATCH_NAME
from city.contracts.cameras import (
    Detection,
    DetectionMade,
    EvidenceCame,
    EvidenceItem,
    RecordingSearched,
)
from city.contracts.envelope import Announcement
from city.contracts.watching import Line, Point, Rule
from city.kernel.clock import stamp
from city.kernel.geo import cells_around, geohash
from city.kernel.ids import derived_id
from city.kernel.text import Text

ATTEMPTS = 8
KEEP = timedelta(days=40)
GATEWAY = "cameras"
LISTS = {WATCH_LIST: WATCH_NAME, faces.FACE_LIST: faces.FACE_NAME}
SPANS = ("zone", "lane", "corners", "stop_line", "first", "second")

Outcome = Literal[
    "taken", "merged", "evidence", "duplicate", "refused", "unknown", "reading", "job"
]


class Seen(BaseModel, frozen=True):
    """That a detection came: to which incident it belongs, and whether its evidence is told."""

    incident: str
    evidence: bool


def take(desk: Desk, detection: Detection) -> Outcome:
    """Take a detection in; whatever is done twice is done once.

    Raises:
        CommitConflict: others kept changing the same incident; the message may come again.
    """
    if detection.job_id is not None and detection.kind == "face_list":
        _discard(desk, detection)  # no recording is ever searched for a face
        return "refused"
    if detection.job_id is not None:
        return retrying(ATTEMPTS, lambda: _of_job(desk, detection))
    camera = desk.store.camera(detection.camera_id)
    if camera is None:
        _discard(desk, detection)
        return "unknown"
    return retrying(ATTEMPTS, lambda: _taken(desk, camera, detection))


def _discard(desk: Desk, detection: Detection) -> None:
    """Files that no case will have go at once: nothing else would remove them. A worker names
    only what is its camera's."""
    for item in _own(detection):
        desk.pictures.remove(item.key)


def _own(detection: Detection) -> list[EvidenceItem]:
    own = f"evidence/{detection.camera_id}/"
    return [item for item in detection.evidence if item.key.startswith(own)]


def _taken(desk: Desk, camera: Camera, detection: Detection) -> Outcome:
    row = desk.store.table.get(f"SEEN#{detection.detection_id}", "NOW")
    if row is not None:
        return _again(desk, detection, Seen.model_validate(row.doc), row.version)
    lease = desk.store.leases([camera.id]).get(camera.id)
    if not counts(lease, detection.epoch, detection.seen_at):
        return _refused(desk, detection)
    if detection.kind == "face_list" and not faces.may_tell(desk, camera, detection):
        return _refused(desk, detection)
    if detection.kind == "water_level":
        return _reading(desk, detection)
    return _new(desk, camera, detection)


def _again(desk: Desk, detection: Detection, seen: Seen, version: int) -> Outcome:
    """The second message of a detection, or a repeat."""
    if seen.evidence or not detection.evidence:
        return "duplicate"
    told = EvidenceCame(
        incident_id=seen.incident, detection_id=detection.detection_id,
        evidence=detection.evidence, plate=detection.plate,
    )  # fmt: skip
    after = seen.model_copy(update={"evidence": True})
    event_id = derived_id(detection.at, detection.detection_id, "evidence")
    desk.outbox.commit([_seen(desk, detection, after, version)], [(event_id, told, desk.now)])
    return "evidence"


def _seen(desk: Desk, detection: Detection, seen: Seen, version: int = 0) -> Put:
    ttl = until(desk.now, KEEP)
    row = Row(f"SEEN#{detection.detection_id}", "NOW", doc(seen), version + 1, ttl=ttl)
    return Put(row, version or ABSENT)


def _refused(desk: Desk, detection: Detection) -> Outcome:
    """Under a key of its own: the successor's detection of the incident may have the same id. Its
    files are orphans, which `tending` removes a day later unless that one shares them."""
    if detection.evidence:
        keys = [item.key for item in _own(detection)]
        told = {"detection": detection.detection_id, "keys": keys}
        sk = f"{stamp(desk.now)}#{detection.detection_id}"
        desk.store.commit([Put(Row("ORPHANS", sk, told))])
    row = Row(
        f"REFUSED#{detection.detection_id}", str(detection.epoch), {"worker": detection.worker},
        ttl=until(desk.now, timedelta(days=7)),
    )  # fmt: skip
    try:
        desk.store.commit([Put(row, ABSENT), Store.count(detection.camera_id, desk.now, refused=1)])
    except CommitConflict:
        return "duplicate"
    return "refused"


def _reading(desk: Desk, detection: Detection) -> Outcome:
    """A water level goes to `sensing` as a reading of its stream: sent first, then marked."""
    level = detection.measures.get("level_m")
    if detection.stream is None or level is None:
        return "unknown"
    at = round(detection.at.timestamp() * 1000)
    reading = [detection.stream, at, round(level, 3), 0, None]
    received = round(desk.now.timestamp() * 1000)
    desk.readings.send_all([{"gateway": GATEWAY, "received_at": received, "readings": [reading]}])
    seen = Seen(incident=detection.detection_id, evidence=True)
    counted = Store.count(detection.camera_id, desk.now, readings=1)
    desk.store.commit([_seen(desk, detection, seen), counted])
    return "reading"


def _new(desk: Desk, camera: Camera, detection: Detection) -> Outcome:
    new = incidents.begun(detection, (camera.lat, camera.lon))
    key, recent, version, known = _incident(desk, camera, detection, new)
    incident = incidents.joined(known, new) if known else new
    seen = Seen(incident=incident.id, evidence=bool(detection.evidence))
    counted = {"taken": 1} if known is None else {"merged": 1}
    operations: list[Operation] = [
        _seen(desk, detection, seen),
        Store.put_recent(key, incidents.with_incident(recent, incident), version, desk.now),
        Store.count(camera.id, desk.now, **counted),
    ]
    event_id = derived_id(detection.at, detection.detection_id, "made")
    told = announced(desk, camera, detection, incident.id)
    desk.outbox.commit(operations, [(event_id, told, desk.now)])
    return "merged" if known else "taken"


def _incident(
    desk: Desk, camera: Camera, detection: Detection, new: Incident
) -> tuple[tuple[str, str], Recent, int, Incident | None]:
    """Where the incident is or will be kept, what is there, and the incident if it is known."""
    if detection.kind in AREA_KINDS:
        pk = f"RECENT#{detection.kind}"
        own = (pk, geohash(camera.lat, camera.lon, CELL))
        keys = [(pk, cell) for cell in cells_around(camera.lat, camera.lon, AREA_M, CELL)]
    else:
        own = (f"RECENT#{camera.id}", detection.rule_id)
        keys = [own]
    held = desk.store.recent(list(dict.fromkeys([own, *keys])))
    for key, (recent, version) in held.items():
        known = incidents.found(recent, new, detection.kind)
        if known is not None:
            return key, recent, version, known
    recent, version = held.get(own, (Recent(), 0))
    return own, recent, version, None


def announced(desk: Desk, camera: Camera, detection: Detection, incident_id: str) -> DetectionMade:
    """What is told of a detection: with the rule as it was when it was made."""
    rule = _rule(desk, camera, detection)
    if rule is not None:
        name = Text(vi=rule.name_vi, en=rule.name_en)
    else:
        plain = Text(vi=detection.rule_id, en=detection.rule_id)
        name = LISTS.get(detection.rule_id, plain)
    return DetectionMade(
        incident_id=incident_id,
        detection=detection,
        camera_name=camera.name,
        place=(camera.lat, camera.lon),
        ward=camera.ward,
        rule_name=name,
        drawn=drawn(rule) if rule else (),
        authority=rule.authority if rule else None,
        legal_article=rule.legal_article if rule else None,
    )


def _rule(desk: Desk, camera: Camera, detection: Detection) -> Rule | None:
    live = camera.rule(detection.rule_id)
    if live is not None and live.version == detection.rule_version:
        return live
    kept = desk.store.rule(camera.id, detection.rule_id, detection.rule_version)
    return kept.rule if kept else live


def drawn(rule: Rule) -> tuple[tuple[Point, ...], ...]:
    """A rule's polygons and lines."""
    found: list[tuple[Point, ...]] = []
    for name in SPANS:
        shape: tuple[Point, ...] | Line | None = getattr(rule, name, None)
        if shape:
            found.append(tuple(shape))
    return tuple(found)


def _of_job(desk: Desk, detection: Detection) -> Outcome:
    """What a worker saw in a recording stays with the job; nobody reviews it. A plate that is
    looked for is told to the search that asked for it. Stills and clips are not kept: the
    recording is there."""
    _discard(desk, detection)
    detection = detection.model_copy(update={"evidence": ()})
    job = desk.store.job(str(detection.job_id))
    if job is None:
        return "unknown"
    told: dict[str, Any] = detection.model_dump(mode="json", exclude_none=True)
    row = Row(
        f"JOB#{job.id}", f"D#{detection.at.isoformat()}#{detection.detection_id}", told,
        ttl=until(job.at, timedelta(days=30)),
    )  # fmt: skip
    if desk.store.table.get(row.pk, row.sk) is not None:
        return "job"
    events: list[tuple[str, Announcement, datetime]] = []
    operations: list[Operation] = [Put(row, ABSENT)]
    if job.search_id is not None and detection.plate is not None:
        seen = RecordingSearched(
            search_id=job.search_id, camera_id=job.camera_id, plate=detection.plate.text,
            seen_at=detection.at, detection_id=detection.detection_id, at=desk.now,
        )  # fmt: skip
        events.append((derived_id(detection.at, detection.detection_id, "found"), seen, desk.now))
        operations.append(Store.put_job(job.model_copy(update={"found": job.found + 1}))[1])
    desk.outbox.commit(operations, events)
    return "job"
