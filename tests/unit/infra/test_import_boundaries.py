"""The importer of official boundaries: what it takes and what it refuses."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import MultiPolygon

from infra.seed import import_boundaries
from infra.seed.import_boundaries import BoundaryError, boundary_set, main
from infra.seed.writing import HERE

UNITS = [{"code": code, "name": code, "level": "ward"} for code in ("a", "b")]


def square(west: float, clockwise: bool = False) -> list[list[float]]:
    east = west + 0.1
    ring = [[west, 16.0], [east, 16.0], [east, 16.1], [west, 16.1], [west, 16.0]]
    return ring[::-1] if clockwise else ring


def collection(**rings: list[list[float]]) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"code": code},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
            for code, ring in rings.items()
        ],
    }


def imported(read: dict[str, Any], tolerance: float = 0) -> tuple[dict[str, Any], list[str]]:
    return boundary_set(
        read,
        UNITS,
        level="ward",
        valid_from="2030-01-01",
        valid_to=None,
        source="test",
        tolerance=tolerance,
    )


def test_rings_are_wound_outer_counterclockwise() -> None:
    made, warnings = imported(collection(a=square(107.0, clockwise=True), b=square(107.1)))
    assert warnings == []
    assert made["approximate"] is False
    assert made["valid_from"] == "2030-01-01"
    for boundary in made["boundaries"]:
        ring = boundary["polygons"][0][0]
        area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
        assert area > 0


def test_an_overlapping_point_is_mended_and_said() -> None:
    spike = [
        *square(107.0)[:3],
        [107.05, 16.1],
        [107.05, 16.15],
        [107.05, 16.1],
        *square(107.0)[3:],
    ]
    made, warnings = imported(collection(a=spike, b=square(107.1)))
    assert warnings == ["feature 0 (a): mended"]
    assert len(made["boundaries"]) == 2


METRES = [
    [560000.0, 1820000.0],
    [570000.0, 1820000.0],
    [570000.0, 1830000.0],
    [560000.0, 1820000.0],
]
BOW = [[107.0, 16.0], [107.1, 16.1], [107.1, 16.0], [107.0, 16.1], [107.0, 16.0]]


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (collection(a=square(107.0)), "units without an outline: b"),
        (collection(a=square(107.0), b=square(107.1), c=square(107.2)), "code c is no unit"),
        (collection(a=square(107.0), b=square(107.05)), "overlap by 33.33 %"),
        (collection(a=METRES, b=square(107.1)), "not in WGS84 degrees"),
        (collection(a=BOW, b=square(107.1)), "not mendable"),
        ({"features": [{"properties": None, "geometry": None}]}, "not a polygon"),
    ],
)
def test_refused(read: dict[str, Any], message: str) -> None:
    with pytest.raises(BoundaryError, match=message):
        imported(read)


def test_a_code_that_comes_twice_is_refused() -> None:
    read = collection(a=square(107.0), b=square(107.1))
    read["features"].append(read["features"][0])
    with pytest.raises(BoundaryError, match="code a comes twice"):
        imported(read)


def test_the_real_outlines_pass_and_neighbours_stay_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    units = (HERE / "data/units.json").read_text("utf-8")
    (tmp_path / "units.json").write_text(units, "utf-8")
    monkeypatch.setattr(import_boundaries, "DATA", tmp_path)
    source = HERE / "sources/hue-districts.geojson"
    arguments = [str(source), "--name", "boundaries_x", "--level", "district", "--source", "test"]
    assert main([*arguments, "--valid-to", "2021-06-30", "--tolerance", "0.002"]) == 0
    made = json.loads((tmp_path / "boundaries_x.json").read_text("utf-8"))
    shapes = [MultiPolygon([(p[0], p[1:]) for p in b["polygons"]]) for b in made["boundaries"]]
    assert len(shapes) == 9
    whole = shapes[0]
    for shape in shapes[1:]:
        whole = whole.union(shape)
    assert sum(shape.area for shape in shapes) == pytest.approx(whole.area, rel=1e-3)


def test_nothing_is_written_when_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "units.json").write_text(json.dumps(UNITS), "utf-8")
    monkeypatch.setattr(import_boundaries, "DATA", tmp_path)
    bad = tmp_path / "bad.geojson"
    bad.write_text(json.dumps(collection(a=square(107.0))), "utf-8")
    arguments = [str(bad), "--name", "boundaries_y", "--level", "ward", "--source", "test"]
    assert main([*arguments, "--valid-from", "2030-01-01"]) == 1
    assert "units without an outline: b" in capsys.readouterr().err
    assert not (tmp_path / "boundaries_y.json").exists()
