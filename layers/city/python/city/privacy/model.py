"""Purposes, receipts, requests and the record of who looked."""

import hashlib
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.page import PageQuery
from city.kernel.problems import Problem
from city.kernel.text import Text, text

Kind = Literal["export", "rectify", "erase"]
RequestState = Literal["received", "working", "done", "refused"]


class NotByConsent(Problem):
    """This purpose rests on law or contract; consent neither starts nor ends it."""

    status = 409
    slug = "not-by-consent"
    title = text("Không dựa trên sự đồng ý", "Not based on consent")
    detail = text(
        "Mục đích này dựa trên luật hoặc hợp đồng, không phải sự đồng ý.",
        "This purpose rests on law or contract, not on consent.",
    )


class StillOpen(Problem):
    """There is an open request of this kind."""

    status = 409
    slug = "data-request-open"
    title = text("Yêu cầu trước chưa xong", "Earlier request still open")
    detail = text(
        "Bạn đã có một yêu cầu cùng loại đang xử lý.", "A request of this kind is under way."
    )


class NotReady(Problem):
    """The export is not complete yet, or has gone after its week."""

    status = 409
    slug = "export-not-ready"
    title = text("Chưa có tệp", "File not ready")
    detail = text(
        "Dữ liệu đang được tập hợp, hoặc đã quá bảy ngày. Xem trạng thái rồi thử lại.",
        "The data are being gathered, or seven days have passed. Look at the state, then retry.",
    )


class AlreadyDecided(Problem):
    """The request is not open for a decision."""

    status = 409
    slug = "data-request-decided"
    title = text("Đã có quyết định", "Decided already")
    detail = text("Yêu cầu ở trạng thái {state}.", "The request is {state}.")


class Purpose(BaseModel, frozen=True):
    """For what data are used, by whom, on what ground."""

    id: str
    version: str
    basis: Literal["consent", "law", "contract"]
    party: Text
    name: Text
    text: Text
    retention_months: int
    sensitive: bool = False

    @property
    def sha256(self) -> str:
        """Of the words that are shown, both languages."""
        return hashlib.sha256(f"{self.text.vi}\n{self.text.en}".encode()).hexdigest()


class Deadline(BaseModel, frozen=True):
    """How long the city has for a kind of request. `unconfirmed`: the law's text was not read."""

    kind: str
    days: int
    unit: Literal["working", "calendar"]
    valid_from: date
    document: str
    checked_how: str
    unconfirmed: bool


class Receipt(BaseModel, frozen=True):
    """A consent receipt, after ISO/IEC TS 27560: what was shown, when, and until when it held."""

    id: str
    purpose: str
    party: Text
    version: str
    sha256: str
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    seq: int = 1


class NewConsent(BaseModel):
    """Consent to one purpose, in the version that was shown."""

    model_config = ConfigDict(extra="forbid")

    purpose: str = Field(max_length=60)
    version: str = Field(max_length=20)


class Seen(BaseModel, frozen=True):
    """Somebody looked at one's data; the office, not the officer."""

    at: datetime
    by_role: str
    by_unit: str | None
    what: str
    purpose: str
    case: str | None = None


class NewRequest(BaseModel):
    """What one asks for. A correction says what is wrong."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    text: str = Field("", max_length=2000)


class Part(BaseModel, frozen=True):
    """What one holder did."""

    holder: str
    state: Literal["waiting", "done", "kept_by_law", "nothing"] = "waiting"
    items: int = 0
    law: str | None = None
    at: datetime | None = None


class Entry(BaseModel, frozen=True):
    """One step of a request's history."""

    at: datetime
    what: str
    note: str = ""


class DataRequestRecord(BaseModel, frozen=True):
    """A request over one's data."""

    id: str
    subject: str
    kind: Kind
    text: str = ""
    state: RequestState
    created_at: datetime
    reply_by: datetime
    due_at: datetime
    deadline: Deadline
    parts: tuple[Part, ...] = ()
    history: tuple[Entry, ...] = ()
    late: bool = False
    seq: int = 1
    asked_at: datetime | None = None

    def step(
        self, at: datetime, what: str, note: str = "", **changes: object
    ) -> "DataRequestRecord":
        """The request after a step, on record."""
        entry = Entry(at=at, what=what, note=note)
        return self.model_copy(
            update={"history": (*self.history, entry), "seq": self.seq + 1, **changes}
        )


class RequestView(BaseModel):
    """A request as its person, or the officer, sees it."""

    id: str
    kind: Kind
    text: str
    state: RequestState
    created_at: datetime
    reply_by: datetime
    due_at: datetime
    deadline: Deadline
    parts: list[Part]
    history: list[Entry]
    late: bool

    @classmethod
    def of(cls, record: DataRequestRecord) -> "RequestView":
        """Without the subject."""
        return cls.model_validate(record.model_dump(exclude={"subject", "seq", "asked_at"}))


class OfficersQuery(PageQuery):
    """Requests in a state, or all."""

    state: RequestState | None = None


class Ruling(BaseModel):
    """An officer's decision."""

    model_config = ConfigDict(extra="forbid")

    accept: bool
    note: str = Field(min_length=3, max_length=1000)
    legal_basis: str = Field("", max_length=200)
