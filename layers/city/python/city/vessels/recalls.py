"""Calling boats at sea back before a storm: who is called, what they answer, who does not.

The words go out by the fan-out like a warning. A boat that has not been heard for a while is called
if it could have sailed into the area since.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from city.adapters.acts import did
from city.adapters.table import ABSENT, CommitConflict, Delete, Operation, Put, Row
from city.contracts.vessels import MAX_PERSONS, RecallOrdered
from city.kernel.clock import stamp
from city.kernel.geo import distance_m, distance_to_ring_m, in_ring
from city.kernel.ids import public_code
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, invalid
from city.kernel.text import Text
from city.vessels.desk import Desk
from city.vessels.following import memory_of
from city.vessels.model import HOUR_MS, NM_M, Boat, Fix
from city.vessels.moments import millis
from city.vessels.store import Live
from city.vessels.watch import at_sea

DRIFT_KNOTS = 8.0
DRIFT_MOST_NM = 100.0
HEARD_RECENTLY_MS = 3 * HOUR_MS
LONGEST = timedelta(days=7)
LINK = "/me/vessels"
HISTORY_KEPT = 50

Answer = Literal["returning", "sheltering", "in_port", "cannot", "need_help"]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeaArea(_Body):
    """A closed ring of (lat, lon), or a circle of (lat, lon, nautical miles)."""

    ring: tuple[tuple[float, float], ...] | None = Field(None, min_length=4, max_length=100)
    circle: tuple[float, float, float] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> "SeaArea":
        if (self.ring is None) == (self.circle is None):
            raise ValueError("Một đa giác hoặc một vòng tròn.|One ring or one circle.")
        if self.ring and self.ring[0] != self.ring[-1]:
            raise ValueError("Đa giác phải khép kín.|The ring must be closed.")
        listed = self.ring or [(self.circle or (0.0, 0.0, 1.0))[:2]]
        if any(not (-90 <= lat <= 90 and -180 <= lon <= 180) for lat, lon in listed):
            raise ValueError("Toạ độ không hợp lệ.|Not a position.")
        if self.circle and not 0 < self.circle[2] <= 1000:
            raise ValueError("Bán kính 1 – 1000 hải lý.|A radius of 1 to 1000 miles.")
        return self

    def holds(self, lat: float, lon: float, reach_nm: float) -> bool:
        """Whether a place is inside, or within a reach of it."""
        if self.circle:
            y, x, radius = self.circle
            return distance_m(lat, lon, y, x) <= (radius + reach_nm) * NM_M
        ring = [(x, y) for y, x in self.ring or ()]
        return in_ring(lat, lon, ring) or (
            reach_nm > 0 and distance_to_ring_m(lat, lon, ring) <= reach_nm * NM_M
        )


class NewRecall(_Body):
    """Whom to call and what to say; `warning` is the id of the warning behind it."""

    area: SeaArea
    headline: Text
    body: Text
    expires: AwareDatetime
    warning: str | None = Field(None, max_length=40)
    exercise: bool = False

    @field_validator("headline", "body")
    @classmethod
    def _both(cls, words: Text) -> Text:
        if not words.vi.strip() or not words.en.strip():
            raise ValueError("Cần cả tiếng Việt và tiếng Anh.|Both languages are needed.")
        if max(len(words.vi), len(words.en)) > 1000:
            raise ValueError("Tối đa 1000 ký tự.|At most 1000 characters.")
        return words


class Revision(_Body):
    """A change of what is said; boats that have come into the area are called too."""

    headline: Text | None = None
    body: Text | None = None
    expires: AwareDatetime | None = None


class Withdrawal(_Body):
    """Why a recall is withdrawn."""

    body: Text


class NewAnswer(_Body):
    """What a boat answers; officers note what they hear by radio."""

    boat: str = Field(max_length=60)
    answer: Answer
    note: str = Field("", max_length=300)


class Turn(BaseModel, frozen=True):
    """One message of a recall."""

    revision: int
    at: datetime
    by: str
    boats: int
    body: Text
    cancel: bool = False


class Recall(BaseModel, frozen=True):
    """A recall and all its messages. `boats` are all that were called, with an account or not."""

    id: str
    code: str
    area: SeaArea
    headline: Text
    body: Text
    warning: str | None = None
    exercise: bool = False
    boats: tuple[str, ...]
    revision: int = 1
    cancelled: bool = False
    ordered_at: datetime
    expires: datetime
    history: tuple[Turn, ...] = ()

    def open_at(self, now: datetime) -> bool:
        """Whether boats are still to answer."""
        return not self.cancelled and now < self.expires


class Answered(BaseModel, frozen=True):
    """A boat's newest answer."""

    boat: str
    answer: Answer
    note: str = ""
    by: Literal["owner", "desk"]
    at: datetime


