"""Between the camera registry and its workers: assignments, leases, detections, health.

A worker is a container with no state of its own. It takes an `Assignment` from the queue
`camera-assignments`, takes the camera over HTTP (a higher `epoch` comes back), keeps the message by
extending its visibility, sends each `Detection` to the queue `camera-detections` and says how it
goes in a `HealthReport`, whose answer are `Orders`. The epoch rides on everything: a worker that
was only slow cannot write beside its successor. What it saw (`seen_at`) before the camera was
another's still counts, though it may arrive after the take-over.
"""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from city.contracts.envelope import Announcement
from city.contracts.watching import Label, Point, Rule, RuleKind, Severity, Sha256Hex, Share
from city.kernel.calendar import WorkingCalendar
from city.kernel.text import Text

AssignmentKind = Literal["camera", "recording", "search"]
Sampling = Literal["adaptive", "steady", "key_frames"]
CameraState = Literal["starting", "live", "silent", "frozen", "dark", "blurred", "moved", "refused"]
Family = Literal["hues", "yolox", "yolov8", "rtdetr", "dfine"]


class _Message(BaseModel):
    """Receivers ignore fields that they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Assignment(_Message):
    """A message of `camera-assignments`: a camera, a recorded file or a search in one."""

    kind: AssignmentKind = "camera"
    camera_id: str
    generation: int = 0  # raised when the camera is enabled again, so that an old message dies
    job_id: str | None = None  # recordings and searches
    recording_key: str | None = None  # in the evidence bucket
    recorded_from: datetime | None = None  # wall clock of the file's first frame
    plate: str | None = None  # a search's normal form, already released by two people
    labels: tuple[Label, ...] = ()


class ModelCard(_Message):
    """A detector in the model registry: `models/<name>/<version>/{model.onnx,card.json}`."""

    name: str
    version: str
    sha256: Sha256Hex
    family: Family
    input_width: int
    input_height: int
    classes: tuple[str, ...]  # in the model's order
    mapped: dict[str, Label] = {}  # a model's word to ours; words that are missing are dropped
    thresholds: dict[str, float] = {}
    licence: str
    trained_on: str
    synthetic: bool = False


class CameraConfig(_Message):
    """All that a worker needs to watch one camera. `source` may hold a password: never logged.

    `calendar` are the working days of the weeks around now (a recording's: around its beginning),
    where a rule's hours ask for them.
    """

    camera_id: str
    config_version: int
    epoch: int
    source: str  # rtsp://, http(s)://…m3u8, file: or a key in the evidence bucket
    place: tuple[float, float]  # latitude, longitude
    sample_fps: float = Field(default=5.0, gt=0, le=30)
    sampling: Sampling = "adaptive"
    model: str  # name@version
    rules: tuple[Rule, ...] = ()
    read_plates: bool = False
    faces: bool = False
    simulated: bool = False
    calendar: WorkingCalendar | None = None


class TakeOver(_Message):
    """What a worker asks with: `POST /v1/camera-workers/cameras/{camera_id}/lease`."""

    worker: str
    generation: int = 0
    held_epoch: int | None = None  # still the camera's: configuration only, the epoch stays
    job_id: str | None = None  # a recording or search: the camera's own epoch is left alone


class Box(_Message):
    """A thing in a picture; corners in shares of it."""

    label: Label
    score: Share
    top_left: Point
    bottom_right: Point
    track: int | None = None


class PlateReading(_Message):
    """A plate, voted over a track's frames. `text` is the normal form, without separators."""

    text: str
    score: Share
    lines: Literal[1, 2] = 1
    colour: Literal["white", "yellow", "blue", "red", "unknown"] = "unknown"
    kind: str = "civil"
    frames: int = 1


class EvidenceItem(_Message):
    """A file in the evidence bucket; `taken_at` is the picture's time, `signed_at` the hash's."""

    role: Literal["before", "at", "after", "annotated", "clip"]
    key: str
    sha256: Sha256Hex
    size: int
    content_type: str
    taken_at: datetime
    signed_at: datetime


class Detection(_Message):
    """One incident as a machine saw it, from `camera-detections`. The id is made from its content.

    It comes at once without evidence, so that a worker that dies loses no incident, and again under
    the same id with it; receivers join the two in whichever order they come.
    `started_at` and `at` are the stream's wall clock; `seen_at` the worker's. `measures` are named
    figures of the rule with their unit in the name (`speed_kmh`, `level_m`, `density_per_m2`).
    """

    detection_id: str
    camera_id: str
    epoch: int
    worker: str
    rule_id: str
    rule_version: int
    kind: RuleKind
    severity: Severity
    started_at: datetime
    at: datetime
    seen_at: datetime
    model: str
    score: Share
    boxes: tuple[Box, ...] = ()
    plate: PlateReading | None = None
    measures: dict[str, float] = {}
    said: str | None = None  # a rule's word, such as `dark` or `frozen` of a screen
    stream: str | None = None  # water level: where the reading belongs
    evidence: tuple[EvidenceItem, ...] = ()
    merged: int = 1  # incidents that this one stands for
    simulated: bool = False
    job_id: str | None = None


class CameraHealth(_Message):
    """One camera's last seconds. `drift_s` is the stream's clock against the worker's."""

    camera_id: str
    epoch: int
    config_version: int
    state: CameraState
    last_frame_at: datetime | None
    fps: float
    sampled: int
    dropped: int
    reconnects: int
    drift_s: float = 0.0
    thumbnail_key: str | None = None
    reason: str | None = None


class JobHealth(_Message):
    """A recording or a search: how far it is, in the recording's clock. The last word is kept."""

    job_id: str
    camera_id: str
    state: Literal["running", "done", "failed"]
    watched_until: datetime | None = None
    frames: int = 0
    reason: str | None = None


class HealthReport(_Message):
    """`POST /v1/camera-workers/{worker}/health`, about every ten seconds."""

    worker: str
    at: datetime
    provider: str  # the execution provider that ONNX Runtime took
    models: tuple[str, ...]
    capacity: int
    queue_dropped: int
    cameras: tuple[CameraHealth, ...] = Field(max_length=200)
    jobs: tuple[JobHealth, ...] = Field(default=(), max_length=50)


class Orders(_Message):
    """The answer: cameras that are another's now, and those whose configuration has changed."""

    drop: tuple[str, ...] = ()
    renew: tuple[str, ...] = ()


class DetectionMade(Announcement):
    """A detection that was taken in: of the camera's holder, seen for the first time.

    Detections of one incident share `incident_id`, the id of the first. `drawn` are the rule's
    polygons and lines. Evidence that comes later is told by `EvidenceCame`.
    """

    unit: ClassVar[str] = "cameras"
    happened: ClassVar[str] = "detection_made"
    subject_field: ClassVar[str] = "incident_id"

    incident_id: str
    detection: Detection
    camera_name: Text
    place: tuple[float, float]
    ward: str | None = None
    rule_name: Text
    drawn: tuple[tuple[Point, ...], ...] = ()
    authority: str | None = None
    legal_article: str | None = None


class EvidenceCame(Announcement):
    """The evidence of a detection that was told before."""

    unit: ClassVar[str] = "cameras"
    happened: ClassVar[str] = "evidence_came"
    subject_field: ClassVar[str] = "incident_id"

    incident_id: str
    detection_id: str
    evidence: tuple[EvidenceItem, ...]
    plate: PlateReading | None = None


class CamerasFellSilent(Announcement):
    """Enabled cameras without a picture for minutes, and those that have one again."""

    unit: ClassVar[str] = "cameras"
    happened: ClassVar[str] = "cameras_fell_silent"
    subject_field: ClassVar[str] = "sweep_id"

    sweep_id: str
    silent: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    names: dict[str, str]
    at: datetime


class FacesBasisRecorded(Announcement):
    """The legal basis of searching faces, as an administrator recorded it; it replaces the one
    before. Nothing is searched before `valid_from` or from `valid_until` on."""

    unit: ClassVar[str] = "cameras"
    happened: ClassVar[str] = "faces_basis_recorded"
    subject_field: ClassVar[str] = "basis_id"

    basis_id: str = "faces"
    version: int
    reference: str
    issued_by: str
    valid_from: datetime
    valid_until: datetime
    at: datetime


class RecordingSearched(Announcement):
    """A recording that was to be looked through for plates: one was seen, or its end was reached.

    `plate` is None at the end; `frames` and `failed` tell how the job went.
    """

    unit: ClassVar[str] = "cameras"
    happened: ClassVar[str] = "recording_searched"
    subject_field: ClassVar[str] = "search_id"

    search_id: str
    camera_id: str
    plate: str | None = None
    seen_at: datetime | None = None
    detection_id: str | None = None
    found: int = 0
    frames: int = 0
    failed: bool = False
    at: datetime
