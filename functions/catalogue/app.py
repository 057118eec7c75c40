"""What wakes `catalogue`: people who open the app, batches of usage."""

from typing import Any

from city.adapters.holder import handle
from city.adapters.http import Reply, Request, Unit
from city.adapters.parts import BucketParts
from city.adapters.queue import Queue
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.trace import note
from city.catalogue import apps, service
from city.catalogue.model import (
    ActiveRole,
    CityFunction,
    Figures,
    Home,
    HomeQuery,
    NewRating,
    Pins,
    StatisticsQuery,
    Taken,
    Usage,
)
from city.catalogue.service import Shelf
from city.contracts.envelope import CloudEvent
from city.contracts.partners import PartnerAppChanged
from city.contracts.privacy import PersonalDataRequested
from city.kernel.clock import utc_now
from city.kernel.page import Page
from city.kernel.people import Principal

app = Unit("catalogue")
events = app.events


def shelf() -> Shelf:
    """Everything the service needs, in this process, now."""
    return Shelf(
        table=table("catalogue"),
        city=reference(),
        queue=Queue("catalogue-usage"),
        secret=settings().token_secret,
        now=utc_now(),
    )


@app.get("/v1/functions")
def functions() -> Page[CityFunction]:
    """Everything the app does."""
    return service.listing(shelf())


@app.get("/v1/functions/{id}")
def function(id: str) -> CityFunction:  # noqa: A002 - the path's own word
    """One function."""
    return service.function(shelf(), id)


@app.get("/v1/home")
def home(query: HomeQuery, who: Principal | None) -> Home:
    """The home of the role one acts in; without an account, the guest's."""
    return service.home(shelf(), query.role, who)


@app.put("/v1/home/role")
def act_in(body: ActiveRole, who: Principal) -> Home:
    """Act in another role."""
    return service.act_in(shelf(), body, who)


@app.put("/v1/home/pins")
def pin(body: Pins, who: Principal) -> Home:
    """Keep functions on top."""
    return service.pin(shelf(), body, who)


@app.post("/v1/functions/usage", status=202, idempotent=False)
def use(body: Usage, who: Principal | None, request: Request) -> Taken:
    """What was opened, in batches."""
    return service.take(shelf(), body, who, request.source_ip)


@app.post("/v1/functions/{id}/ratings", status=204, idempotent=False)
def rate(id: str, body: NewRating, who: Principal) -> Reply:  # noqa: A002
    """One's opinion of a function."""
    service.rate(shelf(), id, body, who)
    return Reply(status=204)


@app.get("/v1/statistics/functions")
def statistics(query: StatisticsQuery) -> Figures:
    """How functions are used."""
    return service.statistics(shelf(), query)


@app.receive_together("catalogue-usage")
def count(messages: list[dict[str, Any]]) -> None:
    """Batches that came together are counted together."""
    note(batches=len(messages), new=service.count(table("catalogue"), messages, utc_now()))


@app.listen(PartnerAppChanged)
def show_app(event: PartnerAppChanged, _: CloudEvent) -> None:
    """A partner's app went live, changed, or is shown no more."""
    note(app=event.app_id, new=apps.heard(table("catalogue"), event))


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants their data, or wants to be forgotten."""
    held = table("catalogue")
    handle(
        asked,
        "catalogue",
        export=lambda subject: service.export(held, subject),
        erase=lambda subject: service.erase(held, subject),
        parts=BucketParts(),
        outbox=outbox("catalogue"),
    )
