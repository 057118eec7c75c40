"""A mini app with its versions, what was said about them, and what can go wrong."""

from datetime import datetime
from typing import Literal, get_args

from pydantic import BaseModel, Field

from city.contracts.manifest import AppManifest
from city.kernel.problems import Forbidden, Problem
from city.kernel.text import text
from city.partners.workflow import AppState

ReviewKind = Literal["legal", "security", "data_protection"]
KINDS: tuple[ReviewKind, ...] = get_args(ReviewKind)


class WrongAppState(Problem):
    """The state does not allow this step."""

    status = 409
    slug = "app-wrong-state"
    title = text("Không làm được ở trạng thái này", "Not possible in this state")
    detail = text("Ứng dụng đang ở trạng thái: {vi}.", "The app is: {en}.")


class AlreadyReviewed(Problem):
    """This review was given."""

    status = 409
    slug = "app-already-reviewed"
    title = text("Đã thẩm định", "Already reviewed")
    detail = text("Phần thẩm định này đã có kết quả.", "This review has been given already.")


class TermsNotSigned(Problem):
    """The organisation has not signed the terms that are in force."""

    status = 409
    slug = "terms-not-signed"
    title = text("Chưa ký điều khoản", "Terms not signed")
    detail = text(
        "Tổ chức chưa ký điều khoản trách nhiệm bản {version}.",
        "The organisation has not signed version {version} of the responsibility terms.",
    )


class AnotherPerson(Forbidden):
    """Nobody approves what they asked for, reviewed themselves, or have a part in."""

    slug = "second-person"
    title = text("Cần người khác", "Another person is needed")
    detail = text(
        "Việc này cần một người khác: không phải người đã đề nghị hay thẩm định, và không thuộc "
        "tổ chức chủ quản.",
        "This takes somebody else: not who asked for or reviewed it, and nobody of the owner.",
    )


class IdTaken(Problem):
    """Another app has this id."""

    status = 409
    slug = "app-id-taken"
    title = text("Mã đã dùng", "Id taken")
    detail = text("Đã có ứng dụng mang mã {id}.", "There is an app with the id {id}.")


class AppReview(BaseModel, frozen=True):
    """What an officer found. Conditions bind the partner even where it passed."""

    kind: ReviewKind
    by: str
    passed: bool
    reason: str
    conditions: str = ""
    at: datetime


class AppRelease(BaseModel, frozen=True):
    """A version of an app. `since`: in this state; `reason`: why it is back, suspended, revoked."""

    number: int
    manifest: AppManifest
    state: AppState
    since: datetime
    submitted_by: str = ""
    submitted_at: datetime | None = None
    reviews: tuple[AppReview, ...] = ()
    asked_by: str = ""
    approved_by: str = ""
    approved_at: datetime | None = None
    ended_by: str = ""
    reason: str = ""

    def review(self, kind: str) -> AppReview | None:
        """A review that was given."""
        return next((one for one in self.reviews if one.kind == kind), None)

    @property
    def waits_for(self) -> list[ReviewKind]:
        """Reviews that are still to come."""
        if self.state is not AppState.SUBMITTED:
            return []
        return [kind for kind in KINDS if self.review(kind) is None]


class PartnerApp(BaseModel, frozen=True):
    """A mini app. `demo_page` is where a made-up one opens: a page of this site, which no request
    can set. `seq` counts its changes."""

    id: str
    organisation: str
    created_at: datetime
    current: AppRelease | None = None
    coming: AppRelease | None = None
    seq: int = 0
    demo_page: str = ""

    @property
    def releases(self) -> list[AppRelease]:
        """The one that people open, and the one on its way."""
        return [one for one in (self.current, self.coming) if one]

    @property
    def revoked(self) -> bool:
        """Whether it has ended for good."""
        return any(one.state is AppState.REVOKED for one in self.releases)


class AppLogLine(BaseModel, frozen=True):
    """Who did what to which version. `part` says in which capacity."""

    at: datetime
    by: str
    part: str
    action: str
    number: int
    state: AppState
    words: str = ""


class AppSignature(BaseModel, frozen=True):
    """The responsibility terms as an organisation signed them."""

    version: int
    sha256: str
    signatory: str
    position: str
    by: str
    at: datetime


class AllowedHosts(BaseModel, frozen=True):
    """Hosts on which an organisation's apps may live; an administrator says which."""

    hosts: tuple[str, ...] = Field(max_length=20)
    by: str
    at: datetime
