"""A table of mini apps, people around it, and a manifest in which nothing is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table_memory import MemoryTable
from city.contracts.manifest import AppManifest
from city.kernel.people import Principal
from city.kernel.reference import Reference
from city.partners import acting, drafting, views
from city.partners.documents import PartnerRules, from_documents
from city.partners.model import AllowedHosts
from city.partners.office import PartnerOffice
from city.partners.shapes import AppStep, NewSignature, PartnerDesk
from city.partners.store import Partners
from world import RecordingBus

from infra.seed.documents import documents
from infra.seed.load_partners import partner_documents

REFERENCE = Reference.from_documents(documents())
DOCUMENTS = partner_documents()
RULES = from_documents(DOCUMENTS, "test")
NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
ORGANISATION, HOST = "hiep-hoi-dn", "app.hiep-hoi.example"
WHY = "Lý do đủ dài để hiểu."


def person(name: str, role: str, unit: str) -> Principal:
    return Principal(
        user_id=name, roles=frozenset({"citizen", role}), unit=unit, acr=2,
        posts=frozenset({(role, unit)}), stepped_up_until=NOW + timedelta(days=9),
    )  # fmt: skip


MAKER = person("maker", "partner_developer", ORGANISATION)
STRANGER = person("stranger", "partner_developer", "cty-xe-dap")
LEGAL = person("legal", "agency_officer", "so-tu-phap")
SECURITY = person("security", "agency_officer", "ban-an-toan-thong-tin")
DATA = person("data", "agency_head", "cong-an-thanh-pho")
OUTSIDE = person("outside", "agency_officer", "so-du-lich")
FIRST = person("first", "administrator", "nen-tang")
SECOND = person("second", "administrator", "nen-tang")
REVIEWERS = {"legal": LEGAL, "security": SECURITY, "data_protection": DATA}
EVERYBODY = {
    one.user_id: one for one in (MAKER, STRANGER, LEGAL, SECURITY, DATA, OUTSIDE, FIRST, SECOND)
}


def told(**more: Any) -> dict[str, Any]:
    """A manifest as it is sent."""
    purpose = {
        "vi": "Ghi tên bạn lên phiếu đặt chỗ gửi cho cửa hàng.",
        "en": "To put your name on the booking that goes to the shop.",
    }
    return {
        "id": "dat-ban", "version": "1.0.0", "organisation": ORGANISATION,
        "name": {"vi": "Đặt bàn", "en": "Book a table"},
        "description": {"vi": "Đặt bàn ở quán của hội viên.", "en": "Book at members' places."},
        "entry": f"https://{HOST}/", "icon": "store", "roles": ["citizen"],
        "permissions": [{"scope": "profile.name", "purpose": purpose}],
        "events": [], "retention_days": 30,
        "support": {
            "email": "ho-tro@hiep-hoi.example", "phone": "0234 111 2222",
            "answer_hours": 24, "available_percent": 99,
        },
        **more,
    }  # fmt: skip


def manifest(**more: Any) -> AppManifest:
    return AppManifest.model_validate(told(**more))


class World:
    """The unit with its own clock; `rules` can be replaced, as when terms change."""

    def __init__(self) -> None:
        self.table, self.bus, self.now = MemoryTable(), RecordingBus(), NOW
        self.rules: PartnerRules = RULES
        self.store = Partners(self.table, Outbox(self.table, self.bus))
        self.store.allow(ORGANISATION, AllowedHosts(hosts=(HOST,), by="first", at=NOW))

    def office(self) -> PartnerOffice:
        self.now += timedelta(seconds=1)
        return PartnerOffice(self.store, self.rules, REFERENCE, "0.1.0", self.now)

    def begin(self, **more: Any) -> None:
        drafting.begin(self.office(), manifest(**more), MAKER)

    def act(self, action: str, who: Principal, **body: Any) -> PartnerDesk:
        office = self.office()
        acting.act(office, "dat-ban", action, AppStep(**body), who)
        return views.desk(office, "dat-ban", who)

    def sign(self, who: Principal = MAKER) -> None:
        office = self.office()
        terms = office.terms
        body = NewSignature(
            version=terms.version,
            sha256=terms.sha256,
            signatory="Phan Gia Bảo",
            position="Giám đốc",
        )
        drafting.sign(office, ORGANISATION, body, who)

    def review(self, *kinds: str, passed: bool = True) -> None:
        for kind in kinds or tuple(REVIEWERS):
            self.act("review", REVIEWERS[kind], kind=kind, passed=passed, words=WHY)

    def to(self, state: str) -> None:
        """Along the straight way, from nothing."""
        self.begin()
        for name, step in (
            ("SUBMITTED", lambda: self.act("submit", MAKER)),
            ("SANDBOX", self.review),
            ("APPROVED", self._approve),
            ("LIVE", self._open),
        ):
            if self.state == state:
                return
            step()
            assert self.state == name

    def _approve(self) -> None:
        self.act("ask_approval", FIRST)
        self.act("approve", SECOND)

    def _open(self) -> None:
        self.sign()
        self.act("go_live", MAKER)

    @property
    def state(self) -> str:
        app = self.office().found("dat-ban")[0]
        return (app.coming or app.current or app.releases[0]).state.value

    def said(self, happened: str) -> list[dict[str, Any]]:
        return [one.data for one in self.bus.events if f".{happened}." in one.type]
