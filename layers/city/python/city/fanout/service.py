"""From a released message to slices in a queue, and what people and operators then see."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from city.fanout.audience import (
    Area,
    Circle,
    Indexes,
    Snapshot,
    Wanted,
    asleep,
    inside,
    resolve,
    sizes,
)
from city.fanout.book import Library, Objects
from city.fanout.model import (
    AreaShape,
    Delivery,
    Lane,
    Notice,
    Outcome,
    Posted,
    Slice,
    SliceMessage,
)
from city.fanout.slices import cut, manifest
from city.fanout.store import EVERYWHERE, Deliveries
from city.fanout.subscribers import Person
from city.kernel.clock import HUE, stamp
from city.kernel.page import Page
from city.kernel.text import Text

LATEST = 50


class LaneQueues(Protocol):
    """The three lanes."""

    def put(self, lane: Lane, messages: Sequence[SliceMessage], delay_s: int = 0) -> None:
        """Send slices into a lane; at least once, in any order."""


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything fan-out leans on."""

    deliveries: Deliveries
    library: Library
    objects: Objects
    queues: LaneQueues
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Order:
    """A message to fan out. `extreme` overrides what people muted. `persons` are accounts by id,
    whatever the area: skippers, say."""

    notice: Notice
    lane: Lane
    area: AreaShape
    roles: frozenset[str] | None = None
    extreme: bool = False
    persons: frozenset[str] | None = None


def shape(told: AreaShape) -> Area:
    """An area as the audience computes with it."""
    circles = tuple(Circle(*c) for c in told.circles)
    return Area(told.units, told.polygons, circles, told.everywhere)


def release(hub: Hub, order: Order) -> Delivery | None:
    """Resolve, keep and enqueue. Run again after a crash it goes on where it stopped: what is
    kept is not resolved again, and slices that come twice are done once. None when a newer
    revision overtook it.
    """
    notice = order.notice
    newest = hub.deliveries.newest(notice.delivery_id)
    if newest > notice.revision:
        return None
    if newest == notice.revision:
        delivery = hub.deliveries.get(notice.delivery_id, notice.revision)
        plan = [Slice.model_validate(s) for s in json.loads(hub.objects.read(_plan(delivery)))]
    else:
        delivery, plan = _resolve(hub, order)
        if not hub.deliveries.open(delivery):
            return None
    _, people, _ = hub.library.current()
    posted = Posted(
        notice=notice, area=order.area, roles=order.roles, released_at=delivery.released_at,
        personal=order.persons is not None,
    )  # fmt: skip
    boxes = {own_box(p) for p in order.persons} if order.persons else _units(people, order.area)
    hub.deliveries.show(posted, boxes)
    _enqueue(hub, delivery, plan)
    return delivery


def _resolve(hub: Hub, order: Order) -> tuple[Delivery, list[Slice]]:
    started = hub.now()
    hub.library.compile()
    snapshot, people, starts = hub.library.current()
    notice = order.notice
    wanted = Wanted(shape(order.area), order.roles, notice.kind, notice.exercise, order.extreme)
    chosen = resolve(people, wanted) if order.persons is None else _named(people, order)
    persons = _also_told(hub, people, notice, chosen)
    ordered, plan = _plan_slices(people, persons, starts, order.lane, started)
    key = f"manifests/{notice.delivery_id}/{notice.revision}-{stamp(started)}"
    delivery = Delivery(
        notice=notice,
        lane=order.lane,
        snapshot=snapshot,
        manifest=key,
        audience=len(persons),
        slices=len(plan),
        deferred=sum(s.last - s.first for s in plan if s.due),
        released_at=started,
        resolved_at=hub.now(),
    )
    hub.objects.write(key, manifest(ordered))
    hub.objects.write(
        _plan(delivery), json.dumps([s.model_dump(mode="json") for s in plan]).encode()
    )
    return delivery, plan


def _named(people: Snapshot, order: Order) -> Indexes:
    """The persons that a message names; in an exercise those of them who enrolled."""
    ids = np.array([p.encode() for p in order.persons or ()], dtype=people.ids.dtype)
    hit = np.isin(people.ids, ids)
    if order.notice.exercise:
        hit &= people.exercise
    return np.flatnonzero(hit).astype(np.uint32)


def own_box(user_id: str) -> str:
    """Where messages for one person lie, beside those for places."""
    return f"@{user_id}"


def _plan(delivery: Delivery) -> str:
    return f"{delivery.manifest}.plan.json"


def _also_told(hub: Hub, people: Snapshot, notice: Notice, persons: Indexes) -> Indexes:
    """Whoever heard an earlier revision hears this one too, wherever they are now: a cancellation
    reaches exactly those whom the warning reached."""
    earlier = hub.deliveries.revisions(notice.delivery_id)
    if not earlier:
        return persons
    told = np.zeros(people.people, dtype=bool)
    if not notice.cancels:
        told[persons] = True
    for delivery in earlier:
        ids = hub.library.ids(delivery)
        told |= np.isin(people.ids, ids)
    return np.flatnonzero(told).astype(np.uint32)


def _plan_slices(
    people: Snapshot, persons: Indexes, starts: Indexes, lane: Lane, now: datetime
) -> tuple[Indexes, list[Slice]]:
    """Who hears it now, and who when their quiet hours end. The first lane waits for nobody."""
    groups: list[tuple[datetime | None, Indexes]] = [(None, persons)]
    if lane != "p0":
        quiet = asleep(people, persons, now.astimezone(HUE).hour)
        groups = [(None, persons[~quiet])]
        ends = people.quiet[persons, 1]
        groups += [
            (_next_hour(now, int(end)), persons[quiet & (ends == end)])
            for end in np.unique(ends[quiet])
        ]
    ordered = np.concatenate([g for _, g in groups]) if groups else persons
    plan: list[Slice] = []
    at = 0
    for due, group in groups:
        for first, last in cut(group, starts):
            plan.append(Slice(no=len(plan), first=at + first, last=at + last, due=due))
        at += len(group)
    return ordered, plan


