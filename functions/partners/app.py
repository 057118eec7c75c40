"""What wakes `partners`: makers of mini apps, officers who judge them, people who open them."""

import city
from city.adapters import acts
from city.adapters.http import Reply, Unit
from city.adapters.reference import reference
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.manifest import AppManifest
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import utc_now
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.partners import acting, documents, drafting, views
from city.partners.office import PartnerOffice
from city.partners.shapes import (
    AppStep,
    NewHosts,
    NewSignature,
    PartnerDesk,
    PartnerGuide,
    PartnerOrganisation,
    PublicApp,
    QueuedApp,
    QueueQuery,
)
from city.partners.store import KEPT_BY, Partners

app = Unit("partners")
events = app.events
CACHED = {"Cache-Control": "public, max-age=300"}


def office() -> PartnerOffice:
    """Everything the use cases need, in this process, now."""
    now, held = utc_now(), table("partners")
    return PartnerOffice(
        partners=Partners(held, outbox("partners")),
        rules=documents.rules(held, now),
        city=reference(),
        host_version=city.__version__,
        now=now,
    )


@app.get("/v1/partners/guide", shape=PartnerGuide)
def guide() -> Reply:
    """What makers of mini apps have to know: scopes, events, limits, terms, who reviews."""
    return Reply(views.guide(office()), headers=CACHED)


@app.get("/v1/partners/apps")
def listing(query: PageQuery) -> Page[PublicApp]:
    """Mini apps that are live."""
    return views.public_list(office(), query)


@app.post("/v1/partners/apps", status=201)
def begin(body: AppManifest, who: Principal) -> PartnerDesk:
    """Begin a mini app with a draft."""
    at = office()
    made = drafting.begin(at, body, who)
    note(app=made.id)
    return views.desk(at, made.id, who)


@app.get("/v1/partners/apps/{id}")
def show(id: str) -> PublicApp:  # noqa: A002 - the path's own word
    """A mini app that is open, or was: whose it is, what it asks for, why it is closed."""
    return views.show(office(), id)


@app.put("/v1/partners/apps/{id}/manifest")
def edit(id: str, body: AppManifest, who: Principal) -> PartnerDesk:  # noqa: A002
    """Change a draft, or begin the next version."""
    at = office()
    drafting.edit(at, id, body, who)
    return views.desk(at, id, who)


@app.get("/v1/partners/apps/{id}/desk")
def desk(id: str, who: Principal) -> PartnerDesk:  # noqa: A002
    """A mini app as its makers and officers see it."""
    return views.desk(office(), id, who)


@app.post("/v1/partners/apps/{id}/actions/{action}")
def act(id: str, action: str, body: AppStep, who: Principal) -> PartnerDesk:  # noqa: A002
    """Submit, review, approve, go live, suspend, revoke …"""
    at = office()
    acting.act(at, id, action, body, who)
    note(app=id, action=action)
    return views.desk(at, id, who)


@app.get("/v1/partners/queue")
def queue(query: QueueQuery, who: Principal) -> Page[QueuedApp]:
    """Versions in a state, those that wait longest first."""
    return views.queue(office(), query, who)


@app.get("/v1/partners/organisations/{id}")
def organisation(id: str, who: Principal) -> PartnerOrganisation:  # noqa: A002
    """An organisation with its apps, hosts and signature."""
    return views.organisation(office(), id, who)


@app.post("/v1/partners/organisations/{id}/signatures")
def sign(id: str, body: NewSignature, who: Principal) -> PartnerOrganisation:  # noqa: A002
    """Sign the responsibility terms for an organisation."""
    at = office()
    drafting.sign(at, id, body, who)
    return views.organisation(at, id, who)


@app.put("/v1/partners/organisations/{id}/hosts")
def allow_hosts(id: str, body: NewHosts, who: Principal) -> PartnerOrganisation:  # noqa: A002
    """Say on which hosts an organisation's apps may live."""
    at = office()
    drafting.allow_hosts(at, id, body, who)
    return views.organisation(at, id, who)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    acts.hand_over(asked, "partners", KEPT_BY)
