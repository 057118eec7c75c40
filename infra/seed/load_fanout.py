"""What fan-out knows of the city, and the demo people's places, so that a demo warning is heard."""

import json
from typing import Any

from infra.seed.documents import version
from infra.seed.load_alerts import alerts_documents
from infra.seed.writing import DATA

# Hosts of the push services of today's browsers; a new one is a line here.
PUSH_SERVICES = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
# Short messages: without marks two segments hold 306 letters, with them ("ucs2") 134. The sender's
# name is made up: a telecom registers it for a city.
SMS = {"alphabet": "gsm7", "segments": 2, "sender": "HUE-S"}
# Demo people by telephone number, with made-up places: in the old city, on the coast, in the hills.
PLACES: dict[str, list[tuple[str, float, float, bool]]] = {
    "+84900000001": [("Nhà", 16.4668, 107.5792, True), ("Nhà ngoại", 16.5636, 107.6436, False)],
    "+84900000002": [("Nhà", 16.4498, 107.6002, True)],
    "+84900000003": [("Nhà", 16.2737, 107.2326, True)],
}


def fanout_documents() -> dict[str, Any]:
    """The documents by name: kinds of hazards and roles are bits of a snapshot, in this order."""
    roles = json.loads((DATA / "roles.json").read_text("utf-8"))
    return {
        "kinds": sorted({kind["id"] for kind in alerts_documents()["kinds"]}),
        "roles": sorted(role["id"] for role in roles),
        "push_services": list(PUSH_SERVICES),
        "sms": SMS,
    }


def main(people: dict[str, str]) -> None:
    """Publish the documents if they changed; `people` gives account ids by telephone number."""
    from city.adapters.reference import publish, reference
    from city.adapters.stores import table
    from city.adapters.table import ABSENT
    from city.fanout.subscribers import Person, Place, Subscribers
    from city.kernel.clock import local_date, utc_now

    held, made = table("fanout"), fanout_documents()
    current = held.get("REFERENCE", "CURRENT")
    if current is None or current.doc["version"] != version(made):
        publish(held, made, version(made))
    subscribers, today = Subscribers(held), local_date(utc_now())
    for phone, places in PLACES.items():
        user_id = people[phone]
        before, at = subscribers.get(user_id)
        if at != ABSENT:
            continue
        kept = []
        for n, (name, lat, lon, home) in enumerate(places):
            ward = reference().ward_at(lat, lon, today)
            if ward:
                kept.append(
                    Place(id=f"demo-{n}", name=name, lat=lat, lon=lon, home=home, unit=ward.code)
                )
        subscribers.save(before, Person(id=user_id, places=tuple(kept)), at)
    print(f"  fan-out {version(made)}: {len(made['kinds'])} kinds", flush=True)
