"""What wakes `privacy`: people about their data, officers, holders, deadlines, the clock."""

from city.adapters.holder import handle
from city.adapters.http import Reply, Unit
from city.adapters.parts import BucketParts
from city.adapters.reference import reference
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.contracts.envelope import CloudEvent
from city.contracts.privacy import DataSeen, PersonalDataHandled, PersonalDataRequested
from city.contracts.sla import ClockEscalated
from city.kernel import policy
from city.kernel.clock import utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page, PageQuery
from city.kernel.people import Principal
from city.kernel.policy import Resource
from city.privacy import service
from city.privacy.model import (
    Deadline,
    NewConsent,
    NewRequest,
    OfficersQuery,
    Purpose,
    Receipt,
    RequestView,
    Ruling,
    Seen,
)
from city.privacy.service import Bureau
from city.privacy.store import Privacy

app = Unit("privacy")
events = app.events


def bureau() -> Bureau:
    """Everything the service needs, in this process, now."""
    return Bureau(
        privacy=Privacy(table("privacy"), outbox("privacy")),
        city=reference(),
        parts=BucketParts(),
        now=utc_now(),
        new_id=new_id,
    )


@app.get("/v1/purposes")
def purposes() -> Page[Purpose]:
    """For what people's data are used, by whom and on what ground."""
    return service.purposes(bureau())


@app.get("/v1/privacy/deadlines")
def deadlines() -> Page[Deadline]:
    """How long the city has for each kind of request, and how sure we are of it."""
    return service.deadlines(bureau())


@app.get("/v1/me/consents")
def consents(who: Principal) -> Page[Receipt]:
    """One's consents."""
    return service.consents(bureau(), who)


@app.post("/v1/me/consents", status=201)
def consent(body: NewConsent, who: Principal) -> Receipt:
    """Consent to one purpose."""
    return service.consent(bureau(), body, who)


@app.post("/v1/me/consents/{id}/withdraw")
def withdraw(id: str, who: Principal) -> Receipt:  # noqa: A002 - the path's own word
    """Withdraw a consent; it acts at once."""
    return service.withdraw(bureau(), id, who.user_id)


@app.get("/v1/me/access-log")
def access_log(query: PageQuery, who: Principal) -> Page[Seen]:
    """Who looked at one's data, and why."""
    return service.access_log(bureau(), query, who)


@app.post("/v1/me/data-requests", status=201)
def ask(body: NewRequest, who: Principal) -> RequestView:
    """Ask for one's data, or for a correction."""
    if body.kind == "erase":
        policy.require(who, "privacy:ask/erase", Resource(owner=who.user_id), utc_now())
    return service.ask(bureau(), body, who)


@app.get("/v1/me/data-requests")
def mine(who: Principal) -> Page[RequestView]:
    """One's requests."""
    return service.mine(bureau(), who)


@app.get("/v1/me/data-requests/{id}")
def request(id: str, who: Principal) -> RequestView:  # noqa: A002 - the path's own word
    """One request."""
    return RequestView.of(service.own(bureau(), id, who))


@app.get("/v1/me/data-requests/{id}/file")
def file(id: str, who: Principal) -> Reply:  # noqa: A002 - the path's own word
    """Everything about oneself, as one JSON document."""
    made = service.file(bureau(), id, who)
    name = f"hue-s-{id}.json"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Reply(made, headers=headers)


@app.get("/v1/privacy/requests")
def requests(query: OfficersQuery, who: Principal) -> Page[RequestView]:
    """Everybody's requests, for the data protection officer."""

    def announce(seen: DataSeen) -> None:
        outbox("privacy").commit([], [(seen.seen_id, seen, seen.at)])

    return service.officers(bureau(), query, who, announce)


@app.post("/v1/privacy/requests/{id}/decision")
def rule(id: str, body: Ruling, who: Principal) -> RequestView:  # noqa: A002
    """Decide a correction."""
    return service.rule(bureau(), id, body, who)


@app.listen(DataSeen)
def saw(seen: DataSeen, _: CloudEvent) -> None:
    """Somebody looked at a person's data."""
    note(new=bureau().privacy.saw(seen))


@app.listen(PersonalDataHandled)
def handled(told: PersonalDataHandled, _: CloudEvent) -> None:
    """A holder is done."""
    note(request_id=told.request_id, holder=told.holder, complete=service.handled(bureau(), told))


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """This unit holds data too."""
    at = bureau()
    handle(
        asked,
        "privacy",
        export=lambda subject: service.export(at, subject),
        erase=lambda subject: service.erase(at, subject),
        parts=at.parts,
        outbox=outbox("privacy"),
    )


@app.listen(ClockEscalated)
def late(told: ClockEscalated, _: CloudEvent) -> None:
    """A statutory deadline passed, or another unit's did."""
    note(late=service.late(bureau(), told))


@app.every(minutes=60)
def chase() -> None:
    """Ask holders again that have not answered."""
    note(asked=service.chase(bureau()))


@app.every(minutes=1440)
def retain() -> None:
    """Say what may be forgotten today."""
    events = service.retain(bureau())
    outbox("privacy").commit([], events)
    note(announced=len(events))
