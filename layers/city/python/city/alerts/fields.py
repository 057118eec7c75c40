"""What each action asks for; the workflow says when it may be taken."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from city.alerts.cap import Response
from city.contracts.alerts import Certainty, Severity, Status, Urgency
from city.kernel.text import Text

_MOST = 4000


def _short(words: Text) -> Text:
    if not words.vi.strip() or not words.en.strip():
        raise ValueError("Cần cả tiếng Việt và tiếng Anh.|Both languages are needed.")
    if max(len(words.vi), len(words.en)) > _MOST:
        raise ValueError(f"Tối đa {_MOST} ký tự.|At most {_MOST} characters.")
    return words


Words = Annotated[Text, AfterValidator(_short)]
Note = Annotated[str, Field(max_length=1000)]


class Asked(BaseModel):
    """The fields of an action; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AreaAsked(Asked):
    """Where: units by code, drawings as rings of [lat, lon], circles as [lat, lon, metres]."""

    name: Words
    units: tuple[str, ...] = Field((), max_length=200)
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = Field((), max_length=20)
    whole_city: bool = False


class Draft(Asked):
    """A change of what lies on the desk. What is left out stays; words that came from the kind's
    templates follow the facts, words that somebody wrote stay as they are."""

    severity: Severity | None = None
    urgency: Urgency | None = None
    certainty: Certainty | None = None
    responses: tuple[Response, ...] | None = None
    risk_level: int | None = Field(None, ge=1, le=5)
    fields: dict[str, Any] | None = None
    area: AreaAsked | None = None
    headline: Words | None = None
    description: Words | None = None
    instruction: Words | None = None
    onset: AwareDatetime | None = None
    expires: AwareDatetime | None = None
    note: Note = ""


class NewDraft(Draft):
    """A warning by hand. `status` is decided here and never changes."""

    kind: str
    status: Status = "Actual"
    severity: Severity
    area: AreaAsked


class JustNote(Asked):
    """A remark for the timeline."""

    note: Note = ""


class Release(Asked):
    """Send it. What is not real asks for a typed word, so that nobody mixes the two up."""

    confirm: str = Field("", max_length=40)
    note: Note = ""


class ReleaseNow(Release):
    """Send it on one supervisor's word, in a named case; somebody else reviews it after."""

    case: str
    reason: str = Field(min_length=10, max_length=1000)


class Cancel(Asked):
    """Why it is over; people read it."""

    reason: Words
    note: Note = ""


class Reason(Asked):
    """Why not."""

    reason: str = Field(min_length=3, max_length=1000)


class Confirm(Asked):
    """The detection is right; `kind` says what it turned out to be."""

    kind: str | None = None
    fields: dict[str, Any] | None = None
    note: Note = ""


class ReviewFields(Asked):
    """What a look afterwards found."""

    revision: int = Field(ge=1)
    finding: Literal["upheld", "wrong"]
    note: str = Field(min_length=3, max_length=1000)


FIELDS: dict[str, type[Asked]] = {
    "edit": Draft,
    "submit": JustNote,
    "approve": JustNote,
    "send_back": Reason,
    "release": Release,
    "release_now": ReleaseNow,
    "reject": Reason,
    "confirm": Confirm,
    "deny": Reason,
    "update": Draft,
    "discard": JustNote,
    "cancel": Cancel,
    "review": ReviewFields,
}


class Detection(Asked):
    """Something that a camera, a patrol or a caller reported, to be confirmed or denied."""

    detection_id: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,80}$")
    kind: str
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    at: AwareDatetime
    source: Literal["camera", "tower", "patrol", "caller", "satellite"]
    confidence: float | None = Field(None, ge=0, le=1)


class CapImport(Asked):
    """Another service's CAP message, to draft a warning of ours from."""

    kind: str
    cap: str = Field(min_length=1, max_length=1_000_000)
    status: Status = "Actual"
    fields: dict[str, Any] = {}
