"""What wakes `fanout`: a released warning, three lanes of slices, people with places and phones."""

import functools
from typing import Any

import aiohttp
from city.adapters.blob import Objects
from city.adapters.holder import Erased, handle
from city.adapters.http import Reply, Unit
from city.adapters.parts import BucketParts
from city.adapters.queue import Queue
from city.adapters.reference import reference
from city.adapters.settings import settings
from city.adapters.stores import outbox, table
from city.adapters.tokens import verify_attestation
from city.adapters.trace import note
from city.contracts.alerts import AlertReleased
from city.contracts.envelope import CloudEvent
from city.contracts.grants import GrantsChanged
from city.contracts.privacy import ConsentChanged, PersonalDataRequested
from city.contracts.vessels import RecallOrdered, SkippersWarned
from city.fanout import channels, devices, documents, here, service, subscribers, vapid, why
from city.fanout.book import Library
from city.fanout.deliver import Worker
from city.fanout.lanes import Lanes
from city.fanout.model import SliceMessage
from city.fanout.orders import order, to_skippers
from city.fanout.outgoing import Outgoing
from city.fanout.running import Runner
from city.fanout.sending import Postman
from city.fanout.store import Deliveries
from city.fanout.subscribers import NewPlace, Place, Preferences, Subscribers
from city.fanout.webpush import Vapid
from city.kernel.clock import local_date, utc_now
from city.kernel.ids import new_id
from city.kernel.page import Page
from city.kernel.people import Principal
from pydantic import BaseModel

app = Unit("fanout")
events = app.events


class PushKey(BaseModel):
    """What a browser subscribes with (`applicationServerKey`)."""

    public_key: str


def known() -> documents.Known:
    """The unit's documents."""
    return documents.known(table("fanout"), utc_now())


@functools.cache
def objects() -> Objects:
    """Where snapshots, manifests and address books lie."""
    return Objects(settings().fanout_bucket)


@functools.lru_cache(maxsize=2)
def _library(kinds: tuple[str, ...], roles: tuple[str, ...]) -> Library:
    return Library(table("fanout"), objects(), kinds, roles)


def library() -> Library:
    """Snapshots, kept by the process that read them last."""
    return _library(known().kinds, known().roles)


def hub() -> service.Hub:
    """Everything that the use cases need."""
    return service.Hub(Deliveries(table("fanout")), library(), objects(), lanes(), utc_now)


@functools.cache
def lanes() -> Lanes:
    """The three queues."""
    return Lanes({lane: Queue(f"fanout-{lane}") for lane in ("p0", "p1", "p2")})


def people() -> Subscribers:
    """Everybody's rows."""
    return Subscribers(table("fanout"))


@functools.cache
def badge() -> Vapid:
    """The city's key towards push services."""
    told = settings()
    return vapid.vapid(
        table("fanout"), told.token_secret, told.vapid_private_key, told.public_base_url
    )


def unit_at(lat: float, lon: float) -> str | None:
    """The commune of a point."""
    found = reference().ward_at(lat, lon, local_date(utc_now()))
    return found.code if found else None


@app.get("/v1/push/key")
def push_key() -> PushKey:
    """The key that browsers subscribe with."""
    return PushKey(public_key=badge().public)


@app.get("/v1/me/warnings")
def warnings(who: Principal) -> Page[service.Heard]:
    """Warnings for the caller's places, newest first, and why each is there."""
    return service.heard(hub(), people().get(who.user_id)[0], utc_now())


@app.get("/v1/me/warnings/preferences")
def preferences(who: Principal) -> Preferences:
    """How the caller wants to be told."""
    return people().get(who.user_id)[0].preferences


@app.put("/v1/me/warnings/preferences")
def prefer(body: Preferences, who: Principal) -> Preferences:
    """Change how the caller wants to be told."""
    return subscribers.change(people(), who.user_id, who.roles, preferences=body).preferences


@app.get("/v1/me/warnings/{id}/why")
def why_me(id: str, who: Principal) -> why.Why:  # noqa: A002 - the path's own word
    """Why the caller was, or was not, told of a warning."""
    return why.why(hub(), people().get(who.user_id)[0], id)


@app.get("/v1/me/places")
def places(who: Principal) -> Page[Place]:
    """The caller's saved places."""
    return Page(items=list(people().get(who.user_id)[0].places))


@app.post("/v1/me/places", status=201)
def add_place(body: NewPlace, who: Principal) -> Place:
    """Save a place to be warned about."""
    unit = unit_at(body.lat, body.lon)
    return subscribers.add_place(people(), who.user_id, who.roles, body, unit, new_id, utc_now())


@app.delete("/v1/me/places/{id}", status=204)
def remove_place(id: str, who: Principal) -> Reply:  # noqa: A002
    """Forget a saved place."""
    subscribers.remove_place(people(), who.user_id, who.roles, id)
    return Reply(status=204)


