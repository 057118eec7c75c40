"""Official boundaries: GeoJSON in, a dated boundary set out.

    python -m infra.seed.import_boundaries FILE --name boundaries_2030 --level commune \
        --valid-from 2030-01-01 --source "Decision 1/2030" [--tolerance 0.0005]

Checks before it writes: every feature has `code` and `name` and a polygon; every code is a unit of
that level and time; polygons are valid or can be mended without changing their area by more than
0.1 %; outlines do not overlap by more than 0.5 % of the whole; every unit of the level is there.
The geometry is simplified (degrees), rounded to six decimals (about 0.1 m) and wound as RFC 7946
says. Warnings are printed; errors stop it and nothing is written.
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from shapely import make_valid, remove_repeated_points, unary_union
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.polygon import orient

HERE = Path(__file__).parent
DATA = HERE / "data"
MENDED_AREA = 0.001
OVERLAP_AREA = 0.005
DECIMALS = 6


class NotUsable(Exception):
    """The file cannot become a boundary set; the message lists every reason."""


def polygons(geometry: Any) -> list[Polygon]:
    """The polygons of a geometry, largest first; slivers left by mending are dropped."""
    parts = [geometry] if isinstance(geometry, Polygon) else list(getattr(geometry, "geoms", []))
    found = [p for p in parts if isinstance(p, Polygon) and p.area > 1e-9]
    return sorted(found, key=lambda p: -p.area)


def outline(code: str, geometry: Any, tolerance: float) -> dict[str, Any]:
    """One boundary of the document."""
    simple = geometry.simplify(tolerance) if tolerance else geometry
    rings = []
    for polygon in polygons(simple):
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
        NotUsable: some feature or the whole fails a check.
    """
    day = date.fromisoformat(valid_from or valid_to or date.today().isoformat())
    known = {u["code"] for u in units if u["level"] == level and _holds(u, day)}
    errors: list[str] = []
    warnings: list[str] = []
    shapes: dict[str, Any] = {}
    for i, feature in enumerate(collection.get("features", [])):
        code = (feature.get("properties") or {}).get("code")
        if code not in known:
            errors.append(f"feature {i}: code {code} is no unit of level {level} on {day}")
            continue
        geometry = shape(feature["geometry"])
        if not isinstance(geometry, Polygon | MultiPolygon):
            errors.append(f"feature {i} ({code}): not a polygon")
            continue
        if not geometry.is_valid:
            mended = unary_union(polygons(make_valid(geometry)))
            if abs(mended.area - geometry.area) > MENDED_AREA * geometry.area:
                errors.append(f"feature {i} ({code}): invalid and not mendable")
                continue
            warnings.append(f"feature {i} ({code}): mended")
            geometry = mended
        shapes[code] = geometry
    missing = sorted(known - set(shapes))
    if missing:
        errors.append(f"units without an outline: {', '.join(missing)}")
    if shapes:
        summed, whole = sum(g.area for g in shapes.values()), unary_union(list(shapes.values())).area
        if summed - whole > OVERLAP_AREA * whole:
            errors.append(f"outlines overlap by {100 * (summed / whole - 1):.2f} %")
    if errors:
        raise NotUsable("\n".join(errors))
    document = {
        "level": level,
        "approximate": False,
        "source": source,
        **({"valid_from": valid_from} if valid_from else {}),
        **({"valid_to": valid_to} if valid_to else {}),
        "boundaries": [outline(code, shapes[code], tolerance) for code in sorted(shapes)],
    }
    return document, warnings


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
    except NotUsable as error:
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
