"""What a partner says about a mini app: one document, read by machines and by reviewers.

Its JSON Schema is docs/partner-manifest.schema.json. What a machine can tell by looking at the
document alone is said here; what needs the city's data is `city.partners.checks`.
"""

from pydantic import BaseModel, ConfigDict, Field

_HOST = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"
_PATH = r"(/[A-Za-z0-9._~/?=&%-]*)?"
WEB = rf"^https://{_HOST}{_PATH}$"
TRIAL = rf"^(|https://{_HOST}{_PATH}|http://(localhost|127\.0\.0\.1)(:[0-9]{{2,5}})?{_PATH})$"
VERSION = r"^(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})\.(0|[1-9][0-9]{0,4})$"
APP_ID = r"^[a-z][a-z0-9-]{2,38}[a-z0-9]$"


class AppName(BaseModel):
    """A name in both languages, short enough for a tile."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: str = Field(min_length=3, max_length=40)
    en: str = Field(min_length=3, max_length=40)


class AppWords(BaseModel):
    """A few sentences in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vi: str = Field(min_length=1, max_length=600)
    en: str = Field(min_length=1, max_length=600)


class AppPermission(BaseModel):
    """A scope that the app asks for, and what it does with what it sees, in a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scope: str = Field(max_length=60)
    purpose: AppWords


class AppSupport(BaseModel):
    """Who answers for the app, and what they promise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str = Field(pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s]+$", max_length=120)
    phone: str = Field(pattern=r"^\+?[0-9 ]{8,16}$")
    answer_hours: int = Field(ge=1, le=720)
    available_percent: float = Field(ge=90, le=100)


class AppManifest(BaseModel):
    """A version of a mini app. `entry` is what people open once it is live; `sandbox_entry`, what
    its makers and reviewers open before that (a machine of one's own is fine there)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=APP_ID)
    version: str = Field(pattern=VERSION)
    organisation: str = Field(min_length=1, max_length=80)
    name: AppName
    description: AppWords
    entry: str = Field(pattern=WEB, max_length=300)
    sandbox_entry: str = Field("", pattern=TRIAL, max_length=300)
    icon: str = Field(max_length=40)
    permissions: tuple[AppPermission, ...] = Field((), max_length=20)
    events: tuple[str, ...] = Field((), max_length=20)
    roles: tuple[str, ...] = Field(min_length=1, max_length=20)
    min_host_version: str = Field("0.1.0", pattern=VERSION)
    retention_days: int = Field(ge=0, le=36_500)
    dpia: str = Field("", max_length=120)
    support: AppSupport


def ordered(version: str) -> tuple[int, ...]:
    """A version as numbers that compare."""
    return tuple(int(part) for part in version.split("."))
