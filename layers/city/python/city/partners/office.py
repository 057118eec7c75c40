"""What the unit leans on, and in which capacity somebody comes."""

from dataclasses import dataclass
from datetime import date, datetime

from city.contracts.manifest import AppManifest
from city.kernel import policy
from city.kernel.clock import local_date
from city.kernel.people import Principal, Role
from city.kernel.policy import Resource
from city.kernel.problems import FieldError, NotFound
from city.kernel.reference import Reference
from city.kernel.text import Text
from city.partners.checks import findings
from city.partners.documents import PartnerRules, PartnerTerms, ReviewDuty
from city.partners.model import PartnerApp
from city.partners.store import Partners
from city.partners.workflow import OPENED

PARTNER = frozenset({Role.PARTNER_DEVELOPER, Role.ORGANISATION_ADMIN})
OFFICER = frozenset({Role.AGENCY_OFFICER, Role.AGENCY_HEAD})
WATCH = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})


@dataclass(frozen=True, slots=True)
class PartnerOffice:
    """Everything the use cases need, at one moment."""

    partners: Partners
    rules: PartnerRules
    city: Reference
    host_version: str
    now: datetime

    @property
    def today(self) -> date:
        """The day in Huế."""
        return local_date(self.now)

    @property
    def terms(self) -> PartnerTerms:
        """The responsibility terms in force."""
        return self.rules.terms_on(self.today)

    def found(self, app_id: str) -> tuple[PartnerApp, int]:
        """An app and its version.

        Raises:
            NotFound: there is none.
        """
        held = self.partners.get(app_id)
        if held is None:
            raise NotFound(what=f"ứng dụng / app {app_id[:40]}")
        return held

    def organisation(self, organisation: str) -> Text:
        """An organisation's name; its id where it is known no more."""
        known = self.city.organisation(organisation, self.today)
        return known.name if known else Text(vi=organisation, en=organisation)

    def judged(self, app: PartnerApp, manifest: AppManifest) -> list[FieldError]:
        """What the automatic checks find."""
        return findings(
            manifest,
            self.rules,
            self.city,
            self.partners.hosts(app.organisation),
            app.current.manifest if app.current else None,
            self.host_version,
        )


def belongs(who: Principal, organisation: str) -> bool:
    """Whether somebody holds any post at an organisation."""
    return who.unit == organisation or any(unit == organisation for _, unit in who.posts)


def duties_of(office: PartnerOffice, who: Principal) -> list[ReviewDuty]:
    """The reviews that somebody's posts let them give."""
    units = {unit for role, unit in who.posts if role in OFFICER}
    if who.unit and who.roles & OFFICER:
        units.add(who.unit)
    return [duty for duty in office.rules.duties if duty.agency in units]


def require_look(office: PartnerOffice, app: PartnerApp, who: Principal) -> None:
    """Go on only for the owner's people, reviewers of what was handed in, and who watches.

    Raises:
        NotFound, Forbidden: somebody else.
    """
    unit = app.organisation
    duties = duties_of(office, who)
    if duties and any(one.submitted_at or one.state in OPENED for one in app.releases):
        unit = duties[0].agency
    policy.require(who, "partners:desk", Resource(unit=unit), office.now)
