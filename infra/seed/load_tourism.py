"""Loading the visitors' guide into the unit `tourism`."""

import json
from typing import Any

from infra.seed.documents import version
from infra.seed.writing import DATA


def tourism_documents() -> dict[str, Any]:
    """The documents by name."""
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((DATA / "tourism").glob("*.json"))
    }


def main() -> None:
    """Publish the documents if they changed."""
    from city.adapters.reference import publish
    from city.adapters.settings import settings
    from city.adapters.table_dynamo import DynamoTable

    held = DynamoTable(settings().table("tourism"), settings().region)
    made = tourism_documents()
    current = held.get("REFERENCE", "CURRENT")
    if current is None or current.doc["version"] != version(made):
        publish(held, made, version(made))
    print(
        f"  tourism {version(made)}: {len(made['sights'])} sights, {len(made['routes'])} routes, "
        f"{len(made['scenes'])} drawn scenes",
        flush=True,
    )
