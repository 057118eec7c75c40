"""The city's reference data: units, agencies, categories, routing, deadlines, boundaries, calendar.

Everything is dated, so that a past day is judged by what was true then. Levels of units are data:
nothing here knows a level by name. Documents are made by `infra/seed` and read by
`city.adapters.reference`.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from city.kernel.calendar import WorkingCalendar
from city.kernel.geo import Box, distance_to_ring_m, in_polygon
from city.kernel.text import Text

MORE = (
    "billers",
    "functions",
    "homes",
    "purposes",
    "retention",
    "holders",
    "cards",
    "limits",
    "merchants",
    "deadlines",
    "declarations",
)
NEAR_BORDER_M = 50.0
WARD_COMMITTEE = "ward_committee"
"""In a routing rule: the committee of the ward that contains the place."""


class Dated(BaseModel):
    """True from one day to another, both included; open ends are None."""

    model_config = ConfigDict(frozen=True)

    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it was true on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


class Successor(BaseModel, frozen=True):
    """What became of a unit; `part` says whether all of it."""

    code: str
    part: str = "full"


class AdministrativeUnit(Dated):
    """A unit of the state, at a level that is data."""

    code: str
    name: str
    level: str
    parent: str | None = None
    successors: tuple[Successor, ...] = ()


class Agency(Dated):
    """Somebody who can be made responsible. `unit` is the ward whose committee it is, if any."""

    id: str
    name: Text
    kind: str
    parent: str | None = None
    unit: str | None = None
    successors: tuple[str, ...] = ()


class Category(BaseModel, frozen=True):
    """A field of reports. People who write one of `words` probably mean it."""

    code: str
    name: Text
    group: str
    icon: str
    urgency: Literal["timed", "immediate"] = "timed"
    hint: Text
    words: tuple[str, ...] = ()


class SlaRule(Dated):
    """A promise: working days, or minutes around the clock for what is immediate."""

    category: str | None = None
    working_days: int
    minutes: int | None = None


class RoutingRule(Dated):
    """Who acts on a category (None: any), in some wards (none: all). Higher priority wins."""

    code: str
    category: str | None = None
    wards: tuple[str, ...] = ()
    agency: str
    priority: int = 0
    text: Text


class Reason(BaseModel, frozen=True):
    """A reason code in words."""

    code: str
    vi: str
    en: str


class Boundary(BaseModel, frozen=True):
    """The outline of one unit: polygons of rings of (lon, lat), GeoJSON order."""

    code: str
    polygons: tuple[tuple[tuple[tuple[float, float], ...], ...], ...]

    @cached_property
    def box(self) -> Box:
        """The frame of the outline."""
        points = [p for polygon in self.polygons for p in polygon[0]]
        lons, lats = [p[0] for p in points], [p[1] for p in points]
        return Box(min(lons), min(lats), max(lons), max(lats))

    def holds(self, lat: float, lon: float) -> bool:
        """Whether a point lies inside."""
        return self.box.holds(lat, lon) and any(in_polygon(lat, lon, p) for p in self.polygons)

    def edge_m(self, lat: float, lon: float) -> float:
        """Metres to the nearest edge."""
        return min(distance_to_ring_m(lat, lon, ring) for p in self.polygons for ring in p)


class BoundarySet(Dated):
    """The outlines of one level in one span of time. `approximate` is said wherever it shows."""

    level: str
    approximate: bool
    source: str
    boundaries: tuple[Boundary, ...]


class Ward(BaseModel, frozen=True):
    """The unit that contains a point."""

    code: str
    name: str
    border_distance_m: float
    near_border: bool


class Routed(BaseModel, frozen=True):
    """What a routing rule says."""

    agency_id: str
    rule_code: str
    rule_text: Text


class Suggestion(Routed, frozen=True):
    """The rule that wins and those that lost."""

    alternatives: tuple[Routed, ...] = ()


class RoleKind(BaseModel, frozen=True):
    """A role that people may be granted, and by whom.

    `self`: a person takes it alone, if they are known well enough. `organisation`: only an
    administrator of an organisation of one of the kinds `issuers` gives it. `system`: two
    administrators of the platform together.
    """

    id: str
    name: Text
    kind: Literal["self", "organisation", "system"]
    issuers: tuple[str, ...] = ()
    needs_evidence: bool = False
    assurance: int = 1
    months_max: int | None = None
    staff: bool = False


class Organisation(BaseModel, frozen=True):
    """A body that is no agency but grants roles: a Party committee, a union, a newspaper."""

    id: str
    name: Text
    kind: str


class Reference(BaseModel):
    """All reference data of one version."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    units: tuple[AdministrativeUnit, ...]
    agencies: tuple[Agency, ...]
    categories: tuple[Category, ...]
    sla_rules: tuple[SlaRule, ...]
    routing: tuple[RoutingRule, ...]
    reasons: dict[str, tuple[Reason, ...]]
    boundary_sets: tuple[BoundarySet, ...]
    calendar: WorkingCalendar
    roles: tuple[RoleKind, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    more: dict[str, Any] = {}

    @classmethod
    def from_documents(cls, documents: Mapping[str, Any]) -> "Reference":
        """From the seed's documents; every `boundaries*` document is one boundary set.

        `more` keeps the documents of single units (functions, purposes, cards) as they are: their
        units know their shapes.
        """
        sets = [documents[name] for name in sorted(documents) if name.startswith("boundaries")]
        return cls(
            units=documents["units"],
            agencies=documents["agencies"],
            categories=documents["categories"],
            sla_rules=documents["sla"],
            routing=documents["routing"],
            reasons=documents["reasons"],
            boundary_sets=tuple(sets),
            calendar=documents["calendar"],
            roles=documents.get("roles", ()),
            organisations=documents.get("organisations", ()),
            more={name: documents[name] for name in MORE if name in documents},
        )

    @cached_property
    def _units(self) -> dict[str, list[AdministrativeUnit]]:
        found: dict[str, list[AdministrativeUnit]] = {}
        for unit in self.units:
            found.setdefault(unit.code, []).append(unit)
        return found

    @cached_property
    def _agencies(self) -> dict[str, Agency]:
        return {agency.id: agency for agency in self.agencies}

    @cached_property
    def _categories(self) -> dict[str, Category]:
        return {category.code: category for category in self.categories}

    def unit(self, code: str, as_of: date) -> AdministrativeUnit | None:
        """The unit that bore a code on a day (codes are reused by successors)."""
        return next((u for u in self._units.get(code, ()) if u.holds(as_of)), None)

    def units_as_of(self, as_of: date, level: str | None = None) -> list[AdministrativeUnit]:
        """The units of a day, of one level or of all."""
        return [u for u in self.units if u.holds(as_of) and level in (None, u.level)]

    def restate(self, code: str, born: date, to: date) -> list[str]:
        """The codes that a unit of the day `born` goes by on a later day, by its successors."""
        unit = self.unit(code, born)
        if unit is None or unit.holds(to) or unit.valid_to is None or to <= unit.valid_to:
            return [code]
        after = date.fromordinal(unit.valid_to.toordinal() + 1)
        found: dict[str, None] = {}
        for successor in unit.successors:
            for final in self.restate(successor.code, after, to):
                found[final] = None
        return list(found)

    def category(self, code: str) -> Category | None:
        """A category by its code."""
        return self._categories.get(code)

    def agency(self, agency_id: str, as_of: date | None = None) -> Agency | None:
        """An agency by its id; with a day, only if it existed then."""
        agency = self._agencies.get(agency_id)
        return agency if agency and (as_of is None or agency.holds(as_of)) else None

    @cached_property
    def _roles(self) -> dict[str, RoleKind]:
        return {role.id: role for role in self.roles}

    @cached_property
    def _organisations(self) -> dict[str, Organisation]:
        return {each.id: each for each in self.organisations}

    def role(self, role_id: str) -> RoleKind | None:
        """A role that may be granted."""
        return self._roles.get(role_id)

    def organisation(self, organisation_id: str, as_of: date) -> Organisation | None:
        """An organisation, or an agency of that day as one."""
        agency = self.agency(organisation_id, as_of)
        if agency:
            return Organisation(id=agency.id, name=agency.name, kind=agency.kind)
        return self._organisations.get(organisation_id)

    def agencies_as_of(self, as_of: date) -> list[Agency]:
        """The agencies of a day."""
        return [agency for agency in self.agencies if agency.holds(as_of)]

    def boundaries(self, as_of: date, level: str | None = None) -> BoundarySet | None:
        """The finest outlines known for a day (most members; official before approximate)."""
        known = [s for s in self.boundary_sets if s.holds(as_of) and level in (None, s.level)]
        return max(known, key=lambda s: (len(s.boundaries), not s.approximate), default=None)

    def ward_at(self, lat: float, lon: float, as_of: date) -> Ward | None:
        """The unit of the finest outlines of a day that contains a point."""
        known = self.boundaries(as_of)
        inside = next((b for b in known.boundaries if b.holds(lat, lon)), None) if known else None
        if inside is None:
            return None
        unit = self.unit(inside.code, as_of)
        edge = inside.edge_m(lat, lon)
        return Ward(
            code=inside.code,
            name=unit.name if unit else inside.code,
            border_distance_m=round(edge, 1) if math.isfinite(edge) else 0.0,
            near_border=edge < NEAR_BORDER_M,
        )

    def sla(self, category: str, as_of: date) -> SlaRule:
        """The promise for a category on a day; the rule without a category is the default.

        Raises:
            LookupError: the data has no default.
        """
        rules = [r for r in self.sla_rules if r.holds(as_of) and r.category in (None, category)]
        if not rules:
            raise LookupError("no default SLA rule")
        return max(rules, key=lambda r: r.category is not None)

    def route(self, category: str, ward: str | None, as_of: date) -> Suggestion | None:
        """Who should act: the matching rule of highest priority whose agency exists."""
        found: list[Routed] = []
        rules: Sequence[RoutingRule] = sorted(self.routing, key=lambda r: -r.priority)
        for rule in rules:
            if not rule.holds(as_of) or rule.category not in (None, category):
                continue
            if rule.wards and ward not in rule.wards:
                continue
            agency = self._acting(rule.agency, ward, as_of)
            if agency and agency not in [r.agency_id for r in found]:
                found.append(Routed(agency_id=agency, rule_code=rule.code, rule_text=rule.text))
        if not found:
            return None
        return Suggestion(**found[0].model_dump(), alternatives=tuple(found[1:4]))

    def _acting(self, named: str, ward: str | None, as_of: date) -> str | None:
        if named != WARD_COMMITTEE:
            return named if self.agency(named, as_of) else None
        return self._committees.get((ward or "", self._span(as_of)))

    def _span(self, as_of: date) -> int:
        """Committees of one ward differ by reform; the span is found by who existed that day."""
        return sum(1 for day in self._reforms if day <= as_of)

    @cached_property
    def _reforms(self) -> list[date]:
        return sorted({a.valid_from for a in self.agencies if a.unit and a.valid_from})

    @cached_property
    def _committees(self) -> dict[tuple[str, int], str]:
        days = [date.min, *self._reforms]
        return {
            (agency.unit, span): agency.id
            for span, day in enumerate(days)
            for agency in self.agencies
            if agency.unit and agency.holds(day)
        }
