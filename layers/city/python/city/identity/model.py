"""Accounts, codes and sessions."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.people import AGENCY, Principal, Role
from city.kernel.problems import Problem
from city.kernel.text import Language, text

CODE_LIFE_S = 300
CODE_ATTEMPTS = 5
RESEND_S = 60
CODES_PER_QUARTER_HOUR = 5
REFRESH_LIFE_S = 30 * 24 * 3600
STEP_UP_S = 300

Ended = Literal["signed_out", "reused", "locked", "erased"]


class WrongCode(Problem):
    """The code is wrong, used, or too old. It never says which: that would help a guesser."""

    status = 401
    slug = "wrong-code"
    title = text("Mã không đúng", "Wrong code")
    detail = text(
        "Mã không đúng hoặc đã hết hạn. Kiểm tra lại tin nhắn mới nhất, hoặc gửi mã khác.",
        "The code is wrong or has expired. Check the latest message, or ask for a new code.",
    )


class Lock(BaseModel, frozen=True):
    """Why an account may not sign in, since and until when."""

    reason: str
    note: str = ""
    by: str
    at: datetime
    until: datetime | None = None


class Verified(BaseModel, frozen=True):
    """What the identity provider vouched for. The number itself is never kept, only its hash."""

    level: int
    name: str
    birth_date: date | None = None
    at: datetime
    provider: str


class Post(BaseModel, frozen=True):
    """A role at an organisation."""

    role: str
    unit: str


def posts_of(pairs: Iterable[tuple[str, str | None]]) -> frozenset[Post]:
    """The roles that are held at an organisation."""
    return frozenset(Post(role=role, unit=unit) for role, unit in pairs if unit)


class Held(BaseModel, frozen=True):
    """A role that was granted, and when it ends."""

    role: str
    unit: str | None = None
    until: datetime | None = None


class Account(BaseModel, frozen=True):
    """A person. The number lives here and nowhere else.

    `roles`, `posts` and `unit` follow from `held`, which is what `grants` said last
    (`grants_seq`); they are good until `roles_until`, when the next of them ends.
    """

    id: str
    phone: str
    name: str = ""
    roles: frozenset[str] = frozenset({Role.CITIZEN})
    posts: frozenset[Post] = frozenset()
    unit: str | None = None
    held: tuple[Held, ...] = ()
    grants_seq: int = 0
    roles_until: datetime | None = None
    locale: Language = "vi"
    registered: bool = False
    birth_date: date | None = None
    home_unit: str | None = None
    verified: Verified | None = None
    identity_hash: str | None = None
    lock: Lock | None = None
    erased: bool = False
    demo: bool = False
    created_at: datetime

    def holding(self, held: Iterable[Held], now: datetime) -> "Account":
        """With these roles, as far as they have not ended."""
        active = tuple(each for each in held if each.until is None or now < each.until)
        staff = sorted(each.unit for each in active if each.unit and each.role in AGENCY)
        ends = [each.until for each in active if each.until]
        return self.model_copy(
            update={
                "held": active,
                "roles": frozenset({Role.CITIZEN.value, *(each.role for each in active)}),
                "posts": posts_of((each.role, each.unit) for each in active),
                "unit": staff[0] if staff else None,
                "roles_until": min(ends) if ends else None,
            }
        )

    def at(self, now: datetime) -> "Account":
        """At a moment: a role ends by itself, whether or not `grants` has said so yet."""
        ended = self.roles_until is not None and self.roles_until <= now
        return self.holding(self.held, now) if ended else self

    def principal(
        self, session: str | None = None, stepped_up_until: datetime | None = None
    ) -> Principal:
        """As whom this person acts."""
        return Principal(
            user_id=self.id,
            roles=self.roles,
            unit=self.unit,
            posts=frozenset((post.role, post.unit) for post in self.posts),
            acr=2 if self.verified else 1,
            session=session,
            stepped_up_until=stepped_up_until,
        )

    def locked(self, now: datetime) -> bool:
        """Whether they may not sign in now."""
        return self.lock is not None and (self.lock.until is None or now < self.lock.until)


class Code(BaseModel, frozen=True):
    """A one-time code, kept as a keyed hash. `sent` are the moments of the last quarter hour."""

    hash: str
    expires_at: datetime
    attempts: int = 0
    used: bool = False
    sent: tuple[datetime, ...] = ()


class Replaced(BaseModel, frozen=True):
    """A token that was exchanged for the next one: its hash, and when."""

    token: str
    at: datetime


class Session(BaseModel, frozen=True):
    """One refresh family: a device. Only the newest token's hash is good, and for a moment those
    that it replaced, newest last (see `sessions.OVERLAP`); an older one ends it."""

    user_id: str
    current: str
    replaced: tuple[Replaced, ...] = ()
    created_at: datetime
    expires_at: datetime
    device: str = ""
    device_key: str = ""
    last_seen_at: datetime | None = None
    stepped_up_until: datetime | None = None
    ended: Ended | None = None


class Device(BaseModel):
    """What a client tells of its device: an id it keeps, and a name its owner recognises."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field("", max_length=80)
    name: str = Field("", max_length=80)


class Demand(BaseModel):
    """Whom to send a code."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(max_length=30)
    device_id: str = Field("", max_length=80)


class Sent(BaseModel):
    """How long the code lives and when another may be asked for, in seconds."""

    expires_in: int
    retry_after: int


class SignIn(BaseModel):
    """A number and the code that was sent to it."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(max_length=30)
    otp: str = Field(pattern=r"^\s*\d{6}\s*$")
    device: Device = Device()


class Refresh(BaseModel):
    """A refresh token, unless it comes as a cookie."""

    refresh_token: str | None = Field(None, max_length=300)


class Tokens(BaseModel):
    """A session."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int
    refresh_token: str


class UnitView(BaseModel):
    """The agency an officer acts for."""

    id: str
    name: str


class VerifiedView(BaseModel):
    """The verified identity as its owner sees it."""

    level: int
    name: str
    at: datetime


class Me(BaseModel):
    """What a person sees of their own account."""

    id: str
    name: str
    phone_masked: str
    registered: bool
    roles: list[str]
    posts: list[Post]
    unit: UnitView | None
    locale: Language
    assurance: int
    verified: VerifiedView | None
    home_unit: str | None
    birth_date: date | None
    locked: None = None  # whoever is locked does not get as far as asking


class ChangeMe(BaseModel):
    """What a person may change without declaring that it is true."""

    model_config = ConfigDict(extra="forbid")

    locale: Language | None = None


class DemoPerson(BaseModel):
    """A demo account."""

    phone: str
    name: str
    roles: list[str]
    unit: str | None


class AccountLocked(Problem):
    """The right person, and not allowed in. Said only after the code was right."""

    status = 403
    slug = "account-locked"
    title = text("Tài khoản bị khoá", "Account locked")
    detail = text(
        "Tài khoản này đang bị khoá. Bạn có thể gửi ý kiến để được xem xét lại.",
        "This account is locked. You may ask for the decision to be looked at again.",
    )
