"""Boats as lists, maps and figures."""

from collections import Counter
from datetime import timedelta
from typing import Any

from city.kernel.clock import local_date, stamp
from city.kernel.page import Page, PageQuery, decode_cursor, encode_cursor
from city.kernel.people import Principal
from city.kernel.text import Text
from city.vessels import looking, recalls
from city.vessels import view_models as models
from city.vessels.case_views import cases_of
from city.vessels.desk import Desk
from city.vessels.following import memory_of
from city.vessels.looking import PURPOSE_NAMES
from city.vessels.model import STATE_NAMES, Boat, Fix, State
from city.vessels.moments import moment
from city.vessels.sailing import Memory, interval_ms
from city.vessels.store import Live
from city.vessels.workflow import CASE_NAMES

REPORTS = ("radio", "departed", "arrived")


def fleet(desk: Desk, query: models.FleetQuery, who: Principal) -> Page[models.BoatCard]:
    """Boats by registration, without positions.

    Raises:
        NotFound: the caller's agency has nothing to do with fishing.
    """
    desk.require(who, "vessels:listing")
    held, wanted = desk.store.fleet(), (query.q or "").strip().upper()
    after = str(decode_cursor(query.cursor).get("a", ""))
    listed = [
        _card(desk, boat, held.get(boat.id, Live(boat=boat.id)))
        for boat in sorted(desk.book.boats, key=lambda b: b.registration)
        if boat.registration > after and wanted in boat.registration.upper()
    ]
    fitting = [card for card in listed if not query.state or card.state in query.state]
    items = fitting[: query.limit]
    more = len(fitting) > query.limit
    return Page(
        items=items,
        next_cursor=encode_cursor({"a": items[-1].registration}) if more else None,
    )


def _card(desk: Desk, boat: Boat, live: Live) -> models.BoatCard:
    port = desk.book.port.get(boat.port)
    return models.BoatCard(
        id=boat.id,
        registration=boat.registration,
        lmax_m=boat.lmax_m,
        gear=boat.gear,
        port=port.name if port else Text(vi=boat.port, en=boat.port),
        state=live.state,
        state_name=STATE_NAMES[live.state],
        since=moment(live.since) if live.since >= 0 else None,
        near_limit=live.near,
        lines={name: line for name, line in live.lines.items() if line != "CLEAR"},
        open_cases=sorted(live.cases.values()),
        demo=boat.demo,
    )


def one(desk: Desk, boat_id: str, query: looking.PurposeQuery, who: Principal) -> models.BoatView:
    """A boat with its position; its owner learns that somebody looked.

    Raises:
        NotFound: no such boat, or not the caller's. Invalid: no purpose.
    """
    boat = desk.boat(boat_id)
    desk.require(who, "vessels:show", boat.account)
    looking.looked(desk, boat, who, query.purpose, "vessel_position")
    live, _ = desk.store.live(boat.id)
    memory = memory_of(desk, boat, live)
    may_port = desk.may(who, "vessels:report/port", boat.account)
    return models.BoatView(
        **_card(desk, boat, live).model_dump(),
        owner=boat.owner,
        mmsi=boat.mmsi,
        devices=[f"{device.vendor} {device.id}" for device in boat.devices],
        last=_spot(memory.last),
        ais=_spot(live.last_seen),
        radio_at=moment(live.told.radio) if live.told.radio >= 0 else None,
        standing=_standing(desk, memory),
        duty=_duty(desk, boat),
        allowed=list(REPORTS if may_port else REPORTS[:1]),
    )


def _spot(fix: Fix | None) -> models.Spot | None:
    if fix is None:
        return None
    return models.Spot(
        t=moment(fix.t), lat=fix.lat, lon=fix.lon, knots=fix.knots, course=fix.course,
        source=fix.source,
    )  # fmt: skip


def _standing(desk: Desk, memory: Memory) -> list[models.LineView]:
    zones = {zone.id: zone for zone in desk.book.zones}
    return [
        models.LineView(
            zone=name, name=zones[name].name, line=held.line.value, margin_nm=held.margin,
            confirmed=zones[name].confirmed,
        )
        for name, held in memory.lines.items()
    ]  # fmt: skip


def _duty(desk: Desk, boat: Boat) -> models.DutyView | None:
    duty = desk.book.duty(boat, local_date(desk.now))
    if duty is None:
        return None
    return models.DutyView(
        words=duty.words, interval_min=duty.interval_min, source=duty.source,
        confirmed=duty.confirmed,
    )  # fmt: skip


def on_map(desk: Desk, query: models.MapQuery, who: Principal) -> models.FeatureCollection:
    """Newest positions as GeoJSON.

    Raises:
        NotFound: the caller's agency has nothing to do with fishing. Invalid: no purpose.
    """
    desk.require(who, "vessels:on_map")
    features = []
    for boat_id, live in sorted(desk.store.fleet().items()):
        boat = desk.book.boat.get(boat_id)
        if boat is None or (query.state and live.state not in query.state):
            continue
        memory = memory_of(desk, boat, live)
        known = [fix for fix in (memory.last, live.last_seen) if fix]
        if known:
            features.append(_feature(boat, live, max(known, key=lambda fix: fix.t)))
    looking.looked_at_fleet(desk, who, query.purpose, len(features))
    return models.FeatureCollection(features=features)


