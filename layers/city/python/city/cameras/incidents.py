"""One incident, however many detections: merging by rule, space and time. Pure.

A rule's detections of one camera are one incident while they follow one another within the
window, in about the same part of the picture, and no two plates differ. What fills a place (fire,
smoke, a crowd) is one incident for all cameras around it.
"""

import math
from datetime import datetime, timedelta

from pydantic import BaseModel

from city.contracts.cameras import Detection
from city.contracts.watching import RuleKind
from city.kernel.geo import distance_m

AREA_KINDS: frozenset[RuleKind] = frozenset({"fire", "smoke", "crowd"})
AREA_M = 300.0
CELL = 6
NEAR = 0.2  # shares of the picture, between the middles of what was seen
WINDOW = timedelta(seconds=90)
AREA_WINDOW = timedelta(minutes=10)
LONGEST = timedelta(hours=1)  # what goes on longer becomes another incident
KEPT = 16


class Incident(BaseModel, frozen=True):
    """What later detections may belong to."""

    id: str
    first: datetime
    last: datetime
    lat: float
    lon: float
    middle: tuple[float, float] | None = None
    plate: str | None = None
    count: int = 1


class Recent(BaseModel, frozen=True):
    """The newest incidents of one rule or place, newest first."""

    incidents: tuple[Incident, ...] = ()


def middle_of(detection: Detection) -> tuple[float, float] | None:
    """The middle of the boxes; None for none."""
    if not detection.boxes:
        return None
    xs = [x for box in detection.boxes for x in (box.top_left[0], box.bottom_right[0])]
    ys = [y for box in detection.boxes for y in (box.top_left[1], box.bottom_right[1])]
    return round((min(xs) + max(xs)) / 2, 4), round((min(ys) + max(ys)) / 2, 4)


def begun(detection: Detection, place: tuple[float, float]) -> Incident:
    """The incident that a detection begins; it has the detection's id."""
    return Incident(
        id=detection.detection_id,
        first=detection.started_at,
        last=max(detection.at, detection.started_at),
        lat=place[0],
        lon=place[1],
        middle=middle_of(detection),
        plate=_who(detection),
        count=detection.merged,
    )


def _who(detection: Detection) -> str | None:
    """What tells two things apart wherever they are: a plate, or the entry of a face list."""
    if detection.plate:
        return detection.plate.text
    return detection.said if detection.kind == "face_list" else None


def belongs(incident: Incident, new: Incident, kind: RuleKind) -> bool:
    """Whether a detection, seen as an incident of its own, is part of one that is known."""
    window = AREA_WINDOW if kind in AREA_KINDS else WINDOW
    if new.first > incident.last + window or new.last < incident.first - window:
        return False
    if max(new.last, incident.last) - min(new.first, incident.first) > LONGEST:
        return False
    if kind in AREA_KINDS:
        return distance_m(incident.lat, incident.lon, new.lat, new.lon) <= AREA_M
    if incident.plate and new.plate:
        return incident.plate == new.plate
    if incident.middle and new.middle:
        dx, dy = incident.middle[0] - new.middle[0], incident.middle[1] - new.middle[1]
        return math.hypot(dx, dy) <= NEAR
    return True


def joined(incident: Incident, new: Incident) -> Incident:
    """The incident with one more detection."""
    later = new.last >= incident.last
    return incident.model_copy(
        update={
            "first": min(incident.first, new.first),
            "last": max(incident.last, new.last),
            "middle": (new.middle or incident.middle) if later else incident.middle,
            "plate": incident.plate or new.plate,
            "count": incident.count + new.count,
        }
    )


def found(recent: Recent, new: Incident, kind: RuleKind) -> Incident | None:
    """The incident that a detection is part of; the newest if there are several."""
    fitting = [each for each in recent.incidents if belongs(each, new, kind)]
    return max(fitting, key=lambda each: each.last) if fitting else None


def with_incident(recent: Recent, incident: Incident) -> Recent:
    """The list with an incident put in or replaced."""
    others = [each for each in recent.incidents if each.id != incident.id]
    listed = sorted([incident, *others], key=lambda each: (each.last, each.id), reverse=True)
    return Recent(incidents=tuple(listed[:KEPT]))
