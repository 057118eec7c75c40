"""Fan-out: who hears of it, how fast phones are told, and how soon an inbox shows it.

503,000 made-up subscribers live in 40 communes of uneven size; one in ten has a second place, one
in twenty muted the kind. The count beside each figure is a walk over all of them in plain Python
(for the polygon: shapely), and the two sets must be equal.
"""

import random
import time
from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import shapely
from city.fanout.audience import Area, Indexes, Snapshot, Subscriber, Wanted, build, resolve
from city.fanout.slices import cut

from infra.bench.table import keep, show

PEOPLE, COMMUNES, TIMES = 503_000, 40, 5
KIND = "river_flood"
SHARD = 1600  # people of a shard, about what a commune's eighth holds
RING = ((16.40, 107.50), (16.52, 107.55), (16.49, 107.66), (16.43, 107.70), (16.38, 107.60))


def subscribers() -> list[Subscriber]:
    """The same people every time."""
    chance = random.Random(503)
    units = [f"u{n:02}" for n in range(COMMUNES)]
    sizes = [1 + n % 7 for n in range(COMMUNES)]
    homes = chance.choices(units, sizes, k=PEOPLE)
    made = []
    for n, home in enumerate(homes):
        others = chance.choices(units, k=1) if n % 10 == 0 else []
        made.append(
            Subscriber(
                id=f"{n:08}",
                language="en" if n % 30 == 0 else "vi",
                muted=frozenset({KIND}) if n % 20 == 0 else frozenset(),
                places=tuple(
                    (chance.uniform(16.3, 16.6), chance.uniform(107.4, 107.8), unit)
                    for unit in (home, *others)
                ),
                channels=("webpush",),
            )
        )
    return made


def _by_walking(people: list[Subscriber], units: frozenset[str], *, everywhere: bool) -> set[str]:
    return {
        p.id
        for p in people
        if KIND not in p.muted and (everywhere or any(place[2] in units for place in p.places))
    }


def _by_shapely(people: list[Subscriber]) -> set[str]:
    ring = shapely.Polygon([(lon, lat) for lat, lon in RING])
    spots = [(p.id, lat, lon) for p in people if KIND not in p.muted for lat, lon, _ in p.places]
    hits = shapely.contains_xy(ring, [s[2] for s in spots], [s[1] for s in spots])
    return {spot[0] for spot, hit in zip(spots, hits, strict=True) if hit}


def _seconds(act: Callable[[], object]) -> float:
    """Of this process's own time: one core's."""
    taken = []
    for _ in range(TIMES):
        started = time.process_time()
        act()
        taken.append(time.process_time() - started)
    return median(taken)


def _resolved(snapshot: Snapshot, area: Area, starts: Indexes) -> list[tuple[int, int]]:
    return list(cut(resolve(snapshot, Wanted(area, kind=KIND)), starts))


def _told(snapshot: Snapshot, area: Area) -> list[str]:
    """The ids that the slices hold, in their order."""
    persons = resolve(snapshot, Wanted(area, kind=KIND))
    starts = np.arange(0, snapshot.people, SHARD, dtype=np.uint32)
    slices = list(cut(persons, starts))
    return [i.decode() for first, last in slices for i in snapshot.ids[persons[first:last]]]


def audience() -> None:
    """One commune, ten, a polygon and the whole city."""
    people = subscribers()
    started = time.process_time()
    snapshot = build("bench", people, (KIND,), ("citizen",))
    built = time.process_time() - started
    starts = np.arange(0, snapshot.people, SHARD, dtype=np.uint32)
    one, ten = frozenset({"u06"}), frozenset(f"u{n:02}" for n in range(10))
    areas = {
        "one commune": (Area(one), _by_walking(people, one, everywhere=False)),
        "ten communes": (Area(ten), _by_walking(people, ten, everywhere=False)),
        "a polygon": (Area(polygons=(RING,)), _by_shapely(people)),
        "the whole city": (
            Area(everywhere=True), _by_walking(people, frozenset(), everywhere=True),
        ),
    }  # fmt: skip
    rows, kept = [], {}
    for name, (area, wanted) in areas.items():
        seconds = _seconds(partial(_resolved, snapshot, area, starts))
        told = _told(snapshot, area)
        equal = set(told) == wanted and len(told) == len(wanted)
        rate = round(PEOPLE / seconds)
        kept[name] = {"audience": len(told), "ms": seconds * 1000, "rows_per_s": rate,
                      "equal": equal}  # fmt: skip
        rows.append(
            [name, f"{len(told):,}", f"{seconds * 1000:.1f}", f"{rate:,}",
             "equal" if equal else "NOT EQUAL"]
        )  # fmt: skip
    show(
        f"Audience: resolved and sliced out of {PEOPLE:,} in {COMMUNES} communes"
        f" (snapshot built from rows in {built:.1f} s)",
        ["", "people", "ms", "rows/s/core", "beside a walk over all"],
        rows,
    )
    keep("audience", {"people": PEOPLE, "communes": COMMUNES, "build_s": built, "areas": kept})
    if not all(area["equal"] for area in kept.values()):
        raise SystemExit("somebody was lost or doubled")


def run(city: str) -> None:
    """Measure and print; the city must run at this address."""
    from infra.bench import inbox, pushing

    audience()
    pushing.run()
    inbox.run(city)


if __name__ == "__main__":
    audience()
