"""What the unit holds of a person: which pictures they sent, where and when these were taken.

A picture that has come may stand in a report, which stays; so it stays too, nobody's. What goes is
that it was theirs, and what their camera wrote into it; and what has not come yet.
"""

from functools import partial
from typing import Any

from city.adapters.holder import Erased
from city.adapters.table import CommitConflict, Delete, Operation, everything, retrying
from city.kernel.problems import Conflict
from city.media.service import Darkroom

ATTEMPTS = 5


def export(room: Darkroom, subject: str) -> dict[str, Any]:
    """Every picture of a person, with its address while there is one."""
    rows = everything(room.table, f"U#{subject}")
    pictures = room.table.get_many([(f"M#{row.sk}", "-") for row in rows])
    made = []
    for row in rows:
        picture = pictures.get((f"M#{row.sk}", "-"))
        key = picture.doc.get("key") if picture else None
        made.append({"id": row.sk, **row.doc, **({"url": room.blobs.address(key)} if key else {})})
    return {"pictures": made} if made else {}


def erase(room: Darkroom, subject: str) -> Erased:
    """Forget whose the pictures are; once more it finds nothing.

    Raises:
        Conflict: one keeps changing right now; asked again later it goes on.
    """
    rows = everything(room.table, f"U#{subject}")
    try:
        for row in rows:
            retrying(ATTEMPTS, partial(_forget, room, subject, row.sk))
    except CommitConflict as error:
        raise Conflict from error
    return Erased(len(rows))


def _forget(room: Darkroom, subject: str, ulid: str) -> None:
    operations: list[Operation] = [Delete(f"U#{subject}", ulid)]
    picture = room.table.get(f"M#{ulid}", "-")
    if picture and picture.doc["state"] == "awaiting":
        operations.append(Delete(picture.pk, picture.sk, picture.version))
    room.table.commit(*operations)
