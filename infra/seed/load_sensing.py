"""Loading stations, rules and tables into the unit `sensing`, and in a sandbox the gateways' keys.

The demo keys are `<gateway>.sandbox`; only stages with developers' doors have them.
"""

import json
from typing import Any

from infra.seed.documents import version
from infra.seed.writing import DATA


def sensing_documents() -> dict[str, Any]:
    """The documents by name."""
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((DATA / "sensing").glob("*.json"))
    }


def main() -> None:
    """Publish the documents if they changed; give demo gateways their keys where that is fine."""
    from city.adapters.gateways import GatewayKeys
    from city.adapters.reference import publish
    from city.adapters.settings import settings
    from city.adapters.table_dynamo import DynamoTable
    from city.kernel.clock import utc_now

    held = DynamoTable(settings().table("sensing"), settings().region)
    made = sensing_documents()
    current = held.get("REFERENCE", "CURRENT")
    if current is None or current.doc["version"] != version(made):
        publish(held, made, version(made))
    if settings().sandbox:
        keys = GatewayKeys("sensing", held, settings().token_secret)
        for gateway in made["gateways"]:
            if held.get(f"GATEWAY#{gateway['id']}", "KEY") is None:
                keys.replace(gateway["id"], "sandbox", utc_now())
    print(f"  sensing {version(made)}: {len(made['stations'])} stations", flush=True)
