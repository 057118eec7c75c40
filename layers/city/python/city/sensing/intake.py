"""The door for readings: checks each item, and hands on what is good before it says so."""

import math
import zlib
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field

from city.adapters.queue import Sender
from city.adapters.routes import validated
from city.kernel.problems import BadRequest, Forbidden, TooMany, invalid
from city.sensing.model import City, Reading, millis
from city.sensing.store import Store, raw_key
from city.sensing.units import UnknownUnit, converted

MOST = 500
MOST_BYTES = 1_000_000
AHEAD = timedelta(minutes=5)
LATEST = timedelta(days=7)
GZIP = b"\x1f\x8b"

Code = Literal[
    "malformed", "unknown_stream", "not_yours", "bad_time", "future", "too_late", "bad_value",
    "unknown_unit",
]  # fmt: skip


class Batch(BaseModel, frozen=True, extra="forbid"):
    """Readings of one gateway. Items are checked one by one, so one bad item spoils no batch."""

    gateway: str = Field(max_length=60)
    sent_at: datetime | None = None
    items: list[Any] = Field(min_length=1, max_length=MOST)


class ItemResult(BaseModel, frozen=True):
    """What became of an item."""

    index: int
    result: Literal["accepted", "duplicate", "rejected"]
    code: Code | None = None


class Receipt(BaseModel, frozen=True):
    """What became of a batch. What is accepted is in the queue."""

    accepted: int
    duplicates: int
    rejected: int
    items: list[ItemResult]


class Rejected(Exception):
    """One item is of no use."""

    def __init__(self, code: Code) -> None:
        self.code: Code = code
        super().__init__(code)


def unzipped(body: bytes) -> bytes:
    """The body, decompressed if it is gzip, and never more than a megabyte of it.

    Raises:
        BadRequest: not gzip after all.
        Invalid: too much.
    """
    if body.startswith(GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            body = unpacker.decompress(body, MOST_BYTES + 1)
        except zlib.error as error:
            raise BadRequest(
                vi="Thân yêu cầu không giải nén được.", en="The body cannot be decompressed."
            ) from error
    if len(body) > MOST_BYTES:
        raise invalid("body", "Tối đa 1 MB sau giải nén.", "At most 1 MB once decompressed.")
    return body


def read_batch(body: bytes) -> Batch:
    """A batch as it came.

    Raises:
        BadRequest, Invalid: it cannot be read.
    """
    return validated(Batch, unzipped(body), "body")


def take(
    store: Store, queue: Sender, city: City, gateway: str, batch: Batch, now: datetime
) -> Receipt:
    """Check every item, enqueue the good ones, and only then say which they are.

    Raises:
        Forbidden: the key belongs to another gateway.
        TooMany: more readings in this minute than the gateway may send.
    """
    if batch.gateway != gateway or gateway not in city.gateway:
        raise Forbidden
    minute, most = divmod(millis(now), 60_000)[0], city.gateway[gateway].max_per_minute
    if not store.count(gateway, minute, len(batch.items), most):
        raise TooMany(60 - now.second)
    results: list[ItemResult] = []
    readings: dict[int, Reading] = {}
    seen: set[tuple[str, int, int]] = set()
    for index, item in enumerate(batch.items):
        try:
            reading = _read(city, gateway, item, now)
        except Rejected as refused:
            results.append(ItemResult(index=index, result="rejected", code=refused.code))
            continue
        key = (reading.stream, reading.t, reading.seq)
        if key in seen:
            results.append(ItemResult(index=index, result="duplicate"))
        else:
            seen.add(key)
            readings[index] = reading
    known = _known(store, city, readings)
    results += [ItemResult(index=index, result="duplicate") for index in known]
    accepted = {index: r for index, r in readings.items() if index not in known}
    if accepted:
        packed = [reading.packed() for reading in accepted.values()]
        queue.send({"gateway": gateway, "received_at": millis(now), "readings": packed})
    results += [ItemResult(index=index, result="accepted") for index in accepted]
    return _receipt(results)


def _read(city: City, gateway: str, item: Any, now: datetime) -> Reading:
    if not isinstance(item, dict) or not isinstance(item.get("stream"), str):
        raise Rejected("malformed")
    stream = city.stream.get(item["stream"])
    if stream is None:
        raise Rejected("unknown_stream")
    if stream.gateway != gateway:
        raise Rejected("not_yours")
    t = _time(item.get("t"))
    if t > millis(now + AHEAD):
        raise Rejected("future")
    if t < millis(now - LATEST):
        raise Rejected("too_late")
    value, seq = _number(item.get("v")), item.get("seq", 0)
    uom = item.get("u")
    if not isinstance(seq, int) or not 0 <= seq < 2**53 or not isinstance(uom, str | None):
        raise Rejected("malformed")
    parameter = city.parameter[stream.parameter]
    try:
        own = converted(
            parameter, value, uom, _optional(item.get("celsius")), _optional(item.get("hpa"))
        )
    except UnknownUnit as error:
        raise Rejected("unknown_unit") from error
    if not math.isfinite(own):
        raise Rejected("bad_value")
    given = (value, uom) if uom and own != value else None
    return Reading(stream.id, t, round(own, 6), seq, given)


def _time(given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise Rejected("bad_time")
    if isinstance(given, int):
        return given
    try:
        moment = datetime.fromisoformat(given)
    except ValueError as error:
        raise Rejected("bad_time") from error
    if moment.tzinfo is None:
        raise Rejected("bad_time")
    return millis(moment)


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Rejected("bad_value")
    try:
        value = float(given)
    except OverflowError as error:
        raise Rejected("bad_value") from error
    if not math.isfinite(value):
        raise Rejected("bad_value")
    return value


def _optional(given: Any) -> float | None:
    return None if given is None else _number(given)


def _known(store: Store, city: City, readings: dict[int, Reading]) -> set[int]:
    """Items that are stored already. Only times up to a stream's newest one can be."""
    newest = store.newest(city, {r.stream for r in readings.values()})
    doubtful = {
        index: raw_key(r.stream, r.t)
        for index, r in readings.items()
        if r.stream in newest and r.t <= newest[r.stream][0].t
    }
    stored = store.raw(list(dict.fromkeys(doubtful.values())))
    return {
        index
        for index, key in doubtful.items()
        if key in stored and stored[key].doc["seq"] >= readings[index].seq
    }


def _receipt(results: list[ItemResult]) -> Receipt:
    ordered = sorted(results, key=lambda r: r.index)
    tally = [r.result for r in ordered]
    return Receipt(
        accepted=tally.count("accepted"),
        duplicates=tally.count("duplicate"),
        rejected=tally.count("rejected"),
        items=ordered,
    )
