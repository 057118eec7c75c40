"""Functions, homes, usage."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from city.kernel.problems import Problem
from city.kernel.text import Text, text

PINS, RECENT = 12, 8
BATCH = 100
EVERYONE = "everyone"


class CityFunction(BaseModel, frozen=True):
    """One thing the app does. `roles` see it; `assurance` is what using it takes. `by` is the
    partner whose mini app it is, `version` that app's."""

    id: str
    group: str
    icon: str
    name: Text
    link: str
    unit: str
    roles: tuple[str, ...]
    state: Literal["live", "planned", "paused"]
    assurance: int = 1
    by: Text | None = None
    version: str = ""

    def seen_by(self, role: str) -> bool:
        """Whether it is on a role's home; what citizens see is everybody's who has an account."""
        plain = EVERYONE in self.roles or role in self.roles
        return plain or ("citizen" in self.roles and role not in ("guest", "tourist"))


class NotOpened(Problem):
    """A partner's app is rated by people who opened it."""

    status = 409
    slug = "app-not-opened"
    title = text("Chưa mở ứng dụng này", "Not opened yet")
    detail = text(
        "Chỉ người đã mở ứng dụng của đối tác mới đánh giá được. Mở xem rồi quay lại sau một phút.",
        "A partner's app is rated by people who opened it. Open it and come back in a minute.",
    )


class RoleHome(BaseModel, frozen=True):
    """What a role sees first."""

    role: str
    greeting: Text
    quick: tuple[str, ...]


class RoleName(BaseModel):
    """A role one may act in."""

    id: str
    name: Text


class Group(BaseModel):
    """Functions that belong together."""

    id: str
    name: Text
    functions: list[CityFunction]


class Home(BaseModel):
    """A home for one role of one person."""

    role: str
    roles: list[RoleName]
    greeting: Text
    quick: list[CityFunction]
    pinned: list[CityFunction]
    recent: list[CityFunction]
    groups: list[Group]
    total: int


class Kept(BaseModel, frozen=True):
    """What is kept for a person: nothing but their own last choices."""

    role: str = ""
    pins: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()


class HomeQuery(BaseModel):
    """In which role."""

    role: str | None = Field(None, max_length=60)


class ActiveRole(BaseModel):
    """The role to act in from now on."""

    model_config = ConfigDict(extra="forbid")

    role: str = Field(max_length=60)


class Pins(BaseModel):
    """Functions to keep on top, in order."""

    model_config = ConfigDict(extra="forbid")

    functions: list[str] = Field(max_length=PINS)


class Use(BaseModel):
    """Something that was done with a function. Seconds are of interaction."""

    model_config = ConfigDict(extra="forbid")

    function: str = Field(max_length=60)
    kind: Literal["view", "interaction"]
    seconds: int = Field(0, ge=0, le=3600)


class Usage(BaseModel):
    """A batch as a client sends it; `batch` is its own id, so that sending twice counts once."""

    model_config = ConfigDict(extra="forbid")

    batch: str = Field(pattern=r"^[0-9A-Za-z-]{16,40}$")
    items: list[Use] = Field(min_length=1, max_length=BATCH)


class Taken(BaseModel):
    """How many items were taken."""

    accepted: int


class NewRating(BaseModel):
    """A person's opinion of a function; a newer one replaces the older."""

    model_config = ConfigDict(extra="forbid")

    level: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=500)


class StatisticsQuery(BaseModel):
    """From which day to which, both included, at most 400 days."""

    since: date = Field(alias="from")
    until: date = Field(alias="to")


class FunctionFigures(BaseModel):
    """How a function is used."""

    id: str
    name: Text
    views: int
    activations: int
    interaction_s: int
    ratings: int
    mean: float | None


class Figures(BaseModel):
    """All functions over some days."""

    since: date
    until: date
    views: int
    functions: list[FunctionFigures]
    as_of: datetime


def documents(more: dict[str, Any]) -> tuple[list[CityFunction], dict[str, RoleHome], list[Any]]:
    """The catalogue's documents, read."""
    functions = [CityFunction.model_validate(f) for f in more.get("functions", [])]
    homes = more.get("homes", {"roles": [], "groups": []})
    by_role = {h["role"]: RoleHome.model_validate(h) for h in homes["roles"]}
    return functions, by_role, list(homes["groups"])
