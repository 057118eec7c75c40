"""What the unit `violations` publishes: what people judged, and which plates are looked for."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from city.contracts.envelope import Announcement
from city.contracts.watching import FACES_MOST, RuleKind, Sha256Hex, Share

FACES_SEALED_FOR = "face-list"


class HazardConfirmed(Announcement):
    """A person looked and says: this is fire or smoke. No machine's word alone gets here."""

    unit: ClassVar[str] = "violations"
    happened: ClassVar[str] = "hazard_confirmed"
    subject_field: ClassVar[str] = "violation_id"

    violation_id: str
    hazard: Literal["fire", "smoke"]
    camera_id: str
    lat: float
    lon: float
    seen_at: datetime
    score: Share
    at: datetime


class ViolationJudged(Announcement):
    """A step that counts: confirmed, denied, transferred, or an authority's outcome."""

    unit: ClassVar[str] = "violations"
    happened: ClassVar[str] = "violation_judged"
    subject_field: ClassVar[str] = "violation_id"

    violation_id: str
    camera_id: str
    rule_id: str
    rule_version: int
    kind: RuleKind
    step: Literal["confirmed", "denied", "transferred", "outcome"]
    reason: str | None = None
    outcome: str | None = None
    seq: int
    at: datetime


class WatchListChanged(Announcement):
    """The plates that are looked for now, as salted hashes; the list replaces the one before."""

    unit: ClassVar[str] = "violations"
    happened: ClassVar[str] = "watch_list_changed"
    subject_field: ClassVar[str] = "list_id"

    list_id: str = "plates"
    version: int
    salt: str
    plate_hashes: tuple[Sha256Hex, ...] = Field(default=(), max_length=2_000)
    at: datetime


class FaceSought(BaseModel):
    """One face of the list, as far as everybody on the bus may know it."""

    model_config = ConfigDict(frozen=True)

    entry: str  # the search's id
    until: datetime


class FaceListChanged(Announcement):
    """The faces that are looked for now; the list replaces the one before.

    `sealed` holds the vectors, encrypted under the city's secret for `FACES_SEALED_FOR`: no queue
    and no log has them in the clear.
    """

    unit: ClassVar[str] = "violations"
    happened: ClassVar[str] = "face_list_changed"
    subject_field: ClassVar[str] = "list_id"

    list_id: str = "faces"
    version: int
    sealed: str
    entries: tuple[FaceSought, ...] = Field(default=(), max_length=FACES_MOST)
    at: datetime


class ThresholdAccepted(Announcement):
    """A person took a proposal over: the rule's next version is to ask for this score."""

    unit: ClassVar[str] = "violations"
    happened: ClassVar[str] = "threshold_accepted"
    subject_field: ClassVar[str] = "camera_id"

    proposal_id: str
    camera_id: str
    rule_id: str
    from_version: int
    min_score: Share
    by: str
    at: datetime


class RecordingSearchReleased(Announcement):
    """Two people want a recording looked through for plates; workers get hashes only."""

    unit: ClassVar[str] = "violations"
    happened: ClassVar[str] = "recording_search_released"
    subject_field: ClassVar[str] = "search_id"

    search_id: str
    camera_id: str
    recording_key: str
    recorded_from: datetime
    salt: str
    plate_hashes: tuple[Sha256Hex, ...] = Field(max_length=20)
    by: str
    at: datetime
