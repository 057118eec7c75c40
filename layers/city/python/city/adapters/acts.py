"""What somebody did in the course of their work, found again by who it was.

Who decided what stands in the record of the thing itself. A row beside it, written in the same
commit, lets the unit tell that person; it is never erased on request, since the record is not
theirs alone: others rely on who decided.

`BY#<account>`, `<at>#<about>#<action>`
"""

from datetime import datetime
from typing import Any

from city.adapters.holder import Erased, handle
from city.adapters.parts import BucketParts
from city.adapters.stores import outbox, table
from city.adapters.table import Put, Row, Table
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import stamp

RECORDS = (
    "Luật Lưu trữ 33/2024/QH15: hồ sơ công vụ phải nguyên vẹn (chưa đối chiếu điều khoản) / "
    "records of public work must stay whole (article not checked)"
)
BOOKS = "Luật Kế toán 88/2015/QH13, Điều 41 (10 năm) / accounting records, ten years"
MOST = 20_000
CLOCK = "clock"
# What records name where nobody in particular acted.
THE_CITY = frozenset({"system", CLOCK, "seed"})


def did(
    at: datetime, by: str, about: str, action: str, words: str = "", ttl: int | None = None
) -> list[Put]:
    """That somebody did something, in their own words if there were any; nothing for the city."""
    if by in THE_CITY:
        return []
    doc = {"case": about, "action": action, **({"words": words} if words else {})}
    return [Put(Row(f"BY#{by}", f"{stamp(at)}#{about}#{action}", doc, ttl=ttl))]


def acts_of(held: Table, account: str, most: int = MOST) -> list[dict[str, Any]]:
    """What somebody did, newest first."""
    rows, _ = held.query(f"BY#{account}", limit=most, reverse=True)
    return [{"at": row.sk.partition("#")[0], **row.doc} for row in rows]


def export(held: Table, account: str) -> dict[str, Any]:
    """A person's part of their data, in a unit that knows nothing of them but this."""
    acts = acts_of(held, account)
    return {"acts": acts} if acts else {}


def erase(held: Table, account: str, law: str = RECORDS) -> Erased:
    """Nothing goes; under which law, if there is anything."""
    return Erased(0, law if acts_of(held, account, 1) else None)


def hand_over(asked: PersonalDataRequested, unit: str, law: str = RECORDS) -> None:
    """Answer a request over a person's data, in such a unit."""
    held = table(unit)
    handle(
        asked,
        unit,
        export=lambda subject: export(held, subject),
        erase=lambda subject: erase(held, subject, law),
        parts=BucketParts(),
        outbox=outbox(unit),
    )
