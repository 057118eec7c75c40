"""Loading the made-up acceptance points into the unit `merchants`."""

import json
from contextlib import suppress
from typing import Any

from city.adapters.table import CommitConflict, Put, Row

from infra.seed.documents import version
from infra.seed.writing import DATA

AT_ONCE = 20  # points of four rows each; a commit holds a hundred
DEMO_OWNER, OWNED = "+84900000022", 3  # the demo's businessman keeps the first few


def points() -> list[dict[str, Any]]:
    """The acceptance points of the demo."""
    read: list[dict[str, Any]] = json.loads((DATA / "merchants/points.json").read_text("utf-8"))
    return read


def main(owners: dict[str, str]) -> None:
    """Keep them once; `owners` gives the demo people's account ids by telephone number."""
    from city.adapters.stores import table
    from city.kernel.clock import utc_now
    from city.merchants.joining import FIRST_TILL
    from city.merchants.model import Member, Merchant, Part, State
    from city.merchants.store import added

    held, listed, now = table("merchants"), points(), utc_now()
    seeded = Row("SEEDED", version({"points": listed}))
    if held.get(seeded.pk, seeded.sk):
        return
    owner = owners.get(DEMO_OWNER)
    for first in range(0, len(listed), AT_ONCE):
        operations = []
        for place, point in enumerate(listed[first : first + AT_ONCE], first):
            own = owner if place < OWNED else None
            merchant = Merchant.model_validate(
                {**point, "state": State.ACTIVE, "owner": own, "demo": True, "applied_at": now}
            )
            member = (
                Member(merchant=merchant.id, user=own, part=Part.OWNER, since=now) if own else None
            )
            operations += added(merchant, FIRST_TILL, member)
        with suppress(CommitConflict):  # an earlier run ended half-way
            held.commit(*operations)
    held.commit(Put(seeded))
    print(f"  {len(listed)} made-up acceptance points", flush=True)