def called(desk: Desk, area: SeaArea) -> list[str]:
    """Boats at sea in the area, and those that could have come into it since they were heard."""
    found = []
    for boat_id, live in sorted(desk.store.fleet().items()):
        boat = desk.book.boat.get(boat_id)
        last = _last(desk, boat, live) if boat else None
        if last is None:
            continue
        silent_ms = millis(desk.now) - last.t
        drift = DRIFT_KNOTS * silent_ms / HOUR_MS if silent_ms > HEARD_RECENTLY_MS else 0.0
        if area.holds(last.lat, last.lon, min(drift, DRIFT_MOST_NM)):
            found.append(boat_id)
    return found


def _last(desk: Desk, boat: Boat, live: Live) -> Fix | None:
    memory = memory_of(desk, boat, live)
    if not at_sea(memory, live.told):
        return None
    known = [fix for fix in (memory.last, live.last_seen) if fix]
    return max(known, key=lambda fix: fix.t, default=None)


def order(desk: Desk, body: NewRecall, who: Principal) -> Recall:
    """Call boats back.

    Raises:
        Invalid: it ends in the past or lies too far ahead; nobody is there.
    """
    _ends_well(desk, body.expires)
    boats = called(desk, body.area)
    if not boats:
        raise invalid("area", "Không có tàu nào trong vùng này.", "There is no boat in this area.")
    recall_id = desk.new_id(desk.now)
    recall = Recall(
        id=recall_id,
        code=public_code("GT", recall_id),
        **body.model_dump(include={"warning", "exercise", "expires"}),
        area=body.area,
        headline=body.headline,
        body=body.body,
        boats=tuple(boats),
        ordered_at=desk.now,
    )
    return _say(desk, recall, who, fresh=True)


def revise(desk: Desk, recall_id: str, body: Revision, who: Principal) -> Recall:
    """Change what is said, to all that were called and those that came into the area.

    Raises:
        NotFound: no such recall. Conflict: it is over, or somebody was faster.
    """
    before = found(desk, recall_id)
    if not before.open_at(desk.now):
        raise Conflict
    if body.expires:
        _ends_well(desk, body.expires)
    given = {
        name: value for name in ("headline", "body", "expires") if (value := getattr(body, name))
    }
    boats = tuple(dict.fromkeys([*before.boats, *called(desk, before.area)]))
    after = before.model_copy(update={**given, "boats": boats, "revision": before.revision + 1})
    return _say(desk, after, who)


def cancel(desk: Desk, recall_id: str, body: Withdrawal, who: Principal) -> Recall:
    """Withdraw a recall: everybody who was called hears that it is over.

    Raises:
        NotFound: no such recall. Conflict: it is over, or somebody was faster.
    """
    before = found(desk, recall_id)
    if not before.open_at(desk.now):
        raise Conflict
    changes = {"body": body.body, "cancelled": True, "revision": before.revision + 1}
    return _say(desk, before.model_copy(update=changes), who)


def _ends_well(desk: Desk, expires: datetime) -> None:
    if not desk.now < expires <= desk.now + LONGEST:
        raise invalid("expires", "Trong vòng 7 ngày tới.", "Within the next 7 days.")


