"""Detections by cameras, towers, patrols and callers: drafts that wait for a verdict."""

from datetime import date
from typing import Any

from city.alerts.compose import compose
from city.alerts.desk import Desk, begun, found, opened
from city.alerts.fields import Detection
from city.alerts.kinds import Book, Kind
from city.alerts.model import Alert, Area, Provenance
from city.alerts.places import settled
from city.alerts.steps import SYSTEM
from city.alerts.written import Written
from city.contracts.violations import HazardConfirmed
from city.kernel.clock import local_date
from city.kernel.ids import derived_id
from city.kernel.problems import Conflict, invalid
from city.kernel.reference import Reference
from city.kernel.text import Text

HAZARD = "fire_detection"  # whether it is a forest that burns, the operators say


def detect(desk: Desk, detection: Detection) -> Alert:
    """A detection becomes a draft that waits for a verdict; the same one twice is one.

    Raises:
        Invalid: no such kind, or it takes no detections.
    """
    made = written_detection(detection, desk.book, desk.city)
    kind = desk.kind(detection.kind)
    episode = f"D-{detection.source}-{detection.detection_id}"
    warning_id = derived_id(detection.at, "detection", episode)
    held = desk.alerts.of_episode("Actual", episode)
    if held:
        return found(desk, held.doc["alert"])
    warning = begun(
        desk, kind, made.content, warning_id, by=SYSTEM, origin="detection",
        episode=episode, provenance=made.provenance, created_at=detection.at,
    )  # fmt: skip
    try:
        return opened(desk, warning, kind, action="propose", by=SYSTEM)
    except Conflict:
        return found(desk, warning_id)


def on_hazard(desk: Desk, event: HazardConfirmed) -> Alert:
    """What a person confirmed on a camera, as a draft; the same one twice is one."""
    seen = Detection(
        detection_id=event.violation_id, kind=HAZARD, lat=event.lat, lon=event.lon,
        at=event.seen_at, source="camera", confidence=event.score,
    )  # fmt: skip
    return detect(desk, seen)


def written_detection(detection: Detection, book: Book, city: Reference) -> Written:
    """The draft of a detection.

    Raises:
        Invalid: no row maps this kind of detection.
    """
    day = local_date(detection.at)
    row = book.mapping("detection", detection.kind, None, day)
    kind = book.kind(row.kind, day) if row else None
    if row is None or kind is None:
        raise invalid(
            "kind", f"“{detection.kind}” không nhận phát hiện.", f"“{detection.kind}” takes none."
        )
    return Written(
        content=compose(
            kind,
            severity=row.levels[0].severity,
            fields=_seen(kind, {"source": detection.source, "seen_at": detection.at.isoformat()}),
            area=_around(city, detection.lat, detection.lon, row.radius_m, day),
            urgency=None if row.urgency == "by_trend" else row.urgency,
            certainty=row.certainty,
        ),
        provenance=Provenance(
            origin="detection",
            source=detection.model_dump(mode="json"),
            mapping=row.id,
            mapping_version=row.version,
            kind_version=kind.version,
            documents_version=book.version,
        ),
    )


def _seen(kind: Kind, facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if kind.spec(name)}


def _around(city: Reference, lat: float, lon: float, metres: float, day: date) -> Area:
    """A circle with the name of the commune it lies in."""
    ward = city.ward_at(lat, lon, day)
    name = ward.name if ward else f"{lat:.3f}, {lon:.3f}"
    words = Text(vi=f"Quanh điểm tại {name}"[:50], en=f"Around a point in {name}"[:50])
    return settled(Area(name=words, circles=((lat, lon, metres),)), city, day)
