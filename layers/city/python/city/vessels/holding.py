"""What the unit holds of a person: their boats, where these were, their cases and answers; and of
who works here, what they did."""

from typing import Any

from city.adapters import acts
from city.adapters.holder import Erased
from city.vessels.desk import Desk
from city.vessels.model import Fix
from city.vessels.moments import moment
from city.vessels.recalls import found as recall_of

LAW = "Nghị định 41/2026/NĐ-CP: dữ liệu giám sát tàu cá lưu 36 tháng / kept for 36 months"
MONTHS = 37
MOST = 20_000


def export(desk: Desk, subject: str) -> dict[str, Any]:
    """Everything about a person's boats here; positions of three years, newest months first."""
    boats = desk.book.of_account(subject)
    recall_ids = [sk for sk, _ in desk.store.cards("RECALLS", limit=1000)[0]] if boats else []
    made: dict[str, Any] = {
        "boats": [boat.model_dump(mode="json") for boat in boats],
        "positions": [p for boat in boats for p in _positions(desk, boat.id)],
        "cases": [
            card
            for boat in boats
            for _, card in desk.store.cards(f"BOAT#{boat.id}", prefix="CASE#", limit=1000)[0]
        ],
        "reports": [
            {"boat": boat.id, **doc}
            for boat in boats
            for _, doc in desk.store.cards(f"BOAT#{boat.id}", prefix="TOLD#", limit=1000)[0]
        ],
        "recalls": [
            {"recall": recall.code, "boat": boat.id}
            for recall in (recall_of(desk, recall_id) for recall_id in recall_ids)
            for boat in boats
            if boat.id in recall.boats
        ],
    }
    made["acts"] = acts.acts_of(desk.store.table, subject)
    return {name: listed for name, listed in made.items() if listed}


def _positions(desk: Desk, boat: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    year, month = desk.now.year, desk.now.month
    for back in range(MONTHS):
        index = year * 12 + month - 1 - back
        name = f"{index // 12:04}{index % 12 + 1:02}"
        found, _ = desk.store.track(boat, name, after=None, until=None, limit=MOST - len(rows))
        for row in found:
            fix = Fix.unpacked(row.doc["fix"])
            rows.append({**fix._asdict(), "t": moment(fix.t).isoformat()})
        if len(rows) >= MOST:
            break
    return rows


def erase(desk: Desk, subject: str) -> Erased:
    """Nothing may be forgotten before its time: the law obliges the city to keep it."""
    worked = acts.erase(desk.store.table, subject).kept_by_law
    laws = [LAW] if desk.book.of_account(subject) else []
    return Erased(0, "; ".join([*laws, *([worked] if worked else [])]) or None)
