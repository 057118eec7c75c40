"""The published language in `events/`: JSON Schemas and an AsyncAPI document from the contracts.

`python -m infra.build.events` writes; `--check` fails when a file is stale, and when a released
schema has changed in a way that could break a reader: a field gone, a type changed, a new duty.
"""

import importlib
import json
import pkgutil
import sys
from typing import Any

from infra.build.units import ROOT, all_units

OUT = ROOT / "events"


def contracts() -> dict[str, Any]:
    """Every published event by its type."""
    all_units()  # puts the layer on the path
    import city.contracts
    from city.contracts.envelope import Announcement

    for module in pkgutil.iter_modules(city.contracts.__path__):
        importlib.import_module(f"city.contracts.{module.name}")

    def below(base: type[Announcement]) -> list[type[Announcement]]:
        return [c for sub in base.__subclasses__() for c in [sub, *below(sub)]]

    return {
        c.event_type(): c for c in sorted(below(Announcement), key=str) if hasattr(c, "happened")
    }


def listeners() -> dict[str, list[str]]:
    """Which units listen to each type."""
    heard: dict[str, list[str]] = {}
    for name, app in all_units().items():
        for event_type in app.listeners:  # type: ignore[attr-defined]
            heard.setdefault(event_type, []).append(name)
    return {event_type: sorted(units) for event_type, units in heard.items()}


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema (2020-12) of each event's data, by path under events/."""
    made = {}
    for event_type, contract in contracts().items():
        schema = contract.model_json_schema(mode="serialization")
        made[f"{contract.unit}/{contract.happened}.v{contract.wire_version}.schema.json"] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": f"urn:hue-s:event:{event_type}",
            **schema,
        }
    return made


def asyncapi() -> dict[str, Any]:
    """AsyncAPI 3.0: one channel, the bus; one message per event."""
    import city

    heard = listeners()
    messages, operations = {}, {}
    for event_type, contract in contracts().items():
        key = event_type.replace(".", "_")
        path = f"./{contract.unit}/{contract.happened}.v{contract.wire_version}.schema.json"
        messages[key] = {
            "name": event_type,
            "title": (contract.__doc__ or "").split("\n", 1)[0],
            "contentType": "application/cloudevents+json",
            "payload": {"$ref": path},
            "x-listeners": heard.get(event_type, []),
        }
        operations[f"publish_{key}"] = {
            "action": "send",
            "channel": {"$ref": "#/channels/bus"},
            "messages": [{"$ref": f"#/channels/bus/messages/{key}"}],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Hue-S events",
            "version": city.__version__,
            "description": "CloudEvents 1.0 in JSON; EventBridge `Detail` is the whole event, "
            "`DetailType` its type. Consumers are idempotent by event id.",
        },
        "channels": {"bus": {"address": "hues-<stage>", "messages": messages}},
        "operations": operations,
    }


def catalogue() -> str:
    """Who says what, and who listens."""
    heard = listeners()
    lines = [
        "# Events",
        "",
        "Made by `python -m infra.build.events` from `city.contracts`; do not edit.",
        "",
        "| type | said by | when | heard by |",
        "|---|---|---|---|",
    ]
    for event_type, contract in contracts().items():
        when = (contract.__doc__ or "").split("\n", 1)[0]
        who = ", ".join(heard.get(event_type, [])) or "–"
        lines.append(f"| `{event_type}` | {contract.unit} | {when} | {who} |")
    return "\n".join(lines) + "\n"


def breaks(old: dict[str, Any], new: dict[str, Any], where: str = "") -> list[str]:
    """What a reader of `old` would trip over in `new`."""
    found: list[str] = []
    for field, shape in old.get("properties", {}).items():
        if field not in new.get("properties", {}):
            found.append(f"{where}{field} is gone")
            continue
        for word in ("type", "$ref", "format", "enum"):
            was, now = shape.get(word), new["properties"][field].get(word)
            if was != now and not (word == "enum" and set(was or ()) <= set(now or ())):
                found.append(f"{where}{field}: {word} was {was}, is {now}")
    found += [
        f"{where}{f} no longer always there"
        for f in old.get("required", [])
        if f not in new.get("required", [])
    ]
    for name, shape in old.get("$defs", {}).items():
        found += breaks(shape, new.get("$defs", {}).get(name, {}), f"{where}{name}.")
    return found


def main() -> int:
    """Write or check."""
    texts = {
        **{path: _json(schema) for path, schema in schemas().items()},
        "asyncapi.json": _json(asyncapi()),
        "catalogue.md": catalogue(),
    }
    complaints: list[str] = []
    for path, schema in schemas().items():
        held = OUT / path
        if held.exists():
            old = json.loads(held.read_text("utf-8"))
            complaints += [f"{path}: {what}" for what in breaks(old, schema)]
    if complaints and "--force" not in sys.argv:
        print(
            "a released event would break its readers; make a v2 instead:", *complaints, sep="\n  "
        )
        return 1
    stale = [p for p, t in texts.items() if not (OUT / p).exists() or (OUT / p).read_text() != t]
    known = {str(OUT / p) for p in texts}
    gone = [str(p) for p in OUT.rglob("*.schema.json") if str(p) not in known]
    if "--check" in sys.argv:
        if stale or gone:
            print("stale, run python -m infra.build.events:", *stale, *gone, sep="\n  ")
        return int(bool(stale or gone))
    for path, content in texts.items():
        (OUT / path).parent.mkdir(parents=True, exist_ok=True)
        (OUT / path).write_text(content, encoding="utf-8")
    print(f"events/: {len(texts) - 2} schemas, {len(stale)} files changed")
    return 0


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.exit(main())
