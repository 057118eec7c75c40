"""Loading definitions and first values into the unit `indicators`; a value that is there stays."""

import json
from datetime import UTC, datetime
from typing import Any

from infra.seed.documents import version
from infra.seed.writing import DATA

SEEDED_AT = datetime(2026, 11, 1, tzinfo=UTC)


def indicator_documents() -> dict[str, Any]:
    """The documents by name, and the `values`."""
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((DATA / "indicators").glob("*.json"))
    }


def main() -> None:
    """Publish the documents if they changed; write the values that are not there."""
    from city.adapters.reference import publish
    from city.adapters.settings import settings
    from city.adapters.table_dynamo import DynamoTable

    held = DynamoTable(settings().table("indicators"), settings().region)
    made = indicator_documents()
    values = made.pop("values")
    current = held.get("REFERENCE", "CURRENT")
    if current is None or current.doc["version"] != version(made):
        publish(held, made, version(made))
    seed(held, values)
    print(
        f"  indicators {version(made)}: {len(made['definitions'])}, {len(values)} values",
        flush=True,
    )


def seed(held: Any, values: list[dict[str, Any]]) -> None:
    """Write values where there are none."""
    from city.adapters.table import ABSENT, Put, Row
    from city.indicators.model import Cell, IndicatorRevision

    rows = {}
    for one in values:
        facts = {key: one[key] for key in ("value", "note", "source")}
        revision = IndicatorRevision(**facts, submission="seed", released_at=SEEDED_AT)
        cell = Cell(code=one["code"], period=one["period"], area=one["area"],
                    revisions=(revision,))  # fmt: skip
        key = (f"V#{cell.code}", f"{cell.area}#{cell.period}")
        rows[key] = Row(*key, cell.model_dump(mode="json"))
    missing = sorted(rows.keys() - held.get_many(list(rows)).keys())
    for first in range(0, len(missing), 50):
        held.commit(*(Put(rows[key], ABSENT) for key in missing[first : first + 50]))
