"""Who looked at a boat, and for what. A position is a secret of a person and of a trade."""

from enum import StrEnum

from pydantic import BaseModel

from city.contracts.privacy import DataSeen
from city.kernel.ids import derived_id
from city.kernel.people import STAFF, Principal
from city.kernel.problems import invalid
from city.kernel.text import Text, text
from city.vessels.desk import Desk
from city.vessels.model import Boat


class Purpose(StrEnum):
    """For what one looks. Wire values are stable."""

    MONITORING = "monitoring"
    CASE = "case"
    STORM = "storm"
    RESCUE = "rescue"
    AUDIT = "audit"


PURPOSE_NAMES: dict[Purpose, Text] = {
    Purpose.MONITORING: text("Giám sát thường xuyên", "Routine monitoring"),
    Purpose.CASE: text("Xử lý hồ sơ vi phạm", "Handling a case"),
    Purpose.STORM: text("Phòng chống bão", "Storm response"),
    Purpose.RESCUE: text("Tìm kiếm cứu nạn", "Search and rescue"),
    Purpose.AUDIT: text("Thanh tra, kiểm tra", "Inspection"),
}


class PurposeQuery(BaseModel):
    """Why the caller looks; owners need no reason for their own boats."""

    purpose: Purpose | None = None


def looked(desk: Desk, boat: Boat, who: Principal, purpose: Purpose | None, what: str) -> None:
    """Tell the owner's access log that somebody looked: once an hour for each purpose.

    Raises:
        Invalid: an officer said no purpose.
    """
    if boat.account == who.user_id:
        return
    needed(purpose)
    if boat.account is None:
        return
    hour = desk.now.replace(minute=0, second=0, microsecond=0)
    seen = derived_id(hour, who.user_id, boat.id, str(purpose), what)
    role, unit = standing_of(who)
    event = DataSeen(
        seen_id=seen, subject=boat.account, by=who.user_id, by_role=role, by_unit=unit,
        what=what, purpose=str(purpose), case=boat.id, at=hour,
    )  # fmt: skip
    desk.outbox.commit([], [(seen, event, hour)])


def looked_at_fleet(desk: Desk, who: Principal, purpose: Purpose | None, boats: int) -> None:
    """Keep who saw where every boat is: one line an hour for each person and purpose.

    Raises:
        Invalid: no purpose was said.
    """
    needed(purpose)
    hour = desk.now.replace(minute=0, second=0, microsecond=0)
    role, unit = standing_of(who)
    doc = {"by": who.user_id, "role": role, "unit": unit, "purpose": str(purpose), "boats": boats}
    desk.store.look(hour, derived_id(hour, who.user_id, str(purpose)), doc)


def needed(purpose: Purpose | None) -> None:
    """A purpose must be said.

    Raises:
        Invalid: it was not.
    """
    if purpose is None:
        raise invalid(
            "purpose",
            "Xem vị trí tàu phải nêu mục đích.",
            "Say for what purpose you look at a boat's position.",
        )


def standing_of(who: Principal) -> tuple[str, str | None]:
    """In which role and for which organisation somebody looks."""
    role = min(STAFF & who.roles, default="staff")
    return role, next((unit for held, unit in sorted(who.posts) if held == role), who.unit)
