"""What the triggers do: take a message in, roll up, watch over time. Everything may run twice."""

from datetime import datetime
from typing import Any

from city.adapters.outbox import Outbox
from city.adapters.table import ABSENT, Put, Row
from city.kernel.clock import stamp
from city.kernel.problems import NotFound, invalid
from city.sensing import indices, judging, rollup, silence
from city.sensing.keeping import keep
from city.sensing.model import City, Reading, millis
from city.sensing.store import Store, Window


def process(
    store: Store, outbox: Outbox, city: City, message: dict[str, Any], now: datetime
) -> tuple[int, int]:
    """Store a message's readings and let the rules judge them: (stored anew, changes told).

    Rules see all of them, also those that an earlier try stored before it died.
    """
    readings = [Reading.unpacked(raw) for raw in message["readings"]]
    kept = keep(store, city, readings, int(message["received_at"]), millis(now))
    told = judging.judge_all(store, outbox, city, kept, now)
    return sum(k.fresh for k in kept), told


def roll_up(store: Store, outbox: Outbox, city: City, now: datetime) -> tuple[int, int]:
    """Roll up what is dirty, then compute the indices that are due: (roll-ups, indices)."""
    rolled, made = rollup.roll_up(store, city, now), 0
    for item in indices.waiting(store, city, now):
        readings = indices.computed(store, city, item)
        if readings:
            kept = keep(store, city, readings, millis(now), millis(now))
            judging.judge_all(store, outbox, city, kept, now)
            made += sum(k.fresh for k in kept)
        indices.follow_up(store, item, now)
        store.settle(item.mark)
    return rolled, made


def sweep(store: Store, outbox: Outbox, city: City, now: datetime) -> tuple[int, int]:
    """End holds that ran out, and look who is silent: (changes told, outages told)."""
    told = judging.sweep(store, outbox, city, now)
    return told, silence.watch(store, outbox, city, now)


def plan_maintenance(store: Store, city: City, window: Window, now: datetime) -> None:
    """Announce work at a station: its readings of that time are suspect.

    Raises:
        NotFound: no such station.
        Invalid: the window ends before it begins, has ended already or lasts over a month.
    """
    if window.station not in city.station:
        raise NotFound(what=window.station)
    month = 31 * 86_400_000
    if not window.start < window.end <= window.start + month or window.end <= millis(now):
        raise invalid(
            "end",
            "Kết thúc phải sau lúc bắt đầu, chưa qua, và không quá 31 ngày.",
            "The end must be after the start, in the future, and within 31 days.",
        )
    sk = f"{window.station}#{stamp(now)}"
    ttl = window.end // 1000 + 8 * 86_400  # readings may come a week late
    store.commit([Put(Row("MAINTENANCE", sk, window.model_dump(), ttl=ttl), ABSENT)])
