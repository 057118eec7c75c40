"""What a search under warrant is, as asked for, as kept and as shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from city.kernel.text import Text

Plate = Annotated[str, Field(pattern=r"^[0-9A-Z]{4,12}$")]


class Purpose(StrEnum):
    """For what a plate may be looked for. Wire values are stable."""

    CRIMINAL_INQUIRY = "criminal_inquiry"
    HIT_AND_RUN = "hit_and_run"
    STOLEN_VEHICLE = "stolen_vehicle"
    MISSING_PERSON = "missing_person"
    RESCUE = "rescue"


PURPOSE_NAMES: dict[Purpose, Text] = {
    Purpose.CRIMINAL_INQUIRY: Text(vi="Điều tra hình sự", en="Criminal inquiry"),
    Purpose.HIT_AND_RUN: Text(vi="Gây tai nạn rồi bỏ chạy", en="Hit and run"),
    Purpose.STOLEN_VEHICLE: Text(vi="Xe bị mất cắp", en="Stolen vehicle"),
    Purpose.MISSING_PERSON: Text(vi="Tìm người mất tích", en="Missing person"),
    Purpose.RESCUE: Text(vi="Cứu nạn khẩn cấp", en="Rescue"),
}

SearchKind = Literal["history", "watch", "recording", "face"]
LASTING = ("watch", "face")  # in force until their end; the others look once
# How far the vector of a released face search is: it is made of the photo, once.
Enrolment = Literal["waiting", "done", "no_face", "several_faces", "small_face"]
PHOTO_LONGEST = 2_800_000  # characters of base64: two megabytes
SearchState = Literal["asked", "released", "refused", "ended"]


def _normal(plates: list[str]) -> list[str]:
    return [plate.upper().replace("-", "").replace(".", "").replace(" ", "") for plate in plates]


class NewSearch(BaseModel):
    """What is asked for. A search of the past has a beginning; a watch ends within 30 days; a
    recording is named by its camera and key and begins at `since`; a face has a photo (JPEG, PNG or
    WebP in base64) in place of plates and lasts no longer than the legal basis."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: SearchKind
    plates: list[Plate] = Field(default=[], max_length=20)
    photo: str | None = Field(None, max_length=PHOTO_LONGEST, repr=False)
    purpose: Purpose
    warrant: str = Field(min_length=5, max_length=120)
    issued_by: str = Field(min_length=2, max_length=120)
    since: AwareDatetime
    until: AwareDatetime
    camera_id: str | None = Field(None, pattern=r"^[a-z0-9-]{1,41}$")
    recording_key: str | None = Field(
        None, pattern=r"^recordings/[a-z0-9-]{1,41}/[A-Za-z0-9._-]{1,80}$"
    )

    @model_validator(mode="after")
    def _names_its_recording(self) -> "NewSearch":
        key = f"recordings/{self.camera_id}/" if self.camera_id else None
        named = bool(key and self.recording_key and self.recording_key.startswith(key))
        if named != (self.kind == "recording") or (self.recording_key and not named):
            raise ValueError(
                "đoạn ghi cần camera và tệp của nó|a recording needs a camera and its file"
            )
        return self

    @model_validator(mode="after")
    def _says_what_to_look_for(self) -> "NewSearch":
        face = self.kind == "face"
        if face == (self.photo is None) or face == bool(self.plates):
            raise ValueError(
                "cần biển số, hoặc một ảnh nếu tìm khuôn mặt|needs plates, or a photo for a face"
            )
        return self

    _plates = field_validator("plates", mode="before")(
        lambda given: _normal(given) if isinstance(given, list) else given
    )


class Decision(BaseModel, frozen=True, extra="forbid"):
    """A second person's word."""

    release: bool
    note: str | None = Field(None, max_length=500)


class Search(BaseModel, frozen=True):
    """One search. `sealed` holds the plates, `vector` a face's vector, both encrypted; the vector
    is there from its making to the search's end."""

    id: str
    kind: SearchKind
    sealed: str
    plates: int
    purpose: Purpose
    warrant: str
    issued_by: str
    since: datetime
    until: datetime
    state: SearchState = "asked"
    asked_by: str
    asked_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
    camera_id: str | None = None
    recording_key: str | None = None
    enrolment: Enrolment | None = None
    given_at: datetime | None = None  # when the photo was last given to be made a vector of
    model: str | None = None
    vector: str | None = None
    hits: int = 0
    seq: int = 0
    chain: str = ""
    version: int = 1

    def active(self, now: datetime) -> bool:
        """Whether it is in force."""
        lasting = self.kind in LASTING
        return self.state == "released" and (not lasting or now < self.until)


class SearchView(BaseModel, frozen=True):
    """A search as those see it who may."""

    id: str
    kind: SearchKind
    plates: list[str]
    purpose: Purpose
    purpose_name: Text
    warrant: str
    issued_by: str
    since: datetime
    until: datetime
    state: SearchState
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    camera_id: str | None
    recording_key: str | None
    enrolment: Enrolment | None
    model: str | None
    hits: int


class Found(BaseModel, frozen=True):
    """A plate that a camera saw."""

    plate: str
    violation_id: str
    camera_id: str
    at: datetime


class Results(BaseModel, frozen=True):
    """What one look through the past found; `entry` is the line that says so."""

    items: list[Found]
    missed: list[str]
    entry: int
    next_cursor: str | None = None