def _next_hour(now: datetime, hour: int) -> datetime:
    """The next moment at which it is `hour` o'clock in Huế."""
    local = now.astimezone(HUE).replace(hour=hour, minute=0, second=0, microsecond=0)
    return (local if local > now else local + timedelta(days=1)).astimezone(now.tzinfo)


def _units(people: Snapshot, told: AreaShape) -> set[str]:
    """The units whose inboxes look for it."""
    if told.everywhere:
        return {EVERYWHERE}
    hit = inside(people.place_lat, people.place_lon, shape(told))
    return set(told.units) | {people.unit_names[i] for i in np.unique(people.place_unit[hit])}


def _enqueue(hub: Hub, delivery: Delivery, plan: Iterable[Slice]) -> None:
    notice = delivery.notice
    now_due: list[SliceMessage] = []
    for piece in plan:
        message = SliceMessage(
            delivery_id=notice.delivery_id,
            revision=notice.revision,
            no=piece.no,
            first=piece.first,
            last=piece.last,
            lane=delivery.lane,
        )
        if piece.due is None:
            now_due.append(message)
        else:
            hub.deliveries.put_off(message, piece.due)
    hub.queues.put(delivery.lane, now_due)


def wake(hub: Hub) -> int:
    """Put slices whose quiet hours are over into their queue; how many. Run by the clock."""
    rows = hub.deliveries.due(hub.now())
    for row in rows:
        message = SliceMessage.model_validate(row.doc)
        hub.queues.put(message.lane, [message])
        hub.deliveries.drop(row)
    return len(rows)


class Preview(BaseModel):
    """To whom something would go."""

    model_config = ConfigDict(extra="forbid")

    area: AreaShape
    roles: frozenset[str] | None = None
    kind: str = Field("", max_length=60)
    exercise: bool = False


class AudienceSize(BaseModel):
    """People by language, devices by channel; `inbox_only` have no device."""

    people: int
    vi: int
    en: int
    webpush: int
    fcm: int
    sms: int
    email: int
    inbox_only: int
    as_of: str


def preview(hub: Hub, body: Preview) -> AudienceSize:
    """How many people an area holds, with everybody's latest changes."""
    hub.library.compile()
    key, people, _ = hub.library.current()
    wanted = Wanted(shape(body.area), body.roles, body.kind, body.exercise)
    counted: Mapping[str, int] = sizes(people, resolve(people, wanted))
    return AudienceSize(**counted, as_of=key)


class Progress(BaseModel):
    """How one revision fares. `left` are not counted yet; at 0 the outcomes are the audience."""

    revision: int
    lane: Lane
    released_at: datetime
    resolved_ms: int
    audience: int
    slices: int
    deferred: int
    outcomes: dict[str, int]
    left: int
    chart: list[dict[str, Any]]


def progress(hub: Hub, delivery_id: str) -> Page[Progress]:
    """Every revision of a message, newest first."""
    found = []
    for delivery in reversed(hub.deliveries.revisions(delivery_id)):
        revision = delivery.notice.revision
        totals = hub.deliveries.totals(delivery_id, revision)
        outcomes = {o.value: totals.get(o.value, 0) for o in Outcome}
        took = delivery.resolved_at - delivery.released_at
        found.append(
            Progress(
                revision=revision,
                lane=delivery.lane,
                released_at=delivery.released_at,
                resolved_ms=round(took.total_seconds() * 1000),
                audience=delivery.audience,
                slices=delivery.slices,
                deferred=delivery.deferred,
                outcomes=outcomes,
                left=delivery.audience - sum(outcomes.values()),
                chart=[{"at": at, **n} for at, n in hub.deliveries.chart(delivery_id, revision)],
            )
        )
    return Page(items=found)


class Heard(BaseModel):
    """A message in a person's inbox of warnings, and why it is there."""

    id: str
    revision: int
    at: datetime
    until: datetime
    kind: str
    level: str
    title: Text
    body: Text
    link: str
    cancelled: bool
    exercise: bool
    because: list[str]
    personal: bool = False


def heard(hub: Hub, person: Person, now: datetime) -> Page[Heard]:
    """The messages that concern a person's places, newest first, each with the places it is for."""
    boxes = [own_box(person.id), *(unit for _, _, _, unit in person.spots)]
    found = []
    for posted in hub.deliveries.near(boxes, LATEST):
        why = [] if posted.personal else reasons(person, posted)
        if why is None or now > posted.notice.expires + timedelta(days=30):
            continue
        notice = posted.notice
        found.append(
            Heard(
                id=notice.delivery_id,
                revision=notice.revision,
                at=posted.released_at,
                until=notice.expires,
                because=why,
                cancelled=notice.cancels,
                personal=posted.personal,
                **notice.model_dump(include={"kind", "level", "title", "body", "link", "exercise"}),
            )
        )
    return Page(items=found)


def reasons(person: Person, posted: Posted) -> list[str] | None:
    """The names of the places a message is for ("" is where they were last); an empty list is the
    whole city, None nothing."""
    if posted.roles is not None and not posted.roles & person.roles:
        return None
    if posted.notice.exercise and not person.preferences.exercise:
        return None
    if posted.area.everywhere:
        return []
    area = shape(posted.area)
    hits = [
        name
        for name, lat, lon, unit in person.spots
        if unit in area.units or bool(inside(np.array([lat]), np.array([lon]), area)[0])
    ]
    return hits or None
