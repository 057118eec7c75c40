"""Cameras come, change, go on and off. An enabled camera has one message in the queue."""

from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from city.adapters.sealed import seal
from city.adapters.table import CommitConflict
from city.cameras import detectors
from city.cameras.desk import SEALED_FOR, Desk
from city.cameras.model import DEFAULT_MODEL, Camera, CameraKind, FacesBasis
from city.cameras.refusals import NoLegalBasis
from city.cameras.store import Store
from city.contracts.cameras import Assignment, Sampling
from city.kernel.clock import local_date
from city.kernel.problems import Conflict, invalid
from city.kernel.text import Text

SOURCES = ("rtsp://", "rtsps://", "http://", "https://", "file:", "recordings/")
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,40}$")]
# Words of the API's paths and of the console's.
RESERVED = {"summary", "looks", "models", "faces-basis", "jobs", "new", "precision"}


def _known(source: str) -> str:
    if not source.startswith(SOURCES):
        raise ValueError(
            "cần rtsp://, http(s)://, file: hoặc recordings/"
            "|needs rtsp://, http(s)://, file: or recordings/"
        )
    return source


def _said(name: Text) -> Text:
    if not name.vi.strip() or not name.en.strip():
        raise ValueError("cần tên bằng cả hai ngôn ngữ|needs a name in both languages")
    return Text(vi=name.vi.strip(), en=name.en.strip())


Name = Annotated[Text, AfterValidator(_said)]
Model = Annotated[str, Field(pattern=r"^[a-z0-9._-]+@[A-Za-z0-9._-]+$")]


class _Asked(BaseModel):
    # The source may hold a password: an error must not repeat what was sent.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NewCamera(_Asked):
    """A camera to register; it starts switched off. Without `ward` the place's own is taken."""

    id: Id
    name: Name
    kind: CameraKind
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    source: str = Field(min_length=6, max_length=1000)
    ward: str | None = Field(None, max_length=40)
    sample_fps: float = Field(5.0, gt=0, le=30)
    sampling: Sampling = "adaptive"
    model: Model = DEFAULT_MODEL
    read_plates: bool = False
    simulated: bool = False

    _source = field_validator("source")(_known)


class CameraChange(_Asked):
    """What is to be different. `faces` needs a legal basis in force; a place is two figures."""

    name: Name | None = None
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    source: str | None = Field(None, min_length=6, max_length=1000)
    sample_fps: float | None = Field(None, gt=0, le=30)
    sampling: Sampling | None = None
    model: Model | None = None
    read_plates: bool | None = None
    faces: bool | None = None

    @field_validator("source")
    @classmethod
    def _source(cls, source: str | None) -> str | None:
        return source if source is None else _known(source)

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("vị trí cần cả vĩ độ và kinh độ|a place needs latitude and longitude")
        return self


def made(new: NewCamera, secret: str, *, demo: bool = False) -> Camera:
    """The camera, its source sealed."""
    told = new.model_dump(exclude={"source"})
    return Camera(**told, sealed=seal(secret, SEALED_FOR, new.source.encode()), demo=demo)


def register(desk: Desk, new: NewCamera) -> Camera:
    """Take a camera into the registry.

    Raises:
        Invalid: the id is taken or a word of ours, the place is outside the city, or the model
            registry has no such model.
    """
    if new.id in RESERVED:
        raise invalid("id", "Mã này đã dùng cho việc khác.", "This id is a word of ours.")
    detectors.require(desk, new.model)
    ward = new.ward or _ward(desk, new.lat, new.lon)
    camera = made(new, desk.secret).model_copy(update={"ward": ward})
    camera, write = Store.put_camera(camera, new=True)
    try:
        desk.store.commit([write])
    except CommitConflict as error:
        raise invalid("id", "Mã này đã có camera khác.", "Another camera has this id.") from error
    return camera


def _ward(desk: Desk, lat: float, lon: float) -> str:
    found = desk.city().ward_at(lat, lon, local_date(desk.now))
    if found is None:
        raise invalid(
            "place", "Vị trí nằm ngoài thành phố Huế.", "The place is outside the city of Huế."
        )
    return found.code


def change(desk: Desk, camera_id: str, asked: CameraChange) -> Camera:
    """Change a camera; workers hear of it with their next report.

    Raises:
        NotFound, Conflict: there is none, or somebody else changed it.
        NoLegalBasis: faces without one.
        Invalid: the place is outside the city, or the model registry has no such model.
    """
    camera = desk.camera(camera_id)
    if asked.model and asked.model != camera.model:
        detectors.require(desk, asked.model)
    told = asked.model_dump(exclude_none=True, exclude={"source", "name"})
    if asked.name:
        told["name"] = asked.name
    if asked.source:
        told["sealed"] = seal(desk.secret, SEALED_FOR, asked.source.encode())
    if asked.lat is not None and asked.lon is not None:
        told["ward"] = _ward(desk, asked.lat, asked.lon)
    if asked.faces:
        require_basis(desk)
    return changed(desk, camera, **told)


def changed(desk: Desk, camera: Camera, **told: object) -> Camera:
    """A camera with other values and the next configuration.

    Raises:
        Conflict: somebody else changed it.
    """
    fresh = camera.model_copy(update={**told, "config_version": camera.config_version + 1})
    stored, write = Store.put_camera(fresh)
    try:
        desk.store.commit([write])
    except CommitConflict as error:
        raise Conflict from error
    return stored


def switch(desk: Desk, camera_id: str, to: Literal["enable", "disable"]) -> Camera:
    """Switch a camera on, with a new message, or off, by which its message dies. Twice is once.

    The message goes out after the commit; if that fails, the sweep sends it.

    Raises:
        NotFound, Conflict: there is none, or somebody else changed it.
    """
    camera = desk.camera(camera_id)
    if camera.enabled == (to == "enable"):
        return camera
    if to == "disable":
        return changed(desk, camera, enabled=False)
    camera = changed(
        desk, camera, enabled=True, enabled_at=desk.now, generation=camera.generation + 1
    )
    assign(desk, [camera])
    return camera


def assign(desk: Desk, cameras: list[Camera]) -> None:
    """Put the messages of cameras into the queue. A second one does no harm: the epoch decides."""
    messages = [Assignment(camera_id=each.id, generation=each.generation) for each in cameras]
    desk.assignments.send_all([m.model_dump(mode="json", exclude_none=True) for m in messages])
    desk.store.mark_sent([each.id for each in cameras], desk.now)


def require_basis(desk: Desk) -> FacesBasis:
    """The legal basis of searching faces.

    Raises:
        NoLegalBasis: none is recorded that is in force.
    """
    basis = desk.store.faces_basis()
    if basis is None or not basis.holds(desk.now):
        raise NoLegalBasis
    return basis
