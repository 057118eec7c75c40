"""Official boundaries: GeoJSON in, a dated boundary set out.

    python -m infra.seed.import_boundaries FILE --name boundaries_2030 --level commune \
        --valid-from 2030-01-01 --source "Decision 1/2030" [--valid-to DAY] [--tolerance 0.0005]

Checks before it writes: every feature has a `code` (once) and a polygon in WGS84 degrees; every
code is a unit of that level on that day; polygons are valid or can be mended without changing
their area by more than 0.1 %; outlines do not overlap by more than 0.5 % of the whole; every unit
of the level is there. Holes that belong to nobody are warned of. The outlines are simplified
together (degrees; 0 leaves them alone), so that neighbours stay neighbours, rounded to six
decimals (about 0.1 m) and wound as RFC 7946 says. Errors stop it and nothing is written.
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from shapely import coverage_simplify, make_valid, remove_repeated_points, unary_union
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.polygon import orient

HERE = Path(__file__).parent
DATA = HERE / "data"
MENDED_AREA = 0.001
OVERLAP_AREA = 0.005
DECIMALS = 6
VIET_NAM = (102.0, 8.0, 118.0, 24.0)  # west, south, east, north: metres of VN-2000 lie far outside


class BoundaryError(Exception):
    """The file cannot become a boundary set; the message lists every reason."""


def polygons(geometry: Any) -> list[Polygon]:
    """The polygons of a geometry, largest first; slivers left by mending are dropped."""
    parts = [geometry] if isinstance(geometry, Polygon) else list(getattr(geometry, "geoms", []))
    found = [p for p in parts if isinstance(p, Polygon) and p.area > 1e-9]
    return sorted(found, key=lambda p: -p.area)


def outline(code: str, geometry: Any) -> dict[str, Any]:
    """One boundary of the document."""
    rings = []
    for polygon in polygons(geometry):
        wound = orient(remove_repeated_points(polygon))
        rings.append([_ring(wound.exterior), *(_ring(hole) for hole in wound.interiors)])
    return {"code": code, "polygons": rings}


def _ring(ring: Any) -> list[list[float]]:
    return [[round(x, DECIMALS), round(y, DECIMALS)] for x, y, *_ in ring.coords]


def boundary_set(
    collection: dict[str, Any],
    units: list[dict[str, Any]],
    *,
    level: str,
    valid_from: str | None,
    valid_to: str | None,
    source: str,
    tolerance: float,
) -> tuple[dict[str, Any], list[str]]:
    """The document and the warnings.

    Raises:
        BoundaryError: some feature or the whole fails a check.
    """
    day = date.fromisoformat(valid_from or valid_to or "")  # main asks for one of them
    known = {u["code"] for u in units if u["level"] == level and _holds(u, day)}
    errors: list[str] = []
    warnings: list[str] = []
    shapes: dict[str, Any] = {}
    for i, feature in enumerate(collection.get("features", [])):
        code = str((feature.get("properties") or {}).get("code"))
        try:
            geometry, mended = _sound(feature.get("geometry"))
        except BoundaryError as error:
            errors.append(f"feature {i} ({code}): {error}")
            continue
        if code not in known:
            errors.append(f"feature {i}: code {code} is no unit of level {level} on {day}")
        elif code in shapes:
            errors.append(f"feature {i}: code {code} comes twice")
        elif mended:
            warnings.append(f"feature {i} ({code}): mended")
        shapes[code] = geometry
    missing = sorted(known - set(shapes))
    if missing:
        errors.append(f"units without an outline: {', '.join(missing)}")
    if errors:
        raise BoundaryError("\n".join(errors))
    warnings += _whole(shapes)
    codes = sorted(shapes)
    simple = [shapes[code] for code in codes]
    if tolerance:
        simple = list(coverage_simplify(simple, tolerance))
    document = {
        "level": level,
        "approximate": False,
        "source": source,
        **({"valid_from": valid_from} if valid_from else {}),
        **({"valid_to": valid_to} if valid_to else {}),
        "boundaries": [outline(code, made) for code, made in zip(codes, simple, strict=True)],
    }
    return document, warnings


def _sound(read: Any) -> tuple[Any, bool]:
    """A valid polygon or several, and whether it had to be mended.

    Raises:
        BoundaryError: it is none, or cannot be mended.
    """
    geometry = shape(read) if read else None
    if not isinstance(geometry, Polygon | MultiPolygon) or geometry.is_empty:
        raise BoundaryError("not a polygon")
    west, south, east, north = geometry.bounds
    if west < VIET_NAM[0] or south < VIET_NAM[1] or east > VIET_NAM[2] or north > VIET_NAM[3]:
        raise BoundaryError("not in WGS84 degrees (longitude, latitude) of Viet Nam")
    if geometry.is_valid:
        return geometry, False
    mended = unary_union(polygons(make_valid(geometry)))
    if abs(mended.area - geometry.area) > MENDED_AREA * mended.area:
        raise BoundaryError("invalid and not mendable")
    return mended, True


def _whole(shapes: dict[str, Any]) -> list[str]:
    """What is odd about all outlines together.

    Raises:
        BoundaryError: they overlap too much.
    """
    union = unary_union(list(shapes.values()))
    overlap = sum(geometry.area for geometry in shapes.values()) / union.area - 1
    if overlap > OVERLAP_AREA:
        raise BoundaryError(f"outlines overlap by {100 * overlap:.2f} %")
    holes = sum(len(polygon.interiors) for polygon in polygons(union))
    return [f"{holes} holes belong to no unit"] if holes else []


def _holds(unit: dict[str, Any], day: date) -> bool:
    since, until = unit.get("valid_from"), unit.get("valid_to")
    return (since is None or date.fromisoformat(since) <= day) and (
        until is None or day <= date.fromisoformat(until)
    )


def main(arguments: list[str]) -> int:
    """Import one file."""
    parser = argparse.ArgumentParser(description="Import official boundaries")
    parser.add_argument("file", type=Path)
    parser.add_argument("--name", required=True, help="document name, begins with boundaries")
    parser.add_argument("--level", required=True)
    parser.add_argument("--valid-from")
    parser.add_argument("--valid-to")
    parser.add_argument("--source", required=True)
    parser.add_argument("--tolerance", type=float, default=0.0005)
    given = parser.parse_args(arguments)
    if not given.valid_from and not given.valid_to:
        parser.error("give --valid-from or --valid-to")
    units = json.loads((DATA / "units.json").read_text("utf-8"))
    try:
        document, warnings = boundary_set(
            json.loads(given.file.read_text("utf-8")),
            units,
            level=given.level,
            valid_from=given.valid_from,
            valid_to=given.valid_to,
            source=given.source,
            tolerance=given.tolerance,
        )
    except BoundaryError as error:
        print(f"not imported:\n{error}", file=sys.stderr)
        return 1
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    out = DATA / f"{given.name}.json"
    out.write_text(json.dumps(document, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{out.name}: {len(document['boundaries'])} outlines, {out.stat().st_size // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
