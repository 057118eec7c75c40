"""People's steps: a case is handled, a report by radio or from a port is noted."""

from datetime import timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from city.adapters.routes import validated
from city.adapters.table import ABSENT, CommitConflict, Put, Row
from city.kernel.clock import stamp
from city.kernel.people import Principal
from city.kernel.problems import Conflict, NotFound, PreconditionFailed, invalid
from city.vessels.cases import FIELDS, Case, Entry, Step, band_of, take
from city.vessels.desk import Desk
from city.vessels.following import tell
from city.vessels.model import Boat
from city.vessels.moments import millis
from city.vessels.store import DAY_S, Live, case_rows
from city.vessels.watch import Told

AHEAD, LATEST = timedelta(minutes=5), timedelta(hours=24)
REPORTS_KEPT_DAYS = 1116  # as long as the track


class BoatReport(BaseModel):
    """A word about a boat: its position by radio, or that it left or entered a port."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["radio", "departed", "arrived"]
    at: AwareDatetime | None = None
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    note: str = Field("", max_length=300)

    @model_validator(mode="after")
    def _has_its_place(self) -> "BoatReport":
        if self.kind == "radio" and (self.lat is None or self.lon is None):
            raise ValueError("Báo bằng bộ đàm phải có vị trí.|A report by radio has a position.")
        return self


def found(desk: Desk, case_id: str) -> tuple[Case, Boat]:
    """A case and its boat.

    Raises:
        NotFound: there is none of this id.
    """
    case = desk.store.case(case_id)
    if case is None:
        raise NotFound(what="hồ sơ / case")
    return case, desk.boat(case.boat)


def act(
    desk: Desk, case_id: str, action: str, raw: dict[str, Any], who: Principal, if_match: int | None
) -> Case:
    """Take a step of a case.

    Raises:
        NotFound: no such case or action, or not the caller's.
        Forbidden, AssuranceNeeded: not this step. WrongMoment, SecondPerson, OutOfBand: not now.
        PreconditionFailed, Conflict: somebody stepped first.
    """
    case, boat = found(desk, case_id)
    if action not in FIELDS:
        raise NotFound(what=f"{action[:40]}")
    desk.require(who, f"vessels:act/{action}", boat.account)
    if if_match is not None and if_match != case.version:
        raise PreconditionFailed(given=if_match, current=case.version)
    fields = validated(FIELDS[action], raw, "body")
    step = Step(
        action=action, actor="person", by=who.user_id, now=desk.now, fields=fields,
        band=band_of(desk.book, boat, case),
    )  # fmt: skip
    after, _ = take(case, step)
    entry = Entry(
        seq=after.version,
        at=desk.now,
        action=action,
        by=who.user_id,
        from_state=case.state.value,
        to_state=after.state.value,
        note=fields.note,
        detail=fields.model_dump(exclude={"note"}),
    )
    stored, operations = case_rows(case, after, entry)
    try:
        desk.store.commit(operations)
    except CommitConflict as error:
        raise Conflict from error
    return stored


def report(desk: Desk, boat_id: str, body: BoatReport, who: Principal) -> Live:
    """Note a word about a boat. Owners may report by radio; ports' books are the officers'.

    Raises:
        NotFound: not the caller's boat. Forbidden: an owner's word about a port.
        Invalid: too old or in the future.
    """
    boat = desk.boat(boat_id)
    desk.require(who, "vessels:report", boat.account)
    if body.kind != "radio":
        desk.require(who, "vessels:report/port", boat.account)
    at = body.at or desk.now
    if not desk.now - LATEST <= at <= desk.now + AHEAD:
        raise invalid("at", "Trong vòng 24 giờ qua.", "Within the last 24 hours.")
    by = "owner" if boat.account == who.user_id else "desk"
    doc = {**body.model_dump(mode="json"), "at": stamp(at), "by": by, "noted_at": stamp(desk.now)}
    report_id = desk.new_id(desk.now)
    ttl = int(at.timestamp()) + REPORTS_KEPT_DAYS * DAY_S
    row = Row(f"BOAT#{boat.id}", f"TOLD#{stamp(at)}#{report_id}", doc, ttl=ttl)
    told = Told(**{body.kind: millis(min(at, desk.now))})  # a pause begins now at the latest
    return tell(desk, boat, told, [Put(row, ABSENT)])
