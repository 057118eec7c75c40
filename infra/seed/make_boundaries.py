"""The approximate demo geometry of the communes: `python -m infra.seed.make_boundaries`.

Not official and not surveyed. The frame is the real outline of the city (the imported districts,
before 2025). Inside it each of the 40 communes is the set of points nearest to a rough centre of
ours (sources/centres.json): a Voronoi cell. The 133 former communes are slices of the cell of the
commune that they became part of. Good enough to route a demo report; every answer made from it
says `approximate`.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

from shapely import MultiPoint, Point, unary_union, voronoi_polygons
from shapely.geometry import shape

from infra.seed.import_boundaries import outline, polygons

HERE = Path(__file__).parent
DATA = HERE / "data"
FRAME_TOLERANCE = 0.002
CELL_TOLERANCE = 0.0005
SAMPLES, ROUNDS = 600, 12


def _cells(frame: Any, centres: dict[str, Point]) -> dict[str, Any]:
    """The part of a frame nearest to each centre."""
    found: dict[str, Any] = {}
    for cell in voronoi_polygons(MultiPoint(list(centres.values())), extend_to=frame).geoms:
        for code, centre in centres.items():
            if cell.contains(centre):
                found[code] = unary_union(polygons(cell.intersection(frame)))
    return found


def _slices(cell: Any, codes: list[str]) -> dict[str, Any]:
    """A cell cut into roughly equal parts, by Lloyd's algorithm on points drawn inside it."""
    if len(codes) == 1:
        return {codes[0]: cell}
    random = Random(",".join(codes))
    west, south, east, north = cell.bounds
    points: list[Point] = []
    while len(points) < SAMPLES:
        point = Point(random.uniform(west, east), random.uniform(south, north))
        if cell.contains(point):
            points.append(point)
    centres = points[: len(codes)]
    for _ in range(ROUNDS):
        groups: list[list[Point]] = [[] for _ in codes]
        for point in points:
            groups[min(range(len(codes)), key=lambda i: point.distance(centres[i]))].append(point)
        centres = [
            MultiPoint(group).centroid if group else centre
            for group, centre in zip(groups, centres, strict=True)
        ]
    return _cells(cell, dict(zip(codes, centres, strict=True)))


def _document(shapes: dict[str, Any], **days: str) -> dict[str, Any]:
    return {
        "level": "commune",
        "approximate": True,
        "source": "Hue-S demo geometry: Voronoi cells around rough centres, not official",
        **days,
        "boundaries": [outline(code, shapes[code], CELL_TOLERANCE) for code in sorted(shapes)],
    }


def main() -> None:
    """Write both sets."""
    districts = json.loads((HERE / "sources/hue-districts.geojson").read_text("utf-8"))
    frame = unary_union([shape(f["geometry"]).buffer(0.0005) for f in districts["features"]])
    frame = frame.simplify(FRAME_TOLERANCE)
    raw = json.loads((HERE / "sources/centres.json").read_text("utf-8"))
    now = _cells(frame, {code: Point(lon, lat) for code, (lat, lon) in raw.items()})
    facts = json.loads((HERE / "sources/hue-units.json").read_text("utf-8"))
    communes = facts["from_2025_07_01"]["communes"]
    if {c["code"] for c in communes} != set(now):
        raise SystemExit("sources/centres.json does not fit the list of communes")
    before: dict[str, Any] = {}
    # The resolution also names a commune that had been merged away earlier: it has no outline.
    stood = {c["code"] for d in facts["until_2025_06_30"]["districts"] for c in d["communes"]}
    for commune in communes:
        parts = [old["code"] for old in commune["formed_from"] if old["code"] in stood]
        before |= _slices(now[commune["code"]], parts)
    for name, document in (
        ("boundaries_2025_07", _document(now, valid_from="2025-07-01")),
        ("boundaries_2019", _document(before, valid_to="2025-06-30")),
    ):
        path = DATA / f"{name}.json"
        path.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{path.name}: {len(document['boundaries'])} outlines, {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
