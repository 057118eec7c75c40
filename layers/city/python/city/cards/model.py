"""Cards, what is shown of them, and to whom."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.problems import Problem
from city.kernel.text import Text, text

ONLINE_S = 45
State = Literal["active", "revoked", "expired"]


class CardHeld(Problem):
    """There is a card of this kind already."""

    status = 409
    slug = "card-held"
    title = text("Đã có thẻ loại này", "Card of this kind exists")
    detail = text("Thu hồi thẻ cũ trước khi lấy thẻ mới.", "Revoke the old card first.")


class CardNotActive(Problem):
    """The card was revoked or has expired."""

    status = 409
    slug = "card-not-active"
    title = text("Thẻ không còn hiệu lực", "Card not active")
    detail = text("Thẻ đã thu hồi hoặc hết hạn.", "The card was revoked or has expired.")


class WrongHolder(Problem):
    """The attestation is about somebody else, or the role is missing."""

    status = 403
    slug = "card-not-yours"
    title = text("Không cấp được thẻ này", "This card cannot be issued")
    detail = text(
        "Cần vai trò tương ứng và xác nhận danh tính của chính bạn.",
        "You need the matching role and an attestation about yourself.",
    )


class NotAReader(Problem):
    """No rule lets this role read cards for this purpose."""

    status = 403
    slug = "not-a-card-reader"
    title = text("Không được đọc thẻ", "May not read cards")
    detail = text(
        "Vai trò của bạn không được đọc thẻ cho mục đích này.",
        "Your role may not read cards for this purpose.",
    )


class Kind(BaseModel, frozen=True):
    """A kind of card: which role it needs, how long it holds, what it carries."""

    id: str
    name: Text
    role: str
    months: int
    fields: tuple[str, ...]


class Reader(BaseModel, frozen=True):
    """Who may read for a purpose, and what; a gated use takes each code once."""

    purpose: str
    name: Text
    roles: frozenset[str]
    fields: tuple[str, ...]
    gated: bool


class Step(BaseModel, frozen=True):
    """One line of a card's history as its holder sees it: an office, never an officer."""

    at: datetime
    what: Literal["issued", "checked", "revoked"]
    by_role: str = ""
    by_unit: str | None = None
    purpose: str = ""
    note: str = ""


class Card(BaseModel, frozen=True):
    """A card. `facts` were attested by the city when it was issued."""

    id: str
    holder: str
    kind: str
    state: State = "active"
    facts: dict[str, Any]
    issued_at: datetime
    valid_to: datetime
    revoked_at: datetime | None = None
    reason: str = ""

    def state_at(self, now: datetime) -> State:
        """Whether it is good now."""
        return "expired" if self.state == "active" and now >= self.valid_to else self.state


class NewCard(BaseModel):
    """A kind, and the city's word on who asks."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=40)
    attestation: str = Field(max_length=4000)


class CardView(BaseModel):
    """A card as its holder sees it."""

    id: str
    kind: str
    kind_name: Text
    state: State
    name: str
    issued_at: datetime
    valid_to: datetime
    revoked_at: datetime | None
    reason: str


class QrQuery(BaseModel):
    """`online` lives 45 s and tells nothing; `offline` names the holder until the day ends."""

    mode: Literal["online", "offline"] = "online"


class Qr(BaseModel):
    """What to show: the words of the code, its picture, and until when it is good."""

    payload: str
    svg: str
    expires_at: datetime


class Revoke(BaseModel):
    """Why."""

    model_config = ConfigDict(extra="forbid")

    reason: Literal["lost", "stolen", "replaced", "not_wanted"]


class Check(BaseModel):
    """A code that was shown, and what for."""

    model_config = ConfigDict(extra="forbid")

    payload: str = Field(max_length=2000)
    purpose: str = Field(max_length=40)


class Checked(BaseModel):
    """What a check found. `why` says what was wrong with a code that is not valid."""

    valid: bool
    why: Literal["", "unknown", "expired", "used", "revoked", "forged"] = ""
    kind: str = ""
    kind_name: Text | None = None
    fields: dict[str, Any] = {}
    checked_at: datetime


class RevocationList(BaseModel):
    """Today's revoked cards as truncated hashes, signed: `jws` covers `{date, salt, hashes}`."""

    date: date
    jws: str
