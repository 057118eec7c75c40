"""Dead sensors, and many of them at once: one outage of a gateway is not twenty dead gauges.

A stream is silent after three intervals without a reading. If at least three streams and a fifth
of a gateway's went silent within two intervals, the gateway is out; two such gateways of one power
area or vendor are one outage of that. What an outage explains is not told stream by stream.
"""

import math
from collections.abc import Collection, Mapping
from datetime import datetime

from pydantic import BaseModel

from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, CommitConflict, Operation, Put, Row
from city.contracts.sensing import EpisodeChanged, EpisodePlace
from city.kernel.ids import derived_id
from city.sensing.episodes import Episode, moment
from city.sensing.judging import rows_of
from city.sensing.model import City, Stream, millis
from city.sensing.store import Newest, Store

ALONE, TOGETHER = 1, 2
AT_LEAST, SHARE = 3, 0.2
INTERVALS = 2
CHANGES_A_RUN = 15
KEY = ("SILENCE", "NOW")
TABLE_VERSION = "silence@1"


class Outage(BaseModel, frozen=True):
    """Who is out since when: `key` is `stream:…`, `gateway:…`, `power_area:…` or `vendor:…`."""

    key: str
    level: int
    streams: tuple[str, ...]
    since: int


class Open(BaseModel, frozen=True):
    """The outages that were told and have not ended."""

    episodes: dict[str, Episode] = {}


def silent(city: City, newest: Mapping[str, Newest], now: int) -> dict[str, int]:
    """Silent streams with the time since which they count as such; never heard is not silent."""
    return {
        s.id: newest[s.id].rx + s.stale_after_ms
        for s in city.streams
        if s.watched and s.id in newest and now - newest[s.id].rx > s.stale_after_ms
    }


def outages(
    city: City, newest: Mapping[str, Newest], now: int, held: Collection[str] = ()
) -> dict[str, Outage]:
    """What is out, the widest explanation first; `held` are outages that already stand."""
    gone = silent(city, newest, now)
    heard = [s for s in city.streams if s.watched and s.id in newest]
    by_gateway: dict[str, list[Stream]] = {}
    for stream in heard:
        by_gateway.setdefault(str(stream.gateway), []).append(stream)
    wide = [key for key in held if key.partition(":")[0] in ("power_area", "vendor")]
    out = {
        name: members
        for name, members in by_gateway.items()
        if _out(members, gone, standing=f"gateway:{name}" in held or _covered(city, name, wide))
    }
    found: dict[str, Outage] = {}
    left = dict(out)
    for key, names in _wide(city, left):
        members = [s for name in names for s in left.get(name, ())]
        if sum(name in left for name in names) > 1:
            found[key] = _outage(key, TOGETHER, [s for s in members if s.id in gone], gone)
            left = {name: m for name, m in left.items() if name not in names}
    for name, members in left.items():
        lost = [s for s in members if s.id in gone]
        found[f"gateway:{name}"] = _outage(f"gateway:{name}", TOGETHER, lost, gone)
    for stream in heard:
        if stream.id in gone and str(stream.gateway) not in out:
            found[f"stream:{stream.id}"] = _outage(f"stream:{stream.id}", ALONE, [stream], gone)
    return found


def _out(members: list[Stream], gone: Mapping[str, int], *, standing: bool) -> bool:
    """Whether enough of a gateway's streams went silent together (once out: are silent at all)."""
    lost = sorted((gone[s.id] - s.stale_after_ms, s.interval_s) for s in members if s.id in gone)
    needed = max(AT_LEAST, math.ceil(SHARE * len(members)))
    if len(lost) < needed:
        return False
    if standing:
        return True
    reach = INTERVALS * max(interval for _, interval in lost) * 1000
    return any(lost[i + needed - 1][0] - lost[i][0] <= reach for i in range(len(lost) - needed + 1))


def _covered(city: City, gateway: str, wide: Collection[str]) -> bool:
    known = city.gateway.get(gateway)
    return known is not None and (
        f"power_area:{known.power_area}" in wide or f"vendor:{known.vendor}" in wide
    )


def _wide(city: City, out: Mapping[str, object]) -> list[tuple[str, list[str]]]:
    """Power areas and vendors with their gateways, those with most gateways out first."""
    groups: dict[str, list[str]] = {}
    for gateway in city.gateways:
        groups.setdefault(f"power_area:{gateway.power_area}", []).append(gateway.id)
        groups.setdefault(f"vendor:{gateway.vendor}", []).append(gateway.id)
    return sorted(groups.items(), key=lambda g: (-sum(n in out for n in g[1]), g[0]))


def _outage(key: str, level: int, lost: list[Stream], gone: Mapping[str, int]) -> Outage:
    streams = tuple(sorted(s.id for s in lost))
    return Outage(key=key, level=level, streams=streams, since=max(gone[s] for s in streams))


def watch(store: Store, outbox: Outbox, city: City, now: datetime) -> int:
    """Tell of outages that began or ended; returns how many. Some are left for the next run."""
    row = store.table.get(*KEY)
    held = Open.model_validate(row.doc) if row else Open()
    found = outages(city, store.all_newest(city), millis(now), held.episodes)
    operations: list[Operation] = []
    events: list[EpisodeChanged] = []
    standing = dict(held.episodes)
    for key in [k for k in held.episodes if k not in found][:CHANGES_A_RUN]:
        event = _ended(standing.pop(key).last, now)
        events.append(event)
        operations += rows_of(held.episodes[key], [event])
    begun = sorted((k for k in found if k not in held.episodes), key=lambda k: -found[k].level)
    for key in begun[: CHANGES_A_RUN - len(events)]:
        event = _begun(city, found[key])
        events.append(event)
        operations += rows_of(None, [event])
        standing[key] = Episode(
            last=event, peak_level=event.level, peak_value=None, peak_at=event.at
        )
    if not events:
        return 0
    version = row.version if row else 0
    fresh = Row(*KEY, Open(episodes=standing).model_dump(mode="json"), version + 1)
    signed = [(derived_id(e.at, e.episode_id, str(e.seq)), e, e.at) for e in events]
    try:
        outbox.commit([Put(fresh, version if row else ABSENT), *operations], signed)
    except CommitConflict:
        return 0  # another run was quicker
    return len(events)


def _begun(city: City, outage: Outage) -> EpisodeChanged:
    at = moment(outage.since)
    kind, _, name = outage.key.partition(":")
    stations = sorted({city.stream[s].station for s in outage.streams})
    places = [city.station[s] for s in stations]
    return EpisodeChanged(
        episode_id=derived_id(at, outage.key),
        seq=1,
        kind="outage",
        streams=outage.streams,
        station=city.stream[name].station if kind == "stream" else name,
        place=EpisodePlace(
            lat=round(sum(p.lat for p in places) / len(places), 5),
            lon=round(sum(p.lon for p in places) / len(places), 5),
            units=tuple(sorted({p.unit for p in places if p.unit})),
        ),
        level=outage.level,
        previous_level=0,
        opened_at=at,
        at=at,
        rule=f"silence:{outage.key}",
        rule_version=1,
        table_version=TABLE_VERSION,
    )


def _ended(last: EpisodeChanged, now: datetime) -> EpisodeChanged:
    return last.model_copy(
        update={
            "seq": last.seq + 1, "level": 0, "previous_level": last.level, "at": now,
            "closed": True,
        }
    )  # fmt: skip
