"""What wakes `notify`: every step of a report, short messages to send, people reading."""

import os
from typing import Any

from city.adapters.holder import Erased, handle
from city.adapters.http import Reply, Unit
from city.adapters.parts import BucketParts
from city.adapters.settings import settings
from city.adapters.stores import outbox as outbox_of
from city.adapters.stores import table
from city.adapters.trace import note
from city.contracts.bills import BILL_EVENTS
from city.contracts.cameras import CamerasFellSilent
from city.contracts.envelope import CloudEvent
from city.contracts.merchants import MerchantAnswered
from city.contracts.partners import PartnerAppAnswered
from city.contracts.privacy import PersonalDataRequested
from city.contracts.reports import REPORT_EVENTS, ReportChanged
from city.kernel.clock import utc_now
from city.kernel.page import PageQuery
from city.kernel.people import Principal
from city.kernel.phones import phone_number
from city.kernel.problems import NotFound
from city.notify import bills, cameras, merchants, partners, service
from city.notify.gateway import HttpGateway
from city.reporters.store import Reporters
from pydantic import BaseModel

app = Unit("notify")
events = app.events


class OutboxQuery(BaseModel):
    """A telephone number; a `+` that came unescaped is understood."""

    to: str | None = None


@app.get("/v1/me/inbox")
def inbox(query: PageQuery, who: Principal) -> service.Inbox:
    """What the caller, their agency or the centre should know, newest first."""
    return service.inbox(table("notify"), query, who)


@app.post("/v1/me/inbox/{id}/read", status=204)
def mark_read(id: str, who: Principal) -> Reply:  # noqa: A002 - the path's own word
    """Mark one item as read."""
    service.mark_read(table("notify"), id, who, utc_now())
    return Reply(status=204)


@app.get("/_sandbox/outbox")
def outbox(query: OutboxQuery) -> service.Messages:
    """The last messages sent, with their codes; in the sandbox only."""
    if not settings().sandbox:
        raise NotFound(what="/_sandbox/outbox")
    return service.outbox(table("notify"), phone_number(query.to) if query.to else None)


@app.listen(*REPORT_EVENTS.values())
def tell(event: ReportChanged, happened: CloudEvent) -> None:
    """A report took a step."""
    note(report_id=event.report_id, seq=event.seq)
    note(boxes=service.tell(table("notify"), Reporters(table("reporters")), event, happened.id))


@app.listen(*BILL_EVENTS)
def tell_of_bill(event: bills.BillEvent, happened: CloudEvent) -> None:
    """A bill is due, or autopay did something about it."""
    note(new=bills.tell(table("notify"), event, happened.id))


@app.listen(CamerasFellSilent)
def tell_of_cameras(event: CamerasFellSilent, happened: CloudEvent) -> None:
    """Cameras have no picture, or have one again."""
    note(new=cameras.tell(table("notify"), event, happened.id))


@app.listen(MerchantAnswered)
def tell_of_shop(event: MerchantAnswered, happened: CloudEvent) -> None:
    """Staff answered the owner of an acceptance point."""
    note(new=merchants.tell(table("notify"), event, happened.id))


@app.listen(PartnerAppAnswered)
def tell_of_app(event: PartnerAppAnswered, happened: CloudEvent) -> None:
    """An officer answered whoever handed in a mini app."""
    note(new=partners.tell(table("notify"), event, happened.id))


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants what is in their inbox, or wants to be forgotten."""
    held = table("notify")
    handle(
        asked,
        "notify",
        export=lambda subject: service.export(held, subject),
        erase=lambda subject: Erased(service.forget(held, subject)),
        parts=BucketParts(),
        outbox=outbox_of("notify"),
    )


@app.receive("notify-sms")
def send(message: dict[str, Any]) -> None:
    """A short message is to be sent."""
    gateway().deliver(message, utc_now())


def gateway() -> service.SmsGateway:
    """The telecom's gateway when one is configured; else, in the sandbox, the simulator.

    Raises:
        KeyError: production without a gateway: messages wait in the queue, nothing is lost.
    """
    if "SMS_GATEWAY_URL" in os.environ or not settings().sandbox:
        return HttpGateway(os.environ["SMS_GATEWAY_URL"], os.environ["SMS_GATEWAY_KEY"])
    return service.SandboxGateway(table("notify"))