def _feature(boat: Boat, live: Live, fix: Fix) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": boat.id,
        "geometry": {"type": "Point", "coordinates": [fix.lon, fix.lat]},
        "properties": {
            "registration": boat.registration, "state": live.state.value, "t": stamp(moment(fix.t)),
            "course": fix.course, "knots": fix.knots, "source": fix.source,
            "near_limit": live.near, "crossed": "CROSSED" in live.lines.values(),
            "cases": len(live.cases), "lmax_m": boat.lmax_m,
        },
    }  # fmt: skip


def zones(desk: Desk) -> models.FeatureCollection:
    """Lines and ports of today as GeoJSON, each with its document and whether it was checked."""
    features: list[dict[str, Any]] = [
        {
            "type": "Feature",
            "id": zone.id,
            "geometry": {"type": "Polygon", "coordinates": [[list(p) for p in zone.ring]]},
            "properties": {
                "kind": zone.kind, "name": zone.name.model_dump(), "approach_nm": zone.approach_nm,
                "source": zone.source.model_dump(), "confirmed": zone.confirmed,
            },
        }
        for zone in desk.book.zones_on(local_date(desk.now))
    ]  # fmt: skip
    features += [
        {
            "type": "Feature",
            "id": port.id,
            "geometry": {"type": "Point", "coordinates": [port.lon, port.lat]},
            "properties": {
                "kind": "port", "name": port.name.model_dump(), "radius_nm": port.radius_nm,
                "source": port.source.model_dump(), "confirmed": port.confirmed,
            },
        }
        for port in desk.book.ports
    ]  # fmt: skip
    return models.FeatureCollection(features=features)


def mine(desk: Desk, who: Principal) -> Page[models.MyBoat]:
    """One's own boats, with their cases and the recalls that wait for an answer."""
    standing = recalls.standing(desk)
    items = []
    for boat in desk.book.of_account(who.user_id):
        live, _ = desk.store.live(boat.id)
        memory = memory_of(desk, boat, live)
        called = [recall for recall in standing if boat.id in recall.boats]
        items.append(
            models.MyBoat(
                **_card(desk, boat, live).model_dump(),
                last=_spot(memory.last),
                radio_at=moment(live.told.radio) if live.told.radio >= 0 else None,
                next_report_due=_next_due(desk, boat, live, memory),
                standing=_standing(desk, memory),
                duty=_duty(desk, boat),
                cases=cases_of(desk, boat, PageQuery(limit=20)).items,
                recalls=[_my_recall(desk, recall, boat) for recall in called],
            )
        )
    return Page(items=items)


def _my_recall(desk: Desk, recall: recalls.Recall, boat: Boat) -> models.MyRecall:
    told = recalls.answers(desk, recall).get(boat.id)
    return models.MyRecall(
        **recall.model_dump(include={"id", "code", "expires", "exercise"}),
        headline=recall.headline,
        body=recall.body,
        answer=told,
    )


def _next_due(desk: Desk, boat: Boat, live: Live, memory: Memory) -> Any:
    """When the next position is due: by the device, or by radio while that is silent."""
    limits = desk.book.limits_on(local_date(desk.now))
    if live.state is State.REPORTED_BY_RADIO:
        return moment(live.told.radio) + timedelta(hours=limits.radio_h)
    interval = interval_ms(desk.book, boat, memory.heard) if memory.heard else None
    if interval is None or live.state is State.IN_PORT or memory.heard is None:
        return None
    return moment(memory.heard + interval)


def outages(desk: Desk, query: PageQuery, who: Principal) -> Page[models.OutageView]:
    """Vendors whose boats fell silent together, newest first.

    Raises:
        NotFound: the caller's agency has nothing to do with fishing.
    """
    desk.require(who, "vessels:outages")
    after = decode_cursor(query.cursor).get("a")
    listed, more = desk.store.outage_list(after, query.limit)
    items = [
        models.OutageView(
            id=each.id, vendor=each.vendor, since=moment(each.since), found_at=moment(each.found),
            ended_at=moment(each.ended) if each.ended else None, late=each.late, at_sea=each.at_sea,
        )
        for each in listed
    ]  # fmt: skip
    return Page(items=items, next_cursor=encode_cursor({"a": more}) if more else None)


def figures(desk: Desk) -> models.FleetFigures:
    """Counts for everybody."""
    held, day = desk.store.fleet(), local_date(desk.now)
    states = Counter(held.get(b.id, Live(boat=b.id)).state.value for b in desk.book.boats)
    duties = [desk.book.duty(boat, day) for boat in desk.book.boats]
    cards, _ = desk.store.cards("CASES#OPEN", limit=1000)
    return models.FleetFigures(
        boats=len(desk.book.boats),
        with_device_duty=sum(bool(duty and duty.device) for duty in duties),
        states=dict(states),
        open_cases=dict(Counter(card["kind"] for _, card in cards)),
        outages=len(desk.store.outages()[0].standing),
        open_recalls=len(recalls.standing(desk)),
        demo=any(boat.demo for boat in desk.book.boats),
        at=desk.now,
    )


def rules(desk: Desk) -> models.RulesView:
    """The rules as data."""
    book = desk.book
    return models.RulesView(
        obligations=[row.model_dump(mode="json") for row in book.obligations],
        limits=[row.model_dump(mode="json") for row in book.limits],
        deadlines=[row.model_dump(mode="json") for row in book.deadlines],
        fines=[row.model_dump(mode="json") for row in book.fines],
        states=[models.Named(code=code, name=name) for code, name in STATE_NAMES.items()],
        purposes=[models.Named(code=code, name=name) for code, name in PURPOSE_NAMES.items()],
        case_states=[models.Named(code=code, name=name) for code, name in CASE_NAMES.items()],
    )
