"""What the unit `vessels` publishes: words for skippers, addressed to persons, for the fan-out.

Ids of accounts only: neither a boat's number nor its position travels on the bus.
"""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from city.contracts.envelope import Announcement
from city.kernel.text import Text

MAX_PERSONS = 2_000  # 26 characters each: well within the 256 KB of the bus


class _ToSkippers(Announcement):
    """A message to the owners and skippers of some boats.

    `persons` are account ids, each once. `revision` counts the messages of one `notice_id` from 1;
    a later one replaces an earlier one. `link` is the page in the app.
    """

    unit: ClassVar[str] = "vessels"
    subject_field: ClassVar[str] = "notice_id"

    notice_id: str
    revision: int = Field(ge=1)
    headline: Text
    body: Text
    persons: tuple[str, ...] = Field(max_length=MAX_PERSONS)
    link: str
    at: datetime
    expires: datetime


class RecallOrdered(_ToSkippers):
    """Boats at sea are called back, or a call is changed or withdrawn (`cancel`).

    `warning` is the id of the warning behind it, if there is one. An `exercise` must reach nobody
    but enrolled participants.
    """

    happened: ClassVar[str] = "recall_ordered"

    cancel: bool = False
    exercise: bool = False
    warning: str | None = None


class SkippersWarned(_ToSkippers):
    """A boat nears a line it may not cross, has crossed it, or has not been heard."""

    happened: ClassVar[str] = "skippers_warned"

    about: Literal["approach", "crossed", "silence"]