@app.put("/v1/me/places/here")
def be_here(body: here.NewHere, who: Principal) -> here.HereView:
    """Be warned by where one is: the cell of 0.7 km², for a day, with consent."""
    return here.note(table("fanout"), who, body, unit_at, utc_now())


@app.delete("/v1/me/places/here", status=204)
def not_here(who: Principal) -> Reply:
    """Forget where one is."""
    here.forget(table("fanout"), who.user_id)
    return Reply(status=204)


@app.get("/v1/me/push-devices")
def my_devices(who: Principal) -> Page[devices.PushDevice]:
    """Where the caller is reached."""
    return devices.listed(people(), who.user_id)


@app.post("/v1/me/push-devices", status=201)
def add_device(body: devices.DeviceBody, who: Principal) -> devices.PushDevice:
    """Reach the caller on one more device."""
    return devices.add(
        people(), who, body, known().push_services, settings().sandbox, _attested, utc_now()
    )


def _attested(token: str, now: Any) -> dict[str, Any]:
    return verify_attestation(token, "hue-s/fanout", now)


@app.delete("/v1/me/push-devices/{id}", status=204)
def remove_device(id: str, who: Principal) -> Reply:  # noqa: A002
    """Reach the caller on one device less."""
    devices.remove(people(), who.user_id, id)
    return Reply(status=204)


@app.post("/v1/alert-audience", idempotent=False)
def audience(body: service.Preview) -> service.AudienceSize:
    """How many people an area holds, before anything is sent."""
    return service.preview(hub(), body)


@app.get("/v1/deliveries/{id}")
def deliveries(id: str) -> Page[service.Progress]:  # noqa: A002
    """How a warning's messages fare: every person counted once, minute by minute."""
    return service.progress(hub(), id)


@app.listen(AlertReleased)
def release(told: AlertReleased, _: CloudEvent) -> None:
    """A message of a warning went out."""
    made = service.release(hub(), order(told))
    note(alert_id=told.alert_id, revision=told.revision, audience=made.audience if made else None)


@app.listen(RecallOrdered, SkippersWarned)
def call_skippers(told: RecallOrdered | SkippersWarned, _: CloudEvent) -> None:
    """Boats are called back, or a skipper is warned: messages for named persons."""
    subscribers.ensure(people(), told.persons)
    made = service.release(hub(), to_skippers(told))
    note(notice_id=told.notice_id, revision=told.revision, audience=made.audience if made else None)


@app.listen(GrantsChanged)
def follow_roles(told: GrantsChanged, _: CloudEvent) -> None:
    """Somebody's roles changed: whoever is subscribed hears what their roles hear."""
    held, version = people().get(told.subject)
    if version > 0:
        now = utc_now()
        active = {g.role for g in told.grants if g.valid_to is None or now < g.valid_to}
        roles = frozenset({"citizen"} | active)
        if roles != held.roles:
            subscribers.change(people(), told.subject, roles)


@app.listen(ConsentChanged)
def follow_consent(told: ConsentChanged, _: CloudEvent) -> None:
    """A person agreed to be warned by where they are, or no longer does."""
    here.consented(table("fanout"), told)


@app.listen(PersonalDataRequested)
def hand_over(asked: PersonalDataRequested, _: CloudEvent) -> None:
    """A person wants what is held of them here, or wants to be forgotten."""
    handle(
        asked,
        "fanout",
        export=lambda subject: subscribers.export(people(), subject),
        erase=lambda subject: Erased(people().forget(subject)),
        parts=BucketParts(),
        outbox=outbox("fanout"),
    )


@app.every(minutes=5)
def compile_snapshot() -> None:
    """Build the shards that changed, so that a warning finds them ready."""
    note(shards=library().compile())


@app.every(minutes=1)
def tend() -> None:
    """Put slices whose quiet hours are over into their queue; forget where people were."""
    note(woken=service.wake(hub()), forgotten=here.expire(table("fanout"), utc_now()))


async def _postman(session: aiohttp.ClientSession) -> Postman:
    out = Outgoing(session, utc_now)
    return Postman(channels.channels(settings(), out, badge(), known().sms))


@functools.cache
def runner() -> Runner:
    """This process's loop and connections."""
    return Runner(_postman)


def _work(body: dict[str, Any]) -> None:
    message = SliceMessage.model_validate(body)
    note(alert_id=message.delivery_id, revision=message.revision, slice=message.no)
    store = Deliveries(table("fanout"))

    def worker(postman: Postman) -> Worker:
        gone = functools.partial(subscribers.forget_devices, people())
        return Worker(store, library(), postman.send, gone, utc_now)

    again = runner().work(worker, message)
    if again:
        lanes().put(message.lane, [again.message], again.after_s)


@app.receive("fanout-p0")
def work_p0(body: dict[str, Any]) -> None:
    """A slice of what cannot wait."""
    _work(body)


@app.receive("fanout-p1")
def work_p1(body: dict[str, Any]) -> None:
    """A slice of what is soon."""
    _work(body)


@app.receive("fanout-p2")
def work_p2(body: dict[str, Any]) -> None:
    """A slice of the rest."""
    _work(body)
