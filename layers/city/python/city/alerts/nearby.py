"""Several citizens' reports of one thing near one another make a draft. Ids and places only."""

from datetime import datetime, timedelta

from pydantic import BaseModel

from city.alerts.compose import compose
from city.alerts.desk import Desk, begun, found, opened
from city.alerts.kinds import Book, Kind, Mapping
from city.alerts.model import Alert, Area, Provenance
from city.alerts.places import settled
from city.alerts.steps import SYSTEM
from city.alerts.written import Written
from city.contracts.reports import ReportChanged
from city.kernel.clock import local_date, stamp
from city.kernel.geo import cells_around, distance_m, geohash
from city.kernel.ids import derived_id
from city.kernel.problems import Conflict
from city.kernel.reference import Reference
from city.kernel.text import Text

CELL = 5
KEPT = timedelta(hours=6)
MARGIN_M = 100.0  # around the outermost report


class Seen(BaseModel, frozen=True):
    """One report: where and when."""

    id: str
    lat: float
    lon: float
    at: datetime


class Cluster(BaseModel, frozen=True):
    """Reports of a category that lie together, oldest first."""

    category: str
    reports: tuple[Seen, ...]

    @property
    def centre(self) -> tuple[float, float]:
        """The middle of the reports."""
        n = len(self.reports)
        lat = sum(each.lat for each in self.reports) / n
        return round(lat, 5), round(sum(each.lon for each in self.reports) / n, 5)


def on_report(desk: Desk, event: ReportChanged) -> Alert | None:
    """Remember a report; with enough others near it within the hour, draft. Repeats are one.

    The history that a replay tells is no news: a report older than the window drafts nothing.
    """
    day = local_date(event.at)
    row = desk.book.mapping("reports", event.after.category, None, day)
    if row is None or event.place is None:
        return None
    window = timedelta(minutes=row.within_min)
    if desk.now - event.at > window:
        return None
    seen = Seen(id=event.report_id, lat=event.place.lat, lon=event.place.lon, at=event.at)
    desk.alerts.note_report(
        event.after.category,
        geohash(seen.lat, seen.lon, CELL),
        f"{stamp(seen.at)}#{seen.id}",
        seen.model_dump(mode="json"),
        int((desk.now + KEPT).timestamp()),
    )
    known = _around(desk, event.after.category, seen, row.radius_m)
    for each in known:
        held = desk.alerts.of_episode("Actual", f"R-{each.id}")
        if held:
            return found(desk, held.doc["alert"])
    fresh = [each for each in known if abs(each.at - seen.at) <= window]
    if len(fresh) < row.need:
        return None
    return _draft(desk, Cluster(category=event.after.category, reports=tuple(fresh)), row)


def _around(desk: Desk, category: str, seen: Seen, radius_m: float) -> list[Seen]:
    cells = cells_around(seen.lat, seen.lon, radius_m, CELL)
    rows = desk.alerts.reports(category, cells, stamp(seen.at - KEPT))
    listed = (Seen.model_validate(row) for row in rows)
    near = [e for e in listed if distance_m(seen.lat, seen.lon, e.lat, e.lon) <= radius_m]
    return sorted(near, key=lambda each: (each.at, each.id))


def _draft(desk: Desk, cluster: Cluster, row: Mapping) -> Alert | None:
    kind = desk.kind(row.kind)
    made = written_cluster(cluster, desk.book, desk.city, kind, row)
    first = cluster.reports[0]
    episode = f"R-{first.id}"
    warning_id = derived_id(first.at, "reports", episode)
    warning = begun(
        desk, kind, made.content, warning_id, by=SYSTEM, origin="reports",
        episode=episode, provenance=made.provenance,
    )  # fmt: skip
    try:
        return opened(desk, warning, kind, action="propose", by=SYSTEM)
    except Conflict:
        return found(desk, warning_id)


def written_cluster(
    cluster: Cluster, book: Book, city: Reference, kind: Kind, row: Mapping
) -> Written:
    """The draft of a cluster: a circle around its reports."""
    lat, lon = cluster.centre
    day = local_date(cluster.reports[0].at)
    reach = max(distance_m(lat, lon, each.lat, each.lon) for each in cluster.reports)
    ward = city.ward_at(lat, lon, day)
    name = ward.name if ward else f"{lat:.3f}, {lon:.3f}"
    area = Area(
        name=Text(vi=f"Quanh điểm tại {name}"[:50], en=f"Around a point in {name}"[:50]),
        circles=((lat, lon, float(round(reach + MARGIN_M))),),
    )
    facts = {"reports": len(cluster.reports), "seen_at": cluster.reports[0].at.isoformat()}
    return Written(
        content=compose(
            kind,
            severity=row.levels[0].severity,
            fields={name: value for name, value in facts.items() if kind.spec(name)},
            area=settled(area, city, day),
            urgency=None if row.urgency == "by_trend" else row.urgency,
            certainty=row.certainty,
        ),
        provenance=Provenance(
            origin="reports",
            source=cluster.model_dump(mode="json"),
            mapping=row.id,
            mapping_version=row.version,
            kind_version=kind.version,
            report_ids=tuple(each.id for each in cluster.reports),
            documents_version=book.version,
        ),
    )
