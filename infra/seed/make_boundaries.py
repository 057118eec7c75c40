"""The approximate demo geometry of the communes: `python -m infra.seed.make_boundaries`.

Not official and not surveyed. The second-level outlines before 2021-07-01 are real
(sources/hue-districts.geojson); every former commune lies wholly inside one of them, and there it
is given the points nearest to a rough centre of ours (sources/centres.json): a Voronoi cell. A
commune of today is the union of the cells that it was formed from, which is a fact. So borders
along the old second-level outlines are about right and all others are guesses. Good enough to
route a demo report; every answer made from it says `approximate`.
"""

import json
from typing import Any

from shapely import (
    MultiPoint,
    Point,
    coverage_simplify,
    polygonize,
    unary_union,
    voronoi_polygons,
)
from shapely.geometry import shape

from infra.seed.import_boundaries import outline, polygons
from infra.seed.make_units import former_parent
from infra.seed.writing import DATA, EVE, HERE, REFORM, facts

RIM = 0.002  # degrees outside the outlines (220 m): a report from the water's edge finds its ward
TOLERANCE = 0.0008  # degrees (about 85 m), over the whole coverage: neighbours stay neighbours
SLIVER = 1e-6  # square degrees, about 1.2 ha
SOURCE = (
    "Hue-S demo geometry: nearest rough centre within the district outlines of before July 2021; "
    "not official, not surveyed"
)


def former_communes(districts: dict[str, Any], centres: dict[str, Point]) -> dict[str, Any]:
    """A gapless partition of the city among the former communes."""
    frame = unary_union(list(districts.values())).buffer(RIM)
    frame = unary_union([part.buffer(0) for part in _filled(frame)])
    groups: dict[str, dict[str, Point]] = {code: {} for code in districts}
    for code, centre in centres.items():
        parent = former_parent(code)
        if not districts[parent].contains(centre):
            raise SystemExit(f"sources/centres.json: {code} lies outside {parent}")
        groups[parent][code] = centre
    inside = unary_union(list(districts.values()))
    lines = [frame.boundary, _voronoi(centres, frame).difference(inside)]
    for parent, outlined in districts.items():
        lines += [outlined.boundary, _voronoi(groups[parent], outlined)]
    cells: dict[str, list[Any]] = {code: [] for code in centres}
    for face in polygonize([unary_union(lines)]).geoms:
        point = face.representative_point()
        near = groups[min(districts, key=lambda parent: districts[parent].distance(point))]
        cells[min(near, key=lambda code: near[code].distance(point))].append(face)
    joined = {code: unary_union(faces) for code, faces in cells.items()}
    simple = coverage_simplify(list(joined.values()), TOLERANCE)
    return dict(zip(joined, simple, strict=True))


def _filled(frame: Any) -> list[Any]:
    """The frame without holes that are nobody's: lagoons left out of the outlines."""
    return [type(part)(part.exterior) for part in polygons(frame)]


def _voronoi(centres: dict[str, Point], within: Any) -> Any:
    """The lines between the cells of some centres."""
    points = MultiPoint(list(centres.values()))
    return voronoi_polygons(points, extend_to=within, only_edges=True).intersection(within)


def _document(shapes: dict[str, Any], **days: str) -> dict[str, Any]:
    return {
        "level": "commune",
        "approximate": True,
        "source": SOURCE,
        **days,
        "boundaries": [
            outline(code, unary_union([p for p in polygons(shapes[code]) if p.area > SLIVER]))
            for code in sorted(shapes)
        ],
    }


def main() -> None:
    """Write both sets."""
    read = json.loads((HERE / "sources/hue-districts.geojson").read_text("utf-8"))["features"]
    districts = {f["properties"]["code"]: shape(f["geometry"]) for f in read}
    raw = json.loads((HERE / "sources/centres.json").read_text("utf-8"))
    known = facts()
    stood = {c["code"] for d in known["until_2025_06_30"]["districts"] for c in d["communes"]}
    if stood != set(raw):
        raise SystemExit("sources/centres.json does not fit the list of former communes")
    before = former_communes(districts, {code: Point(lon, lat) for code, (lat, lon) in raw.items()})
    # The resolution also names a commune that had been merged away earlier: it has no outline.
    now = {
        commune["code"]: unary_union(
            [before[old["code"]] for old in commune["formed_from"] if old["code"] in stood]
        )
        for commune in known["from_2025_07_01"]["communes"]
    }
    for name, document in (
        ("boundaries_2025_07", _document(now, valid_from=REFORM)),
        ("boundaries_2019", _document(before, valid_to=EVE)),
    ):
        path = DATA / f"{name}.json"
        path.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
        size = path.stat().st_size // 1024
        print(f"{path.name}: {len(document['boundaries'])} outlines, {size} kB")


if __name__ == "__main__":
    main()
