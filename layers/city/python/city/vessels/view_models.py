"""What the API shows."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from city.kernel.page import PageQuery
from city.kernel.text import Text
from city.vessels.cases import CaseDeadline, Fine
from city.vessels.looking import PurposeQuery
from city.vessels.model import State
from city.vessels.recalls import Answered, Recall
from city.vessels.workflow import CaseState


class FleetQuery(PageQuery):
    """Which boats to list."""

    state: list[State] | None = None
    q: str | None = Field(None, max_length=60)


class MapQuery(PurposeQuery):
    """Which boats to draw, and why."""

    state: list[State] | None = None


class CasesQuery(PageQuery):
    """Open cases, or all."""

    all: bool = False
    boat: str | None = Field(None, max_length=60)


class Named(BaseModel, frozen=True):
    """A code and its words."""

    code: str
    name: Text


class BoatCard(BaseModel, frozen=True):
    """A boat in a list: no position."""

    id: str
    registration: str
    lmax_m: float
    gear: str
    port: Text
    state: State
    state_name: Text
    since: datetime | None
    near_limit: bool
    lines: dict[str, str]
    open_cases: list[str]
    demo: bool


class Spot(BaseModel, frozen=True):
    """A position."""

    t: datetime
    lat: float
    lon: float
    knots: float | None = None
    course: float | None = None
    source: str


class LineView(BaseModel, frozen=True):
    """A boat and a line on the sea, in nautical miles; negative is beyond."""

    zone: str
    name: Text
    line: str
    margin_nm: float
    confirmed: bool


class DutyView(BaseModel, frozen=True):
    """What the boat must do, and which document says so."""

    words: Text
    interval_min: int | None
    source: Text
    confirmed: bool


class BoatView(BoatCard, frozen=True):
    """A boat with its position: for who may know, with a purpose."""

    owner: str
    mmsi: int | None
    devices: list[str]
    last: Spot | None
    ais: Spot | None
    radio_at: datetime | None
    standing: list[LineView]
    duty: DutyView | None
    allowed: list[str]


class CaseCard(BaseModel, frozen=True):
    """A case in a list."""

    id: str
    code: str
    boat: str
    registration: str
    kind: str
    zone: Text | None
    state: CaseState
    state_name: Text
    stage: int
    grave: bool
    over: bool
    opened_at: datetime
    updated_at: datetime
    next_due: datetime | None = None
    missed: bool = False


class CaseView(CaseCard, frozen=True):
    """A case with its evidence, deadlines and what the caller may do."""

    since: datetime
    evidence: dict[str, Any]
    deadlines: list[CaseDeadline]
    explanation: str
    fine: Fine | None
    band: dict[str, Any] | None
    version: int
    allowed: list[Named]


class StepView(BaseModel, frozen=True):
    """One step of a case. Owners see that an office acted, never who."""

    seq: int
    at: datetime
    action: str
    name: Text
    by: str
    from_state: str | None
    to_state: str
    note: str
    detail: dict[str, Any]
    hash: str


class OutageView(BaseModel, frozen=True):
    """Boats of one vendor fell silent together."""

    id: str
    vendor: str
    since: datetime
    found_at: datetime
    ended_at: datetime | None
    late: int
    at_sea: int


class RecallView(BaseModel, frozen=True):
    """A recall and how many answered."""

    recall: Recall
    open: bool
    called: int
    answered: int
    answers: dict[str, int]


class CalledBoat(BaseModel, frozen=True):
    """A boat that was called; `answer` None is silence. `reachable` by app."""

    boat: str
    registration: str
    reachable: bool
    state: State
    answer: Answered | None


class CalledQuery(PageQuery):
    """All boats that were called, or those without an answer."""

    silent: bool = False


class MyBoat(BoatCard, frozen=True):
    """One's own boat."""

    last: Spot | None
    radio_at: datetime | None
    next_report_due: datetime | None
    standing: list[LineView]
    duty: DutyView | None
    cases: list[CaseCard]
    recalls: list["MyRecall"]


class MyRecall(BaseModel, frozen=True):
    """A recall of one's own boat."""

    id: str
    code: str
    headline: Text
    body: Text
    expires: datetime
    exercise: bool
    answer: Answered | None


class FleetFigures(BaseModel, frozen=True):
    """Counts only: nothing about any single boat."""

    boats: int
    with_device_duty: int
    states: dict[str, int]
    open_cases: dict[str, int]
    outages: int
    open_recalls: int
    demo: bool
    at: datetime


class RulesView(BaseModel, frozen=True):
    """The rules as data, each with its document and whether it was checked."""

    obligations: list[dict[str, Any]]
    limits: list[dict[str, Any]]
    deadlines: list[dict[str, Any]]
    fines: list[dict[str, Any]]
    states: list[Named]
    purposes: list[Named]
    case_states: list[Named]


class FeatureCollection(BaseModel):
    """GeoJSON (RFC 7946)."""

    type: str = "FeatureCollection"
    features: list[dict[str, Any]]
