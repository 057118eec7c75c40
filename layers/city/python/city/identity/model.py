"""Accounts, codes and sessions."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.people import Principal, Role
from city.kernel.problems import Problem
from city.kernel.text import Language, text

CODE_LIFE_S = 300
CODE_ATTEMPTS = 5
RESEND_S = 60
CODES_PER_QUARTER_HOUR = 5
REFRESH_LIFE_S = 30 * 24 * 3600


class WrongCode(Problem):
    """The code is wrong, used, or too old. It never says which: that would help a guesser."""

    status = 401
    slug = "wrong-code"
    title = text("Mã không đúng", "Wrong code")
    detail = text(
        "Mã không đúng hoặc đã hết hạn. Kiểm tra lại tin nhắn mới nhất, hoặc gửi mã khác.",
        "The code is wrong or has expired. Check the latest message, or ask for a new code.",
    )


class Account(BaseModel, frozen=True):
    """A person. The number lives here and nowhere else."""

    id: str
    phone: str
    name: str = ""
    roles: frozenset[str] = frozenset({Role.CITIZEN})
    unit: str | None = None
    locale: Language = "vi"
    demo: bool = False
    created_at: datetime

    def principal(self) -> Principal:
        """As whom this person acts."""
        return Principal(user_id=self.id, roles=self.roles, unit=self.unit)


class Code(BaseModel, frozen=True):
    """A one-time code, kept as a keyed hash. `sent` are the moments of the last quarter hour."""

    hash: str
    expires_at: datetime
    attempts: int = 0
    used: bool = False
    sent: tuple[datetime, ...] = ()


class Session(BaseModel, frozen=True):
    """One refresh family. Only the newest token's hash is good; an older one ends the family."""

    user_id: str
    current: str
    created_at: datetime
    expires_at: datetime
    ended: Literal["signed_out", "reused"] | None = None


class Demand(BaseModel):
    """Whom to send a code."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(max_length=30)


class Sent(BaseModel):
    """How long the code lives and when another may be asked for, in seconds."""

    expires_in: int
    retry_after: int


class SignIn(BaseModel):
    """A number and the code that was sent to it."""

    model_config = ConfigDict(extra="forbid")

    phone: str = Field(max_length=30)
    otp: str = Field(pattern=r"^\s*\d{6}\s*$")


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


class Me(BaseModel):
    """What a person sees of their own account."""

    id: str
    name: str
    phone_masked: str
    roles: list[str]
    unit: UnitView | None
    locale: Language


class ChangeMe(BaseModel):
    """What a person may change."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=120)
    locale: Language | None = None


class DemoPerson(BaseModel):
    """A demo account."""

    phone: str
    name: str
    roles: list[str]
    unit: str | None
