"""Loading the demo cameras into the registry; in a sandbox the machines' keys too.

The demo fleet's key is `fleet.sandbox`, that of the demo's signal controller `lights.sandbox`, that
of who makes vectors of faces `enroller.sandbox`; only
stages with developers' doors have them. A camera that is there already is left as it is. The
detector that comes with the project is published too, since the demo's cameras are to be watched
with it.
"""

import json
from typing import Any

import boto3

from gpu_workers.cameras.register import register
from gpu_workers.cameras.registry import Bucket
from infra.local.place import ROOT
from infra.seed.writing import DATA, words

FLEET, ENROLLER = "fleet", "enroller"
SIGNAL: dict[str, Any] = {
    "id": "nga-sau", "gateway": "lights",
    "name": words("Tủ đèn ngã sáu (mẫu)", "Six-way junction (demo)"),
}  # fmt: skip
DETECTOR = ROOT / "gpu_workers/cameras/models/hues-nano/2"


def demo_cameras() -> list[dict[str, Any]]:
    """The document."""
    made: list[dict[str, Any]] = json.loads((DATA / "cameras.json").read_text("utf-8"))
    return made


def main() -> None:
    """Register those that are missing, switched off, with their rules in force."""
    from city.adapters.gateways import GatewayKeys
    from city.adapters.settings import settings
    from city.adapters.table import Put, Row, everything
    from city.adapters.table_dynamo import DynamoTable
    from city.cameras.model import RuleVersion
    from city.cameras.registry import NewCamera, made
    from city.cameras.signals import Controller
    from city.cameras.store import Store, doc
    from city.contracts.watching import Rule
    from city.kernel.clock import utc_now
    from pydantic import TypeAdapter

    held, now = DynamoTable(settings().table("cameras"), settings().region), utc_now()
    there = {row.sk for row in everything(held, "CAMERAS")}
    rules_of = TypeAdapter(tuple[Rule, ...])
    operations = []
    for told in demo_cameras():
        if told["id"] in there:
            continue
        rules = rules_of.validate_python(told.pop("rules"))
        camera = made(NewCamera(**told, simulated=True), settings().token_secret, demo=True)
        operations.append(Store.put_camera(camera.model_copy(update={"rules": rules}), new=True)[1])
        operations += [
            Store.put_rule(
                RuleVersion(
                    camera_id=camera.id, rule=rule, state="live", by="seed", at=now,
                    published_by="seed", published_at=now,
                ),
                new=True,
            )
            for rule in rules
        ]  # fmt: skip
    if held.get("SIGNALS", SIGNAL["id"]) is None:
        operations.append(Put(Row("SIGNALS", SIGNAL["id"], doc(Controller(**SIGNAL)))))
    for first in range(0, len(operations), 90):
        held.commit(*operations[first : first + 90])
    if settings().sandbox and held.get(f"GATEWAY#{FLEET}", "KEY") is None:
        GatewayKeys("cameras", held, settings().token_secret).replace(FLEET, "sandbox", now)
        lights = GatewayKeys("signals", held, settings().token_secret, shelf="SIGNALKEY")
        lights.replace(SIGNAL["gateway"], "sandbox", now)
    review = DynamoTable(settings().table("violations"), settings().region)
    if settings().sandbox and review.get(f"GATEWAY#{ENROLLER}", "KEY") is None:
        GatewayKeys("violations", review, settings().token_secret).replace(ENROLLER, "sandbox", now)
    bucket = Bucket(boto3.client("s3"), settings().evidence_bucket)
    model = register(DETECTOR / "model.onnx", DETECTOR / "card.json", bucket)
    print(f"  cameras: {len(demo_cameras())}, all invented, switched off; {model}", flush=True)
