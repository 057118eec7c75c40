"""Storing readings: judged, put once, their hours marked for the roll-up. May run twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from city.adapters.table import ABSENT, MAX_OPERATIONS, CommitConflict, Operation, Put, Row
from city.sensing.fold import Entry
from city.sensing.model import City, Reading
from city.sensing.quality import UNKNOWN, judge
from city.sensing.store import (
    Key,
    Newest,
    Store,
    Window,
    dirty_hour,
    hour_of,
    newest_key,
    raw_key,
    raw_ttl,
)

SLICE = 60  # readings of one stream in a commit, with room for its marks and its newest row
GOOD_KEPT = 48
ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Kept:
    """A reading as stored: what rules may go by."""

    entry: Entry
    quality: int
    received: int
    fresh: bool


@dataclass(slots=True)
class _Pack:
    """What one stream adds to a commit."""

    stream: str
    operations: list[Operation] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


def keep(
    store: Store, city: City, readings: Iterable[Reading], received: int, mark: int
) -> list[Kept]:
    """Store readings that are new or have a higher `seq`; returns all of them as stored.

    Raises:
        CommitConflict: others kept changing the same streams; the same readings may come again.
    """
    windows = store.windows()
    kept: list[Kept] = []
    for turn in _turns(city, readings):
        left = turn
        for attempt in range(ATTEMPTS):
            packs = _packs(store, city, left, received, mark, windows)
            failed: list[_Pack] = []
            for group in _grouped(packs):
                try:
                    store.commit([op for pack in group for op in pack.operations])
                    kept += [k for pack in group for k in pack.kept]
                except CommitConflict:
                    failed += group
            left = {pack.stream: left[pack.stream] for pack in failed}
            if not left:
                break
            if attempt == ATTEMPTS - 1:
                raise CommitConflict([0])
    return kept


def _turns(city: City, readings: Iterable[Reading]) -> list[dict[str, list[Reading]]]:
    """Readings by stream, one for each time (the highest `seq`), in slices that fit a commit."""
    best: dict[tuple[str, int], Reading] = {}
    for reading in readings:
        if reading.stream not in city.stream:
            continue  # the stream was removed while the reading was on its way
        held = best.get((reading.stream, reading.t))
        if held is None or reading.seq > held.seq:
            best[reading.stream, reading.t] = reading
    by_stream: dict[str, list[Reading]] = {}
    for key in sorted(best):
        by_stream.setdefault(key[0], []).append(best[key])
    turns: list[dict[str, list[Reading]]] = []
    for stream, listed in by_stream.items():
        for i, first in enumerate(range(0, len(listed), SLICE)):
            if i == len(turns):
                turns.append({})
            turns[i][stream] = listed[first : first + SLICE]
    return turns


def _grouped(packs: Sequence[_Pack]) -> list[list[_Pack]]:
    """Streams that fit into one commit together."""
    groups: list[list[_Pack]] = []
    room = 0
    for pack in packs:
        if not groups or len(pack.operations) > room:
            groups.append([])
            room = MAX_OPERATIONS
        groups[-1].append(pack)
        room -= len(pack.operations)
    return groups


def _packs(
    store: Store,
    city: City,
    turn: dict[str, list[Reading]],
    received: int,
    mark: int,
    windows: Sequence[Window],
) -> list[_Pack]:
    around = {n for stream in turn for n in city.stream[stream].neighbours}
    newest = store.newest(city, {*turn, *around})
    doubtful = [
        raw_key(stream, r.t)
        for stream, listed in turn.items()
        for r in listed
        if stream in newest and r.t <= newest[stream][0].t
    ]
    stored = store.raw(doubtful)
    return [
        _pack(city, stream, listed, newest, stored, received, mark, windows)
        for stream, listed in turn.items()
    ]


def _pack(
    city: City,
    name: str,
    readings: list[Reading],
    newest: dict[str, tuple[Newest, int]],
    stored: dict[Key, Row],
    received: int,
    mark: int,
    windows: Sequence[Window],
) -> _Pack:
    stream = city.stream[name]
    station, parameter = city.station[stream.station], city.parameter[stream.parameter]
    held, version = newest.get(name, (None, 0))
    good = dict(held.good) if held else {}
    latest, pack, hours = held, _Pack(name), set()
    for reading in readings:
        row = stored.get(raw_key(name, reading.t))
        if row and row.doc["seq"] >= reading.seq:
            pack.kept.append(_as_stored(name, reading.t, row))
            continue
        verdict = judge(
            parameter.checks,
            reading.t,
            reading.value,
            earlier=sorted((t, v) for t, v in good.items() if t < reading.t),
            neighbours=_neighbours(stream.neighbours, stream.interval_s, newest, reading.t),
            maintenance=any(
                w.station == station.id and w.start <= reading.t < w.end for w in windows
            ),
        )
        doc: dict[str, Any] = {
            "v": reading.value, "q": verdict.flag, "seq": reading.seq,
            "rx": row.doc["rx"] if row else received,
            **({"f": list(verdict.why)} if verdict.why else {}),
            **({"o": list(reading.given)} if reading.given else {}),
        }  # fmt: skip
        fresh = Row(
            *raw_key(name, reading.t),
            doc,
            row.version + 1 if row else 1,
            ttl=raw_ttl(stream, reading.t),
        )
        pack.operations.append(Put(fresh, row.version if row else ABSENT))
        pack.kept.append(_as_stored(name, reading.t, fresh, fresh=True))
        hours.add(hour_of(reading.t))
        if verdict.flag <= UNKNOWN:
            good[reading.t] = reading.value
        else:
            good.pop(reading.t, None)
        if latest is None or reading.t >= latest.t:
            latest = Newest(
                t=reading.t, v=reading.value, q=verdict.flag, f=verdict.why, rx=received
            )
    if pack.operations and latest:
        after = latest.model_copy(
            update={
                "rx": max(received, held.rx if held else 0),
                "good": tuple(sorted(good.items())[-GOOD_KEPT:]),
            }
        )
        row = Row(*newest_key(station, name), after.model_dump(mode="json"), version + 1)
        pack.operations.append(Put(row, version if held else ABSENT))
        pack.operations += [dirty_hour(name, hour, mark) for hour in sorted(hours)]
    return pack


def _as_stored(stream: str, t: int, row: Row, *, fresh: bool = False) -> Kept:
    return Kept(Entry(t, stream, row.doc["v"]), row.doc["q"], row.doc["rx"], fresh)


def _neighbours(
    names: Sequence[str], interval_s: int, newest: dict[str, tuple[Newest, int]], t: int
) -> list[float]:
    """Good values measured around a place at about the same time."""
    reach = interval_s * 2000
    found = (newest[name][0] for name in names if name in newest)
    return [n.v for n in found if n.q <= UNKNOWN and abs(n.t - t) <= reach]
