"""Loading the fleet, rules and lines into the unit `vessels`; in a sandbox the gateways' keys too.

The demo keys are `<gateway>.sandbox`; only stages with developers' doors have them.
"""

import json
from collections.abc import Mapping
from typing import Any

from infra.seed.documents import version
from infra.seed.writing import DATA


def vessel_documents(accounts: Mapping[str, str]) -> dict[str, Any]:
    """The documents by name; owners' telephone numbers become the ids of their accounts."""
    made = {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((DATA / "vessels").glob("*.json"))
    }
    for boat in made["boats"]:
        boat["account"] = accounts.get(boat.pop("phone") or "")
    return made


def main(accounts: Mapping[str, str]) -> None:
    """Publish the documents if they changed; give demo gateways their keys where that is fine."""
    from city.adapters.gateways import GatewayKeys
    from city.adapters.reference import publish
    from city.adapters.settings import settings
    from city.adapters.table_dynamo import DynamoTable
    from city.kernel.clock import utc_now

    held = DynamoTable(settings().table("vessels"), settings().region)
    made = vessel_documents(accounts)
    current = held.get("REFERENCE", "CURRENT")
    if current is None or current.doc["version"] != version(made):
        publish(held, made, version(made))
    if settings().sandbox:
        keys = GatewayKeys("vessels", held, settings().token_secret)
        for gateway in made["gateways"]:
            if held.get(f"GATEWAY#{gateway['id']}", "KEY") is None:
                keys.replace(gateway["id"], "sandbox", utc_now())
    print(f"  vessels {version(made)}: {len(made['boats'])} boats, all invented", flush=True)
