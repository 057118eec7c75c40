"""What comes in and what goes out over HTTP."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.contracts.manifest import AppManifest
from city.kernel.page import PageQuery
from city.kernel.problems import FieldError
from city.kernel.text import Text
from city.partners.documents import AppLimits, AppScope, ReviewDuty
from city.partners.model import ReviewKind
from city.partners.workflow import AppState

Queued = Literal["DRAFT", "SUBMITTED", "SANDBOX", "APPROVED", "LIVE", "SUSPENDED", "REVOKED"]


class AppStep(BaseModel):
    """A step and its words. A review says of which `kind` it is and whether it `passed`; words are
    needed wherever somebody else must be able to understand why."""

    model_config = ConfigDict(extra="forbid")

    kind: ReviewKind | None = None
    passed: bool | None = None
    words: str = Field("", max_length=1000)
    conditions: str = Field("", max_length=1000)


class NewSignature(BaseModel):
    """Signing the terms: their version and hash as read, and who signs for the organisation."""

    model_config = ConfigDict(extra="forbid")

    version: int
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    signatory: str = Field(min_length=3, max_length=80)
    position: str = Field(min_length=2, max_length=80)


class NewHosts(BaseModel):
    """Hosts on which an organisation's apps may live, in place of those before."""

    model_config = ConfigDict(extra="forbid")

    hosts: list[str] = Field(max_length=20)


class QueueQuery(PageQuery):
    """Which part of the queue."""

    state: Queued = "SUBMITTED"


class QueuedApp(BaseModel):
    """A version in a list. `yours`: a review of yours is open; `terms_due`: terms unsigned."""

    id: str
    number: int
    version: str
    name: Text
    icon: str
    organisation: str
    organisation_name: Text
    state: AppState
    state_name: Text
    since: datetime
    waits_for: list[ReviewKind]
    yours: bool
    terms_due: bool
    demo: bool


class AppReviewView(BaseModel):
    """A review; people are not named, offices are."""

    kind: ReviewKind
    name: Text
    looks_at: Text
    agency: str
    agency_name: Text
    passed: bool | None
    reason: str
    conditions: str
    at: datetime | None
    you: bool


class AppReleaseView(BaseModel):
    """A version of an app."""

    number: int
    manifest: AppManifest
    state: AppState
    state_name: Text
    since: datetime
    submitted_at: datetime | None
    reviews: list[AppReviewView]
    asked: bool
    asked_by_you: bool
    approved_at: datetime | None
    reason: str
    findings: list[FieldError]


class AppLogView(BaseModel):
    """Who did what: the capacity for everybody here, the account for who watches."""

    at: datetime
    part: str
    action: str
    action_name: Text
    number: int
    state_name: Text
    words: str
    you: bool
    by: str | None


class AppAction(BaseModel):
    """A step that the caller may take now; `kinds` for a review."""

    action: str
    name: Text
    kinds: list[ReviewKind]


class PartnerDesk(BaseModel):
    """An app as its makers and officers see it."""

    id: str
    organisation: str
    organisation_name: Text
    demo: bool
    current: AppReleaseView | None
    coming: AppReleaseView | None
    hosts: list[str]
    terms_version: int
    terms_due: bool
    may_edit: bool
    may_allow_hosts: bool
    allowed: list[AppAction]
    log: list[AppLogView]


class SignedTerms(BaseModel):
    """A signature under the terms."""

    version: int
    sha256: str
    signatory: str
    position: str
    at: datetime


class TermsView(BaseModel):
    """The responsibility terms in force."""

    version: int
    valid_from: str
    title: Text
    text: Text
    sha256: str


class PartnerOrganisation(BaseModel):
    """An organisation as its own people see it here."""

    id: str
    name: Text
    hosts: list[str]
    terms: TermsView
    signed: SignedTerms | None
    apps: list[QueuedApp]


class PartnerGuide(BaseModel):
    """What a maker of apps has to know: scopes, events, icons, limits, who reviews."""

    scopes: list[AppScope]
    events: list[str]
    duties: list[ReviewDuty]
    limits: AppLimits
    host_version: str
    terms: TermsView


class AskedPermission(BaseModel):
    """Something that an app asks for, in words."""

    scope: str
    name: Text
    text: Text
    purpose: Text
    sensitive: bool


class PublicApp(BaseModel):
    """A mini app as everybody sees it. `opens` is None while it is suspended or revoked."""

    id: str
    version: str
    name: Text
    description: Text
    icon: str
    organisation: str
    organisation_name: Text
    state: AppState
    state_name: Text
    since: datetime
    reason: str
    opens: str | None
    host: str
    permissions: list[AskedPermission]
    events: list[str]
    retention_days: int
    dpia: str
    email: str
    phone: str
    answer_hours: int
    available_percent: float
    demo: bool
