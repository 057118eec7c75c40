"""A boat's track: as a page, CSV, GeoJSON or GPX. Flags are derived; rows never change."""

import csv
import hashlib
import io
import json
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from pydantic import AwareDatetime, BaseModel, Field

from city.adapters.table import Row
from city.kernel.clock import stamp
from city.kernel.page import decode_cursor, encode_cursor
from city.kernel.problems import invalid
from city.vessels.desk import Desk
from city.vessels.looking import PurposeQuery
from city.vessels.model import Boat, Fix
from city.vessels.moments import millis, moment
from city.vessels.sailing import Memory, step

MOST = 5_000
LONGEST = timedelta(days=93)
USUAL = timedelta(days=7)
GPX = "http://www.topografix.com/GPX/1/1"


class TrackQuery(PurposeQuery):
    """A stretch of time, the last week unless said, three months at most."""

    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    limit: int = Field(MOST, ge=1, le=MOST)
    cursor: str | None = Field(None, max_length=400)


class Position(BaseModel, frozen=True):
    """One position. `flag` says why it does not count, if it does not."""

    t: datetime
    lat: float
    lon: float
    knots: float | None = None
    course: float | None = None
    device: str
    source: str
    flag: str = ""
    received: datetime


class Track(BaseModel, frozen=True):
    """Positions in order of time. `sha256` covers the rows as stored."""

    boat: str
    registration: str
    start: datetime
    end: datetime
    items: list[Position]
    sha256: str
    next_cursor: str | None = None


def track(desk: Desk, boat: Boat, query: TrackQuery) -> Track:
    """A stretch of a boat's track.

    Raises:
        Invalid: the end is before the start, or it is too long.
    """
    end = query.end or desk.now
    start = query.start or end - USUAL
    if not start <= end <= start + LONGEST:
        raise invalid("end", "Khoảng thời gian tối đa 93 ngày.", "At most 93 days.")
    after = decode_cursor(query.cursor).get("a")
    rows = _rows(desk, boat.id, start, end, str(after) if after else None, query.limit + 1)
    more, rows = len(rows) > query.limit, rows[: query.limit]
    memory, items = Memory(), []
    for row in rows:
        fix = Fix.unpacked(row.doc["fix"])
        memory, flag = step(desk.book, boat, memory, fix)
        items.append(_position(fix, flag, row.doc["rx"]))
    digest = hashlib.sha256(json.dumps([row.doc for row in rows], sort_keys=True).encode())
    return Track(
        boat=boat.id,
        registration=boat.registration,
        start=start,
        end=end,
        items=items,
        sha256=digest.hexdigest(),
        next_cursor=encode_cursor({"a": rows[-1].sk}) if more else None,
    )


def _position(fix: Fix, flag: str, received: int) -> Position:
    return Position(
        t=moment(fix.t), lat=fix.lat, lon=fix.lon, knots=fix.knots, course=fix.course,
        device=fix.device, source=fix.source, flag=flag, received=moment(received),
    )  # fmt: skip


def _rows(
    desk: Desk, boat: str, start: datetime, end: datetime, after: str | None, limit: int
) -> list[Row]:
    begin = f"{millis(start):013}"
    after = max(after or "", begin)
    until = f"{millis(end):013}~"
    rows: list[Row] = []
    month = moment(int(after[:13])).replace(day=1)
    while month <= end and len(rows) < limit:
        page, _ = desk.store.track(
            boat, f"{month:%Y%m}", after=after, until=until, limit=limit - len(rows)
        )
        rows += page
        month = (month + timedelta(days=32)).replace(
            day=1, hour=0, minute=0, second=0, microsecond=0
        )
    return rows


def as_csv(found: Track) -> str:
    """Comma-separated, times in UTC."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        ["time_utc", "lat", "lon", "knots", "course", "device", "source", "flag", "received_utc"]
    )
    for p in found.items:
        writer.writerow(
            [
                stamp(p.t),
                p.lat,
                p.lon,
                p.knots,
                p.course,
                p.device,
                p.source,
                p.flag,
                stamp(p.received),
            ]
        )
    return out.getvalue()


def as_geojson(found: Track) -> dict[str, Any]:
    """A line of what counts, and every position as a point (RFC 7946)."""
    good = [[p.lon, p.lat] for p in found.items if not p.flag]
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [p.lon, p.lat]},
            "properties": {
                "t": stamp(p.t), "knots": p.knots, "course": p.course, "device": p.device,
                "source": p.source, "flag": p.flag,
            },
        }
        for p in found.items
    ]  # fmt: skip
    if len(good) > 1:
        line = {"type": "LineString", "coordinates": good}
        told = {"boat": found.registration, "sha256": found.sha256}
        features.insert(0, {"type": "Feature", "geometry": line, "properties": told})
    return {"type": "FeatureCollection", "features": features}


def as_gpx(found: Track) -> str:
    """GPX 1.1: one segment of what counts."""
    ET.register_namespace("", GPX)
    root = ET.Element(f"{{{GPX}}}gpx", {"version": "1.1", "creator": "Hue-S"})
    made = ET.SubElement(root, f"{{{GPX}}}trk")
    ET.SubElement(made, f"{{{GPX}}}name").text = found.registration
    segment = ET.SubElement(made, f"{{{GPX}}}trkseg")
    for p in found.items:
        if p.flag:
            continue
        place = {"lat": str(p.lat), "lon": str(p.lon)}
        point = ET.SubElement(segment, f"{{{GPX}}}trkpt", place)
        ET.SubElement(point, f"{{{GPX}}}time").text = stamp(p.t)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
