"""From a reading over the threshold to the last of 503,000 inboxes, through the running city.

503,000 made-up people are put into the shards of the communes below Kim Long, as the snapshot's
builder keeps them. Then two readings of 4.7 m (one metre over alarm level 3 is 4.5) enter by
POST /v1/observations/batch, and everything after that is the city's own: sensing's episode, the
draft, the release by standing order, the audience, the messages by commune.

Inboxes are fan-out on read: an item is visible as soon as the row of its commune is there, so
"first" and "last" are the moments at which the first and the last commune's inbox shows it. What
the three lanes' workers do afterwards (claiming, counting every person) is timed too, as far as it
comes in two minutes; these people have no devices, see `pushing` for what sending costs.
"""

import json
import time
from collections import Counter, defaultdict
from typing import Any
from urllib.request import Request, urlopen

from city.adapters.blob import Objects
from city.adapters.settings import settings
from city.adapters.stores import table
from city.fanout import documents
from city.fanout.book import Library
from city.fanout.lanes import Lanes
from city.fanout.service import Hub, heard
from city.fanout.store import Deliveries
from city.fanout.subscribers import Person, Place, Preferences
from city.kernel.clock import utc_now

from infra.bench.table import keep, show
from infra.seed.load_alerts import alerts_documents

PEOPLE = 503_000
STATION, STREAM, GATEWAY, LEVEL_M = "kim-long", "kim-long.water_level", "gw-river", 4.7
SHOWN_S, COUNTED_S = 120, 120


def _people(units: list[str]) -> list[Person]:
    """People with one home each; made without checks, which would take longer than the bench."""
    quiet = Preferences(quiet_from=0, quiet_to=0)
    homes = [
        Place(id="h", name="Nhà", lat=16.46, lon=107.58, unit=unit, home=True) for unit in units
    ]
    return [
        Person.model_construct(
            id=f"bench-{n:07}", roles=frozenset({"citizen"}), preferences=quiet,
            places=(homes[n % len(homes)],), here=None, devices=(),
        )
        for n in range(PEOPLE)
    ]  # fmt: skip


def _settle(library: Library, units: list[str]) -> list[Person]:
    """Put everybody into their shards; one person of each commune."""
    shards: dict[str, list[Person]] = defaultdict(list)
    one: dict[str, Person] = {}
    for person in _people(units):
        shards[person.shard].append(person)
        one.setdefault(person.places[0].unit, person)
    library.compile()  # the demo people's own changes must not make a shard anew later
    for name, people in shards.items():
        library.store(name, people)
    return list(one.values())


def _report(city: str) -> None:
    """Two agreeing readings, as the gateway sends them."""
    now = round(time.time() * 1000)
    items = [{"stream": STREAM, "t": now - late, "v": LEVEL_M} for late in (60_000, 0)]
    request = Request(
        f"{city}/v1/observations/batch",
        data=json.dumps({"gateway": GATEWAY, "items": items}).encode(),
        headers={"X-API-Key": f"{GATEWAY}.sandbox", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
    if told["accepted"] != len(items):
        raise RuntimeError(str(told))


def _watch(hub: Hub, people: list[Person], started: float) -> tuple[dict[str, float], str]:
    """Seconds until each commune's inbox shows it, and the message's id."""
    shown: dict[str, float] = {}
    found = ""
    while len(shown) < len(people) and time.perf_counter() - started < SHOWN_S:
        for person in people:
            if person.id in shown:
                continue
            items = heard(hub, person, utc_now()).items
            new = [item for item in items if item.kind == "river_flood"]
            if new:
                shown[person.id] = time.perf_counter() - started
                found = new[0].id
    return shown, found


def run(city: str) -> None:
    """Measure and print."""
    known = documents.known(table("fanout"), utc_now())
    objects = Objects(settings().fanout_bucket)
    library = Library(table("fanout"), objects, known.kinds, known.roles)
    stations = alerts_documents()["stations"]
    units: list[str] = next(s["units"] for s in stations if s["id"] == STATION)
    started = time.perf_counter()
    people = _settle(library, units)
    settled = time.perf_counter() - started
    deliveries = Deliveries(table("fanout"))
    hub = Hub(deliveries, library, objects, Lanes({}), utc_now)

    started = time.perf_counter()
    _report(city)
    answered = time.perf_counter() - started
    shown, alert_id = _watch(hub, people, started)
    if len(shown) < len(people):
        raise RuntimeError(f"{len(shown)} of {len(people)} communes saw it in {SHOWN_S} s")
    first, last = min(shown.values()), max(shown.values())
    audience = deliveries.get(alert_id, 1).audience
    counted: Counter[str] = Counter()
    while counted.total() < audience and time.perf_counter() - started < last + COUNTED_S:
        time.sleep(0.5)
        counted = deliveries.totals(alert_id, 1)
    done = time.perf_counter() - started
    show(
        f"From a reading over the threshold to {PEOPLE:,} inboxes in {len(units)} communes"
        f" (shards laid down before in {settled:.0f} s)",
        ["", "s"],
        [
            ["the reading is accepted", f"{answered:.2f}"],
            ["the first inbox shows it", f"{first:.2f}"],
            ["the last inbox shows it", f"{last:.2f}"],
            [f"workers counted {counted.total():,} of {audience:,}", f"{done:.1f}"],
        ],
    )
    keep(
        "inbox",
        {
            "people": PEOPLE, "communes": len(units), "audience": audience, "accepted_s": answered,
            "first_s": first, "last_s": last, "counted": counted.total(), "counted_s": done,
        },
    )  # fmt: skip