def _say(desk: Desk, recall: Recall, who: Principal, *, fresh: bool = False) -> Recall:
    turn = Turn(
        revision=recall.revision, at=desk.now, by=who.user_id, boats=len(recall.boats),
        body=recall.body, cancel=recall.cancelled,
    )  # fmt: skip
    stored = recall.model_copy(update={"history": (*recall.history, turn)[-HISTORY_KEPT:]})
    row = Row(f"RECALL#{stored.id}", "META", stored.model_dump(mode="json"), stored.revision)
    card = {"code": stored.code, "ordered_at": stamp(stored.ordered_at)}
    step = "cancel recall" if stored.cancelled else "order recall" if fresh else "revise recall"
    operations: list[Operation] = [
        Put(row, ABSENT if fresh else stored.revision - 1),
        Put(Row("RECALLS", stored.id, card)),
        Delete("RECALLS#OPEN", stored.id)
        if stored.cancelled
        else Put(Row("RECALLS#OPEN", stored.id, card, ttl=int(stored.expires.timestamp()))),
        *did(desk.now, who.user_id, f"{stored.code}/{stored.revision}", step, stored.body.vi),
    ]
    event = RecallOrdered(
        notice_id=stored.id,
        revision=stored.revision,
        headline=stored.headline,
        body=stored.body,
        persons=persons(desk, stored),
        link=LINK,
        at=desk.now,
        expires=stored.expires,
        cancel=stored.cancelled,
        exercise=stored.exercise,
        warning=stored.warning,
    )
    try:
        desk.outbox.commit(operations, [(f"{stored.id}-{stored.revision}", event, desk.now)])
    except CommitConflict as error:
        raise Conflict from error
    return stored


def persons(desk: Desk, recall: Recall) -> tuple[str, ...]:
    """The accounts behind the boats, each once.

    Raises:
        Invalid: more than one message may address.
    """
    boats = (desk.book.boat.get(boat) for boat in recall.boats)
    listed = tuple(dict.fromkeys(b.account for b in boats if b and b.account))
    if len(listed) > MAX_PERSONS:
        raise invalid("area", "Quá nhiều tàu; chia nhỏ vùng.", "Too many boats; divide the area.")
    return listed


def found(desk: Desk, recall_id: str) -> Recall:
    """A recall.

    Raises:
        NotFound: there is none of this id.
    """
    row = desk.store.table.get(f"RECALL#{recall_id}", "META")
    if row is None:
        raise NotFound(what="lệnh gọi tàu / recall")
    return Recall.model_validate(row.doc)


def answer(desk: Desk, recall_id: str, body: NewAnswer, who: Principal) -> Answered:
    """Note what a boat answers; a later answer replaces the earlier one.

    Raises:
        NotFound: no such recall, or the boat was not called or is not the caller's.
        Conflict: the recall is over.
    """
    recall = found(desk, recall_id)
    boat = desk.boat(body.boat)
    desk.require(who, "vessels:answer", boat.account)
    if boat.id not in recall.boats:
        raise NotFound(what="tàu / boat")
    if not recall.open_at(desk.now):
        raise Conflict
    told = Answered(
        boat=boat.id, answer=body.answer, note=body.note, at=desk.now,
        by="owner" if boat.account == who.user_id else "desk",
    )  # fmt: skip
    row = Row(f"RECALL#{recall.id}", f"BOAT#{boat.id}", told.model_dump(mode="json"))
    desk.store.commit([Put(row)])
    return told


def answers(desk: Desk, recall: Recall) -> dict[str, Answered]:
    """The newest answer of each boat that gave one."""
    keys = [(f"RECALL#{recall.id}", f"BOAT#{boat}") for boat in recall.boats]
    rows = desk.store.table.get_many(keys)
    return {key[1][5:]: Answered.model_validate(row.doc) for key, row in rows.items()}


def standing(desk: Desk) -> list[Recall]:
    """Recalls that are open now."""
    rows, _ = desk.store.table.query("RECALLS#OPEN", limit=100)
    listed = [found(desk, row.sk) for row in rows]
    return [recall for recall in listed if recall.open_at(desk.now)]


def tally(recall: Recall, told: dict[str, Answered]) -> dict[str, Any]:
    """How many were called, and how many answered what."""
    counts: dict[str, int] = {}
    for each in told.values():
        counts[each.answer] = counts.get(each.answer, 0) + 1
    return {"called": len(recall.boats), "answered": len(told), "answers": counts}
