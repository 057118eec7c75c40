"""What goes out, in which lane, and how each slice of it fared."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel

from city.kernel.text import Language, Text

Lane = Literal["p0", "p1", "p2"]
LANES: tuple[Lane, ...] = ("p0", "p1", "p2")


class Outcome(StrEnum):
    """How a message ended for one person. Every person of an audience ends in exactly one."""

    REACHED = "reached"  # at least one of their devices took it
    INBOX_ONLY = "inbox_only"  # they have no device; it waits in their inbox
    FAILED = "failed"  # every device refused it or did not answer in time
    GONE = "gone"  # every subscription they had has ended; the inbox has it
    SUPERSEDED = "superseded"  # an update or a cancellation came first
    EXPIRED = "expired"  # it would have come too late


class Notice(BaseModel, frozen=True):
    """One message as phones show it. `tag` replaces an older card of the same thread."""

    delivery_id: str
    revision: int
    tag: str
    kind: str
    title: Text
    body: Text
    link: str
    level: str = ""
    cancels: bool = False
    exercise: bool = False
    expires: datetime


class AreaShape(BaseModel, frozen=True):
    """Where, as data: units by code, rings and circles in degrees (lat, lon) and metres."""

    units: frozenset[str] = frozenset()
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    everywhere: bool = False


class Posted(BaseModel, frozen=True):
    """A message as inboxes of its places read it; `personal` if it was for named persons."""

    notice: Notice
    area: AreaShape
    roles: frozenset[str] | None = None
    personal: bool = False
    released_at: datetime


class Delivery(BaseModel, frozen=True):
    """One revision of a message on its way: to whom (a manifest), in how many slices."""

    notice: Notice
    lane: Lane
    snapshot: str
    manifest: str
    audience: int
    slices: int
    deferred: int = 0
    released_at: datetime
    resolved_at: datetime

    @property
    def key(self) -> str:
        """Its partition's name."""
        return f"{self.notice.delivery_id}#{self.notice.revision}"


class Slice(BaseModel, frozen=True):
    """A bounded part of an audience: positions `first` to `last` (exclusive) of the manifest."""

    no: int
    first: int
    last: int
    due: datetime | None = None


class SliceState(BaseModel, frozen=True):
    """Where a slice stands in its present attempt.

    The first attempt goes through the slice's persons, a later one through `retry`; `at` is how
    far it came, `later` are those to try again in the next. `counts` are persons by outcome.
    """

    state: Literal["claimed", "waiting", "done"]
    lease_until: datetime
    attempt: int = 1
    at: int = 0
    retry: tuple[int, ...] = ()
    later: tuple[int, ...] = ()
    counts: dict[str, int] = {}
    devices: dict[str, int] = {}


class SliceMessage(BaseModel, frozen=True):
    """What lies in a lane's queue: which slice, never whom."""

    delivery_id: str
    revision: int
    no: int
    first: int
    last: int
    lane: Lane


class Address(BaseModel, frozen=True):
    """A device. For web push: endpoint and the browser's two keys; for FCM: the token; otherwise
    the telephone number or e-mail address. `id` is `<user>/<device>`."""

    id: str
    channel: Literal["webpush", "fcm", "sms", "email"]
    endpoint: str
    p256dh: str = ""
    auth: str = ""


class Entry(BaseModel, frozen=True):
    """One person of a slice: in which language, and to which devices."""

    language: Language = "vi"
    addresses: tuple[Address, ...] = ()


class Receipt(BaseModel, frozen=True):
    """What a channel says about one device."""

    verdict: Literal["accepted", "gone", "refused", "later"]
    retry_after_s: float = 0
