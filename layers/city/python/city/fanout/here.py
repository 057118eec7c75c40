"""Where somebody was last: only with their consent, only the cell, only for a day."""

from collections.abc import Callable
from datetime import datetime, timedelta

import h3
from pydantic import BaseModel, ConfigDict, Field

from city.adapters.table import ABSENT, CommitConflict, Delete, Put, Row, Table
from city.contracts.privacy import ConsentChanged
from city.fanout.subscribers import ATTEMPTS, Here, Subscribers, change
from city.kernel.clock import stamp
from city.kernel.people import Principal
from city.kernel.problems import Conflict, Problem, invalid
from city.kernel.text import text

PURPOSE = "location_warnings"
RESOLUTION = 8
LIFE = timedelta(hours=24)
EXPIRE_AT_MOST = 200


class ConsentNeeded(Problem):
    """The person has not agreed to be warned by where they are."""

    status = 409
    slug = "consent-needed"
    title = text("Cần đồng ý dùng vị trí", "Consent needed")
    detail = text(
        "Hãy bật “Cảnh báo theo vị trí” trong mục Quyền riêng tư trước; vị trí chưa được lưu.",
        "Turn on “Warnings by location” under Privacy first; no place was kept.",
    )


class NewHere(BaseModel):
    """A point; only its cell is kept."""

    model_config = ConfigDict(extra="forbid")

    lat: float = Field(ge=8, le=24)
    lon: float = Field(ge=102, le=118)


class HereView(BaseModel):
    """What is kept of where somebody is."""

    cell: str
    unit: str
    until: datetime


def consented(table: Table, told: ConsentChanged) -> None:
    """Follow a consent; withdrawn, the last cell is forgotten at once. Older news changes nothing.

    Raises:
        Conflict: the person's row kept changing; told again, it is done again.
    """
    if told.purpose != PURPOSE or not _newest(table, told):
        return
    if told.state == "withdrawn":
        forget(table, told.subject)


def _newest(table: Table, told: ConsentChanged) -> bool:
    """Keep what is told, if nothing newer is known; told again, it is still the newest."""
    pk, sk = f"U#{told.subject}", "CONSENT"
    for _ in range(ATTEMPTS):
        held = table.get(pk, sk)
        if held and held.version >= told.seq:
            return held.version == told.seq
        row = Row(pk, sk, {"state": told.state}, version=told.seq)
        try:
            table.commit(Put(row, held.version if held else ABSENT))
        except CommitConflict:
            continue
        return True
    raise Conflict


def note(
    table: Table, who: Principal, body: NewHere, unit_at: Callable[[float, float], str | None],
    now: datetime,
) -> HereView:  # fmt: skip
    """Keep the cell a person is in, for a day.

    Raises:
        ConsentNeeded: they have not agreed. Invalid: outside the city. Conflict: kept changing.
    """
    consent = table.get(f"U#{who.user_id}", "CONSENT")
    if consent is None or consent.doc["state"] != "given":
        raise ConsentNeeded
    cell = h3.latlng_to_cell(body.lat, body.lon, RESOLUTION)
    lat, lon = h3.cell_to_latlng(cell)
    unit = unit_at(lat, lon) or unit_at(body.lat, body.lon)
    if unit is None:
        raise invalid("lat", "Điểm này nằm ngoài thành phố.", "This point is outside the city.")
    here = Here(cell=cell, lat=round(lat, 5), lon=round(lon, 5), unit=unit, until=now + LIFE)
    # First the row that will end it: a place that nobody would forget must never be kept.
    table.commit(Put(Row("HERE", f"{stamp(here.until)}#{who.user_id}")))
    change(Subscribers(table), who.user_id, who.roles, here=here)
    return HereView(cell=cell, unit=unit, until=here.until)


def forget(table: Table, user_id: str) -> None:
    """Forget where a person was."""
    people = Subscribers(table)
    person = people.get(user_id)[0]
    if person.here:
        change(people, user_id, person.roles, here=None)


def expire(table: Table, now: datetime) -> int:
    """Forget the cells whose day is over; how many. Run by the clock."""
    rows, _ = table.query("HERE", until=f"{stamp(now)}~", limit=EXPIRE_AT_MOST)
    gone = 0
    for row in rows:
        user_id = row.sk.rpartition("#")[2]
        here = Subscribers(table).get(user_id)[0].here
        if here and here.until <= now:
            forget(table, user_id)
            gone += 1
        table.commit(Delete(row.pk, row.sk))
    return gone
