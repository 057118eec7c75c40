"""What the registry knows: cameras, leases, versions of rules, jobs. Pure."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from city.contracts.cameras import CameraHealth, Sampling
from city.contracts.watching import Rule
from city.kernel.text import Text

NEVER = datetime.min.replace(tzinfo=UTC)
VISIBILITY = timedelta(seconds=60)  # the queue `camera-assignments` promises a successor by then
UNWATCHED_AFTER = 2 * VISIBILITY
SILENT_AFTER = timedelta(minutes=5)
PAST_KEPT = 8
MOST_RULES = 30
DEFAULT_MODEL = "hues-nano@2"


class CameraKind(StrEnum):
    """What a camera looks at. Wire values are stable."""

    TRAFFIC = "traffic"
    SQUARE = "square"
    WATER = "water"
    FOREST = "forest"
    SCREEN = "screen"


KIND_NAMES: dict[CameraKind, Text] = {
    CameraKind.TRAFFIC: Text(vi="Giao thông", en="Traffic"),
    CameraKind.SQUARE: Text(vi="Quảng trường, công viên", en="Square or park"),
    CameraKind.WATER: Text(vi="Hồ chứa, điểm trũng", en="Reservoir or low point"),
    CameraKind.FOREST: Text(vi="Rừng", en="Forest"),
    CameraKind.SCREEN: Text(vi="Màn hình quảng cáo", en="Advertising screen"),
}


class Camera(BaseModel, frozen=True):
    """One camera. `sealed` is its source, encrypted: it may hold a password and never leaves.

    `generation` counts how often its message was made anew, `config_version` what workers must
    know; `version` is the row's lock. Positions of demo cameras are invented.
    """

    id: str
    name: Text
    kind: CameraKind
    lat: float
    lon: float
    ward: str | None = None
    sealed: str
    enabled: bool = False
    enabled_at: datetime | None = None
    generation: int = 0
    config_version: int = 1
    sample_fps: float = 5.0
    sampling: Sampling = "adaptive"
    model: str = DEFAULT_MODEL
    read_plates: bool = False
    faces: bool = False
    simulated: bool = False
    demo: bool = False
    rules: tuple[Rule, ...] = ()
    version: int = 1

    def rule(self, rule_id: str) -> Rule | None:
        """A rule that is in force."""
        return next((rule for rule in self.rules if rule.rule_id == rule_id), None)


class Lease(BaseModel, frozen=True):
    """Who holds a camera. `past` says when earlier epochs were superseded, newest first."""

    camera_id: str
    epoch: int
    worker: str
    fleet: str
    generation: int
    taken_at: datetime
    past: tuple[tuple[int, datetime], ...] = ()

    def superseded(self, epoch: int) -> datetime | None:
        """When an epoch ended; None while it lasts. One that is forgotten ended long ago."""
        if epoch >= self.epoch:
            return None
        known = dict(self.past)
        return known.get(epoch, NEVER)

    def taken(self, worker: str, fleet: str, generation: int, now: datetime) -> "Lease":
        """The lease of a successor."""
        past = ((self.epoch, now), *self.past)[:PAST_KEPT]
        return Lease(
            camera_id=self.camera_id, epoch=self.epoch + 1, worker=worker, fleet=fleet,
            generation=generation, taken_at=now, past=past,
        )  # fmt: skip


def counts(lease: Lease | None, epoch: int, seen_at: datetime) -> bool:
    """Whether what a worker saw counts: its epoch lasted then, though it may be over now."""
    if lease is None or epoch > lease.epoch:
        return False
    ended = lease.superseded(epoch)
    return ended is None or seen_at <= ended


class Heard(BaseModel, frozen=True):
    """The last word about a camera, and whose it was."""

    health: CameraHealth
    worker: str
    at: datetime


WallState = Literal[
    "off", "unwatched", "starting", "live", "silent", "frozen", "dark", "blurred", "moved",
    "refused",
]  # fmt: skip


def wall_state(camera: Camera, heard: Heard | None, now: datetime) -> WallState:
    """How a camera stands on the wall."""
    if not camera.enabled:
        return "off"
    if heard is None or now - heard.at > UNWATCHED_AFTER:
        return "unwatched"
    return heard.health.state


def last_sign(camera: Camera, heard: Heard | None) -> datetime:
    """When an enabled camera was last heard of; its enabling counts."""
    enabled = camera.enabled_at or NEVER
    return max(enabled, heard.at) if heard else enabled


def last_picture(camera: Camera, heard: Heard | None) -> datetime:
    """When an enabled camera last had a picture; its enabling counts."""
    enabled = camera.enabled_at or NEVER
    seen = heard.health.last_frame_at if heard else None
    return max(enabled, seen) if seen else enabled


RuleState = Literal["draft", "live", "retired"]


class RuleVersion(BaseModel, frozen=True):
    """One version of a camera's rule. It goes live once the job that tried it is done."""

    camera_id: str
    rule: Rule
    state: RuleState = "draft"
    by: str
    at: datetime
    job_id: str | None = None
    published_by: str | None = None
    published_at: datetime | None = None
    note: str | None = None
    version: int = 1


JobState = Literal["queued", "running", "done", "failed"]


class Job(BaseModel, frozen=True):
    """A recording that a worker looks through: for what a rule would have caught, which accuses
    nobody, or for plates under warrant."""

    id: str
    camera_id: str
    rules: tuple[Rule, ...] = Field(max_length=MOST_RULES)
    recording_key: str
    recorded_from: datetime
    search_id: str | None = None  # a search under warrant, not a trial of a rule
    found: int = 0
    state: JobState = "queued"
    worker: str | None = None
    frames: int = 0
    watched_until: datetime | None = None
    reason: str | None = None
    by: str
    at: datetime
    version: int = 1


class Watched(BaseModel, frozen=True):
    """The plates that are looked for, as hashes. `version` only grows."""

    version: int = 0
    salt: str = ""
    plate_hashes: tuple[str, ...] = ()


class FacesBasis(BaseModel, frozen=True):
    """The legal basis of searching faces. Without one in force no camera may."""

    reference: str = Field(min_length=5, max_length=200)
    issued_by: str = Field(min_length=2, max_length=200)
    valid_from: datetime
    valid_until: datetime
    recorded_by: str = ""
    recorded_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.valid_from <= now < self.valid_until


class FacesBasisNow(BaseModel, frozen=True):
    """The legal basis in force at this moment, or none."""

    in_force: FacesBasis | None
