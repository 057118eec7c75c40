"""Names in the API document depend on their own unit, not on which others there are."""

import json

import pytest

from infra.build.openapi import OUT, schema_name


@pytest.mark.parametrize(
    ("unit", "model", "name"),
    [
        ("reports", "Card", "ReportsCard"),
        ("reports", "ReportView", "ReportView"),
        ("bills", "BillView", "BillView"),
        ("bills", "BillerView", "BillsBillerView"),
        ("open311", "Service", "Open311Service"),
        ("kernel", "Text", "Text"),
    ],
)
def test_a_model_is_named_after_its_unit(unit: str, model: str, name: str) -> None:
    assert schema_name(unit, model) == name


def test_no_schema_is_named_after_a_module() -> None:
    names = json.loads(OUT.read_text("utf-8"))["components"]["schemas"]
    assert "ReportsCard" in names and "ViolationsCard" in names
    assert not [name for name in names if "__" in name or name.startswith(("city", "functions"))]


def test_one_more_unit_renames_nothing() -> None:
    from infra.build.openapi import document
    from infra.build.units import all_units

    whole = document()
    every = set(whole["components"]["schemas"])
    for left_out in ("violations", "vessels", "cards"):
        units = {name: app for name, app in all_units().items() if name != left_out}
        fewer = document(units)["components"]["schemas"]
        assert set(fewer) < every
