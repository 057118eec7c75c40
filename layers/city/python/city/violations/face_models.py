"""What goes in and out of face searches, besides what every search has."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from city.contracts.watching import FACE_MODEL, Vector

Miss = Literal["no_face", "several_faces", "small_face"]


class Basis(BaseModel, frozen=True):
    """The legal basis as the unit `cameras` last told it."""

    version: int
    reference: str
    issued_by: str
    valid_from: datetime
    valid_until: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is in force."""
        return self.valid_from <= now < self.valid_until


class ToEnrol(BaseModel, frozen=True):
    """A photo that a vector is to be made of: base64 of a JPEG. Never stored by who gets it."""

    search_id: str
    photo: str = Field(repr=False)


class ToEnrolList(BaseModel, frozen=True):
    """At most one: photos are given out singly."""

    items: list[ToEnrol]


class Enrolled(BaseModel):
    """The vector of the one face in the photo, or why there is none."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    model: Annotated[str, Field(pattern=FACE_MODEL)]
    vector: Vector | None = Field(None, repr=False)
    miss: Miss | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Enrolled":
        if (self.vector is None) == (self.miss is None):
            raise ValueError("cần véc-tơ hoặc lý do|needs a vector or why there is none")
        if self.vector is not None and not any(self.vector):
            raise ValueError("véc-tơ rỗng|the vector is all zeros")
        return self


class ReferencePhoto(BaseModel, frozen=True):
    """The photo that was asked with; `entry` is the line of the audit that says who looked."""

    content_type: Literal["image/jpeg"] = "image/jpeg"
    data: str
    entry: int


class FaceHit(BaseModel, frozen=True):
    """A likeness above the card's line: maybe the person, never an identity.

    `measure` is the model's own figure and `line` where its card draws the line, by the same metric
    (`cosine`: more is more alike; `distance`: less is)."""

    detection_id: str
    case_id: str
    camera_id: str
    at: datetime
    score: float
    metric: Literal["cosine", "distance"]
    measure: float
    line: float


class FaceHits(BaseModel, frozen=True):
    """Candidates, newest first; `entry` is the line of the audit that says who looked."""

    items: list[FaceHit]
    entry: int
    next_cursor: str | None = None


class EnrollerKey(BaseModel, frozen=True):
    """A key as it is shown once."""

    key: str
