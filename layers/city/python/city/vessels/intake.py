"""The door for positions: checks each item, and hands on what is good before it says so."""

import math
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field

from city.adapters.queue import Sender
from city.kernel.problems import Forbidden, TooMany
from city.vessels import ais
from city.vessels.model import Book, Fix, Gateway
from city.vessels.moments import millis
from city.vessels.store import Store, track_key

MOST = 500
AHEAD = timedelta(minutes=5)
LATEST = timedelta(days=30)  # a terminal keeps what it could not send
MOST_KNOTS = 102.2

Code = Literal[
    "malformed", "unknown_boat", "not_yours", "bad_time", "future", "too_late", "bad_position",
    "bad_sentence", "bad_checksum", "incomplete", "no_position",
]  # fmt: skip


class PositionBatch(BaseModel, frozen=True, extra="forbid"):
    """Positions of one gateway. An item of a vendor's terminals is
    `{device, t, lat, lon, knots?, course?}`, one of an AIS receiver `{nmea, t}` with one sentence;
    `t` is RFC 3339 with an offset or epoch milliseconds. One bad item spoils no batch."""

    gateway: str = Field(max_length=60)
    sent_at: datetime | None = None
    items: list[Any] = Field(min_length=1, max_length=MOST)


class PositionResult(BaseModel, frozen=True):
    """What became of an item; `part` is an earlier sentence of a message told further on."""

    index: int
    result: Literal["accepted", "duplicate", "part", "rejected"]
    code: Code | None = None


class PositionReceipt(BaseModel, frozen=True):
    """What became of a batch. What is accepted is in the queue."""

    accepted: int
    duplicates: int
    rejected: int
    items: list[PositionResult]


class Rejected(Exception):
    """One item is of no use."""

    def __init__(self, code: Code) -> None:
        self.code: Code = code
        super().__init__(code)


def take(
    store: Store, queue: Sender, book: Book, gateway: str, batch: PositionBatch, now: datetime
) -> PositionReceipt:
    """Check every item, enqueue the good ones, and only then say which they are.

    Raises:
        Forbidden: the key belongs to another gateway.
        TooMany: more positions in this minute than the gateway may send.
    """
    known = book.gateway.get(gateway)
    if batch.gateway != gateway or known is None:
        raise Forbidden
    if not store.count(gateway, millis(now) // 60_000, len(batch.items), known.max_per_minute):
        raise TooMany(60 - now.second)
    results: dict[int, PositionResult] = {}
    fixes = _terminals(book, known, batch, now, results)
    if known.kind == "ais":
        fixes = _receiver(book, batch, now, results)
    first: dict[tuple[str, str], int] = {}
    for index, fix in fixes.items():
        if first.setdefault(track_key(fix), index) != index:
            results[index] = PositionResult(index=index, result="duplicate")
    stored = store.stored(fixes.values())
    good = [index for key, index in first.items() if key not in stored]
    for index in set(first.values()) - set(good):
        results[index] = PositionResult(index=index, result="duplicate")
    if good:
        packed = [fixes[index].packed() for index in sorted(good)]
        queue.send({"gateway": gateway, "received_at": millis(now), "positions": packed})
    results |= {index: PositionResult(index=index, result="accepted") for index in good}
    tally = [result.result for result in results.values()]
    return PositionReceipt(
        accepted=tally.count("accepted"),
        duplicates=tally.count("duplicate"),
        rejected=tally.count("rejected"),
        items=[results[index] for index in sorted(results)],
    )


def _refused(index: int, code: Code) -> PositionResult:
    return PositionResult(index=index, result="rejected", code=code)


def _terminals(
    book: Book,
    gateway: Gateway,
    batch: PositionBatch,
    now: datetime,
    results: dict[int, PositionResult],
) -> dict[int, Fix]:
    fixes: dict[int, Fix] = {}
    if gateway.kind != "vms":
        return fixes
    for index, item in enumerate(batch.items):
        try:
            fixes[index] = _terminal(book, gateway, item, now)
        except Rejected as refused:
            results[index] = _refused(index, refused.code)
    return fixes


def _terminal(book: Book, gateway: Gateway, item: Any, now: datetime) -> Fix:
    if not isinstance(item, dict) or not isinstance(item.get("device"), str):
        raise Rejected("malformed")
    found = book.by_device.get(item["device"])
    if found is None:
        raise Rejected("unknown_boat")
    boat, device = found
    if device.vendor != gateway.vendor:
        raise Rejected("not_yours")
    return placed(
        Fix(
            boat.id,
            device.id,
            _time(item.get("t"), now),
            _number(item.get("lat")),
            _number(item.get("lon")),
            _optional(item.get("knots"), MOST_KNOTS),
            _optional(item.get("course"), 360),
        )
    )


def placed(fix: Fix) -> Fix:
    """The position, rounded to a decimetre, if it is one; 0, 0 is a terminal without one.

    Raises:
        Rejected: it is none.
    """
    if not (-90 <= fix.lat <= 90 and -180 <= fix.lon <= 180) or (fix.lat, fix.lon) == (0, 0):
        raise Rejected("bad_position")
    return fix._replace(lat=round(fix.lat, 6), lon=round(fix.lon, 6))


def _receiver(
    book: Book, batch: PositionBatch, now: datetime, results: dict[int, PositionResult]
) -> dict[int, Fix]:
    times: dict[int, int] = {}
    parts: list[tuple[int, ais.Part]] = []
    for index, item in enumerate(batch.items):
        try:
            if not isinstance(item, dict) or not isinstance(item.get("nmea"), str):
                raise Rejected("malformed")
            times[index] = _time(item.get("t"), now)
            part = ais.read(item["nmea"])
            if isinstance(part, str):
                raise Rejected(part)
        except Rejected as refused:
            results[index] = _refused(index, refused.code)
            continue
        parts.append((index, part))
        results[index] = PositionResult(index=index, result="part")
    fixes: dict[int, Fix] = {}
    for index, heard in ais.assembled(parts).items():
        boat = None if isinstance(heard, str) else book.by_mmsi.get(heard.mmsi)
        if isinstance(heard, str) or boat is None:
            results[index] = _refused(index, heard if isinstance(heard, str) else "unknown_boat")
            continue
        try:
            fixes[index] = placed(
                Fix(boat.id, "ais", times[index], heard.lat, heard.lon, heard.knots, heard.course)
            )
        except Rejected as refused:
            results[index] = _refused(index, refused.code)
    return fixes


def _time(given: Any, now: datetime) -> int:
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise Rejected("bad_time")
    t = given if isinstance(given, int) else _parsed(given)
    if t > millis(now + AHEAD):
        raise Rejected("future")
    if t < millis(now - LATEST):
        raise Rejected("too_late")
    return t


def _parsed(given: str) -> int:
    try:
        at = datetime.fromisoformat(given)
    except ValueError as error:
        raise Rejected("bad_time") from error
    if at.tzinfo is None:
        raise Rejected("bad_time")
    return millis(at)


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Rejected("bad_position")
    if not math.isfinite(given):
        raise Rejected("bad_position")
    return float(given)


def _optional(given: Any, most: float) -> float | None:
    if given is None:
        return None
    value = _number(given)
    if not 0 <= value <= most:
        raise Rejected("malformed")
    return round(value, 1)
