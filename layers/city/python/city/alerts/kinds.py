"""Kinds of hazard as data: own fields, words, life cycle, who is told, how rules map to CAP.

A new hazard is a new row in the city's documents (docs/alerts.md); nothing here knows one by name.
"""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from city.alerts.cap import Category, Named, Response
from city.contracts.alerts import Certainty, Severity, Urgency
from city.kernel.reference import Dated
from city.kernel.text import Text

SEVERITIES: tuple[Severity, ...] = ("Minor", "Moderate", "Severe", "Extreme")


def worse(a: Severity, b: Severity) -> Severity:
    """The graver of two."""
    return max(a, b, key=SEVERITIES.index)


def at_least(given: Severity, floor: Severity) -> bool:
    """Whether a severity reaches another."""
    return SEVERITIES.index(given) >= SEVERITIES.index(floor)


class Choice(BaseModel, frozen=True):
    """One of the values that a field may take."""

    code: str
    name: Text


class FieldSpec(BaseModel, frozen=True):
    """A field of a kind. `name` is plain (a road's name), `text` in two languages."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: Literal["number", "integer", "name", "text", "choice", "time"]
    label: Text
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    decimals: int = 2
    choices: tuple[Choice, ...] = ()
    required: bool = False
    max_length: int = 200


class Words(BaseModel, frozen=True):
    """What is said. Of `headline` the first sentence counts whose `{fields}` are all known; of the
    others every such sentence. `instruction` is by severity, `*` for the rest. `update_mark` goes
    before the headline of an update (a bulletin's "Correction:")."""

    update_mark: Text | None = None
    headline: tuple[Text, ...] = Field(min_length=1)
    description: tuple[Text, ...] = Field(min_length=1)
    instruction: dict[str, tuple[Text, ...]]


class NamedCase(BaseModel, frozen=True):
    """A case in which one supervisor may release at once; somebody else reviews it after."""

    code: str
    name: Text
    at_least: Severity = "Extreme"


class StandingOrder(BaseModel, frozen=True):
    """A rule's draft of this gravity goes out without waiting for anybody, and is reviewed."""

    code: str
    at_least: Severity
    certainty: Certainty = "Observed"
    document: str
    confirmed: bool = False


class Life(BaseModel, frozen=True):
    """The times and the extra steps of a kind's life cycle."""

    expires_min: int = Field(gt=0, le=7 * 24 * 60)
    update_min: int = Field(gt=0)
    second_person_from: Severity = "Severe"
    verdict: bool = False
    releasable: bool = True
    becomes: tuple[str, ...] = ()


class Style(BaseModel, frozen=True):
    """How maps draw it; the outline tells what colour alone would."""

    colour: str = Field(pattern=r"^#[0-9a-f]{6}$")
    icon: str
    pattern: Literal["solid", "dashed", "dotted", "hatched"]


class Example(BaseModel, frozen=True):
    """A filled-in draft for previews, and for the test that every kind's words are good CAP."""

    severity: Severity
    fields: dict[str, Any]


class Kind(Dated):
    """A kind of hazard in one version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int
    name: Text
    event: Text
    categories: tuple[Category, ...] = Field(min_length=1)
    responses: dict[str, tuple[Response, ...]]
    event_codes: tuple[Named, ...] = ()
    fields: tuple[FieldSpec, ...] = ()
    words: Words
    life: Life
    urgency: Urgency
    certainty: Certainty
    roles: tuple[str, ...] | None = None
    public: bool = True
    named_cases: tuple[NamedCase, ...] = ()
    standing_orders: tuple[StandingOrder, ...] = ()
    style: Style
    example: Example

    def spec(self, name: str) -> FieldSpec | None:
        """A field by its name."""
        return next((f for f in self.fields if f.name == name), None)


class Level(BaseModel, frozen=True):
    """A level of a rule: how grave it is and what people call it. `mark` is the official level
    that a value is said to be over, if that is not this one."""

    at: int
    mark: int | None = None
    severity: Severity
    words: Text


class Mapping(Dated):
    """From what a rule says to a kind of hazard and CAP's three scales.

    `urgency` `by_trend`: Immediate while it rises or holds, Expected while it falls, Past once it
    is under the lowest level. Reports and detections have one level.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int
    document: str
    confirmed: bool
    checked_on: str
    checked_how: str
    source: Literal["sensing", "reports", "detection"]
    matches: str
    uom: str | None = None
    kind: str
    levels: tuple[Level, ...] = Field(min_length=1)
    urgency: Urgency | Literal["by_trend"]
    certainty: Certainty
    value_field: str | None = None
    over_field: str | None = None
    need: int = 1
    within_min: int = 60
    radius_m: float = 500

    def level(self, number: int) -> Level | None:
        """The highest level not above a number."""
        reached = [level for level in self.levels if level.at <= number]
        return max(reached, key=lambda level: level.at, default=None)


class Station(BaseModel, frozen=True):
    """What a warning needs to know of a station: its name and whom it speaks for."""

    id: str
    name: Text
    area: Text
    units: tuple[str, ...]
    risk_area: int | None = None
    confirmed: bool = False


class RiskRow(Dated):
    """When a disaster has a risk level, by the alarm levels reached (Decision 18/2021/QĐ-TTg)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    article: str
    document: str
    confirmed: bool
    checked_how: str
    level: int = Field(ge=1, le=5)
    areas: tuple[int, ...]
    from_alarm: int
    to_alarm: int | None = None
    to_over_m: float | None = None
    note: str = ""


class Issuer(BaseModel, frozen=True):
    """Who speaks: CAP's sender, its name, the prefix of identifiers."""

    sender: str
    name: Text
    identifier_prefix: str
    contact: Text
    geocode_list: str
    city: str
    city_name: Text
    assigned: bool


class Book(BaseModel, frozen=True):
    """All documents of the unit."""

    version: str
    issuer: Issuer
    kinds: tuple[Kind, ...]
    mappings: tuple[Mapping, ...]
    stations: tuple[Station, ...]
    risk: tuple[RiskRow, ...]

    def kind(self, kind_id: str, day: date) -> Kind | None:
        """A kind as it was on a day; of several the newest version."""
        known = [k for k in self.kinds if k.id == kind_id and k.holds(day)]
        return max(known, key=lambda k: k.version, default=None)

    def kind_of_version(self, kind_id: str, version: int) -> Kind | None:
        """A kind in exactly one version, whatever holds today."""
        return next((k for k in self.kinds if (k.id, k.version) == (kind_id, version)), None)

    def kinds_on(self, day: date) -> list[Kind]:
        """Every kind of a day, each once."""
        ids = dict.fromkeys(k.id for k in self.kinds)
        return [kind for each in ids if (kind := self.kind(each, day))]

    def mapping(self, source: str, matches: str, uom: str | None, day: date) -> Mapping | None:
        """How something is mapped on a day; a row that names the unit of measure wins."""
        known = [
            m
            for m in self.mappings
            if m.source == source and m.matches == matches and m.holds(day) and m.uom in (None, uom)
        ]
        return max(known, key=lambda m: (m.uom is not None, m.version), default=None)

    def mapping_of_version(self, mapping_id: str, version: int) -> Mapping | None:
        """A row in exactly one version."""
        wanted = (mapping_id, version)
        return next((m for m in self.mappings if (m.id, m.version) == wanted), None)

    def station(self, station_id: str) -> Station | None:
        """A station by its id."""
        return next((s for s in self.stations if s.id == station_id), None)
