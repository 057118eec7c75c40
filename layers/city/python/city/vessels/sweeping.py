"""Every few minutes: which vendors are out, and which boats the clock has moved. May run twice."""

from city.adapters.table import CommitConflict
from city.kernel.clock import local_date
from city.kernel.ids import derived_id
from city.vessels.desk import Desk
from city.vessels.following import look_again, memory_of, stale
from city.vessels.moments import millis, moment
from city.vessels.store import Live, Outages
from city.vessels.watch import Outage, Sign, covers, outage_since, sign

CHANGES_A_RUN = 300


def sweep(desk: Desk) -> tuple[int, int]:
    """Look at outages, then at every boat: (outages begun or ended, boats changed).

    What does not fit into one run is left for the next.
    """
    fleet = desk.store.fleet()
    changed = _outages(desk, fleet)
    outages = desk.store.outages()[0].listed
    due = [
        boat
        for boat_id, live in fleet.items()
        if (boat := desk.book.boat.get(boat_id)) and stale(desk, boat, live, outages)
    ]
    done = sum(look_again(desk, boat, outages) for boat in due[:CHANGES_A_RUN])
    return changed, done


def signs(desk: Desk, fleet: dict[str, Live]) -> dict[str, list[Sign]]:
    """The last signs of all boats that are out and must report, by vendor."""
    made: dict[str, list[Sign]] = {}
    for boat_id, live in fleet.items():
        boat = desk.book.boat.get(boat_id)
        if boat is None:
            continue
        seen = sign(desk.book, boat, memory_of(desk, boat, live), live.told, desk.now)
        if seen:
            made.setdefault(seen.vendor, []).append(seen)
    return made


def _outages(desk: Desk, fleet: dict[str, Live]) -> int:
    held, version = desk.store.outages()
    limits, now = desk.book.limits_on(local_date(desk.now)), millis(desk.now)
    listed = {each.id: each for each in held.listed}
    changed: list[Outage] = []
    by_vendor = signs(desk, fleet)
    for vendor in sorted({*by_vendor, *held.standing}):
        found, standing = by_vendor.get(vendor, []), held.standing.get(vendor)
        mine = [s for s in found if standing is None or covers(standing, s, limits)]
        since = outage_since(
            found if standing is None else mine, limits, now, standing=bool(standing)
        )
        if since is not None and standing is None:
            late = sum(s.late_at < now for s in found)
            began = Outage(
                id=derived_id(moment(since), vendor, "outage"),
                vendor=vendor, since=since, found=now, late=late, at_sea=len(found),
            )  # fmt: skip
            changed.append(began)
        elif since is None and standing is not None:
            changed.append(standing.model_copy(update={"ended": now}))
    if not changed:
        return 0
    listed.update({each.id: each for each in changed})
    try:
        desk.store.put_outages(Outages(listed=tuple(listed.values())), version, changed)
    except CommitConflict:
        return 0  # another run was quicker
    return len(changed)
