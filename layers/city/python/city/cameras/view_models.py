"""What the console sees of cameras. A source is never among it."""

from datetime import datetime

from pydantic import BaseModel, Field

from city.cameras.model import CameraKind, JobState, RuleState, WallState
from city.contracts.cameras import Detection, Sampling
from city.contracts.watching import Rule
from city.kernel.page import PageQuery
from city.kernel.text import Text


class WallQuery(PageQuery):
    """Which cameras; `pictures` adds addresses of their last stills, and is written down."""

    kind: CameraKind | None = None
    state: WallState | None = None
    ward: str | None = Field(None, max_length=40)
    q: str | None = Field(None, max_length=80)
    pictures: bool = False


class Still(BaseModel, frozen=True):
    """A still and the moment after which its address is dead."""

    url: str
    expires_at: datetime


class CameraCard(BaseModel, frozen=True):
    """A camera on the wall. `today` counts detections: taken, merged, refused, readings."""

    id: str
    name: Text
    kind: CameraKind
    kind_name: Text
    lat: float
    lon: float
    ward: str | None
    enabled: bool
    state: WallState
    last_frame_at: datetime | None
    heard_at: datetime | None
    fps: float
    sampled: int
    dropped: int
    reconnects: int
    drift_s: float
    worker: str | None
    reason: str | None
    rules: int
    read_plates: bool
    faces: bool
    simulated: bool
    demo: bool
    today: dict[str, int]
    still: Still | None = None


class CameraView(CameraCard):
    """A camera with its settings and rules in force."""

    sample_fps: float
    sampling: Sampling
    model: str
    generation: int
    config_version: int
    epoch: int | None
    taken_at: datetime | None
    source_kind: str
    live_rules: tuple[Rule, ...]
    version: int


class RuleView(BaseModel, frozen=True):
    """One version of a rule. `tried` is the job's state; `caught` what it found so far."""

    rule: Rule
    state: RuleState
    by: str
    at: datetime
    job_id: str | None
    tried: JobState | None
    published_by: str | None
    published_at: datetime | None
    note: str | None


class JobView(BaseModel, frozen=True):
    """A recording and what the rule would have caught."""

    id: str
    camera_id: str
    rules: tuple[Rule, ...]
    recorded_from: datetime
    state: JobState
    frames: int
    watched_until: datetime | None
    reason: str | None
    by: str
    at: datetime
    caught: list[Detection]
    next_cursor: str | None = None


class WorkerView(BaseModel, frozen=True):
    """A worker's last report."""

    worker: str
    fleet: str
    at: datetime
    provider: str
    models: tuple[str, ...]
    capacity: int
    cameras: int
    queue_dropped: int


class SilentCamera(BaseModel, frozen=True):
    """A camera whose silence was told to the centre, and when."""

    id: str
    name: Text
    told_at: datetime


class Summary(BaseModel, frozen=True):
    """The wall in numbers. `waiting` messages are in the queue for lack of free workers.

    `silent` are those that the centre was alarmed about and that are silent still, the longest
    first, at most twenty; `silent_in_all` how many.
    """

    cameras: int
    by_state: dict[str, int]
    by_kind: dict[str, int]
    today: dict[str, int]
    waiting: int
    workers: list[WorkerView]
    silent: list[SilentCamera]
    silent_in_all: int
    at: datetime


class Look(BaseModel, frozen=True):
    """Who looked at pictures of which cameras."""

    at: datetime
    by: str
    role: str
    what: str
    cameras: tuple[str, ...]


class LooksQuery(PageQuery):
    """A month as `202611`; this one if none is named."""

    month: str | None = Field(None, pattern=r"^20\d{4}$")


class NewKey(BaseModel, frozen=True):
    """A fleet's new key; it is shown this once."""

    key: str
