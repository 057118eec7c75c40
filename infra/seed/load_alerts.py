"""Loading kinds, words, mappings and stations of warnings into the unit `alerts`."""

import json
from typing import Any

from infra.seed.documents import version
from infra.seed.writing import DATA


def alerts_documents() -> dict[str, Any]:
    """The documents by name; every file in `kinds` is one hazard in one or more versions."""
    here = DATA / "alerts"
    made = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(here.glob("*.json"))}
    kinds: list[dict[str, Any]] = []
    for path in sorted((here / "kinds").glob("*.json")):
        held = json.loads(path.read_text("utf-8"))
        kinds += held if isinstance(held, list) else [held]
    return {**made, "kinds": kinds}


def main() -> None:
    """Publish the documents if they changed."""
    from city.adapters.reference import publish
    from city.adapters.settings import settings
    from city.adapters.table_dynamo import DynamoTable

    held = DynamoTable(settings().table("alerts"), settings().region)
    made = alerts_documents()
    current = held.get("REFERENCE", "CURRENT")
    if current is None or current.doc["version"] != version(made):
        publish(held, made, version(made))
    print(f"  alerts {version(made)}: {len(made['kinds'])} kinds", flush=True)
