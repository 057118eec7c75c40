"""From a rule's changes to an episode's: each told once, in order, with what it rests on. Pure.

What was told stands. If late readings change the past, a higher level is told at once and a lower
one only when the hold has passed since the last change, so nobody hears "up" and "down" in one
breath.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from city.contracts.sensing import EpisodeChanged, EpisodePlace
from city.kernel.clock import stamp
from city.kernel.ids import derived_id
from city.sensing.engine import Change, State
from city.sensing.fold import Entry, Folded, Live, Point, trend
from city.sensing.outlook import Forecaster, extrapolated
from city.sensing.rules import SECOND, RuleDocument

IDS_KEPT = 50


class Episode(BaseModel, frozen=True):
    """An episode as it stands: its last change and its highest."""

    last: EpisodeChanged
    peak_level: int
    peak_value: float | None
    peak_at: datetime

    @property
    def month(self) -> str:
        """The month of its opening, as in keys."""
        return f"{self.last.opened_at:%Y%m}"

    @property
    def listed(self) -> str:
        """Its place in lists."""
        return f"{stamp(self.last.opened_at)}#{self.last.episode_id}"


class Told(BaseModel, frozen=True):
    """What was told of a rule: the engine's level, since when, and the open episode."""

    version: int
    level: int = 0
    at: int = -1
    episode: Episode | None = None


def moment(t: int) -> datetime:
    """Epoch milliseconds as a moment."""
    return datetime.fromtimestamp(t / 1000, UTC)


def to_tell(
    told: Told, folded: Folded, changes: Sequence[Change], rule: RuleDocument
) -> list[Change]:
    """The changes that nobody was told yet, each beginning where the one before ended."""
    level, at, news = told.level, told.at, []
    for change in changes:
        if change.at > told.at and change.level != level:
            news.append(Change(change.at, level, change.level))
            level, at = change.level, change.at
    final, newest = folded.state.level, folded.state.t
    held = newest - at >= rule.hold_down_s * SECOND
    if final != level and (final > level or held):
        news.append(Change(max(newest, at + 1), level, final))
    return news


def announced(
    told: Told,
    news: Sequence[Change],
    folded: Folded,
    rule: RuleDocument,
    place: EpisodePlace,
    table_version: str,
    forecaster: Forecaster = extrapolated,
) -> tuple[Told, list[EpisodeChanged]]:
    """The events of some changes, and what is told after them."""
    events: list[EpisodeChanged] = []
    episode = told.episode
    for change in news:
        opened = episode.last.opened_at if episode else moment(change.at)
        episode_id = episode.last.episode_id if episode else derived_id(opened, rule.id)
        trail = [p for p in folded.trail if p.t <= change.at] or list(folded.trail[:1])
        event = EpisodeChanged(
            episode_id=episode_id,
            seq=episode.last.seq + 1 if episode else 1,
            kind=rule.kind,
            streams=rule.streams,
            station=rule.station,
            place=place,
            level=rule.number(change.level),
            previous_level=rule.number(change.previous),
            levels=tuple(mark.value for mark in rule.levels),
            value=_shown(trail),
            uom=rule.uom,
            measure=rule.measure,
            trend=_direction(trail, rule),
            opened_at=opened,
            at=moment(change.at),
            rule=rule.id,
            rule_version=rule.version,
            table_version=table_version,
            reading_ids=_ids(trail, change, rule),
            outlook=forecaster(trail, rule, change.level) if change.level else None,
            closed=change.level == 0,
        )
        events.append(event)
        episode = None if event.closed else grown(episode, event)
        told = Told(version=rule.version, level=change.level, at=change.at, episode=episode)
    return told, events


def grown(episode: Episode | None, event: EpisodeChanged) -> Episode:
    """The episode after a change."""
    if episode and episode.peak_level >= event.level:
        return episode.model_copy(update={"last": event})
    return Episode(last=event, peak_level=event.level, peak_value=event.value, peak_at=event.at)


def _shown(trail: Sequence[Point]) -> float | None:
    """What was compared, without the dust of binary fractions."""
    compared = trail[-1].compared if trail else None
    return None if compared is None else round(compared, 4)


def _direction(trail: Sequence[Point], rule: RuleDocument) -> Any:
    moved = trend(trail, rule.deadband / 5)
    return "rising" if moved > 0 else "falling" if moved < 0 else "steady"


def _ids(trail: Sequence[Point], change: Change, rule: RuleDocument) -> tuple[str, ...]:
    """The readings of the hold, or of the window that was summed: newest last, not too many."""
    hold = rule.hold_up_s if change.level > change.previous else rule.hold_down_s
    span = hold if rule.measure == "value" else rule.window_s
    ids = [name for p in trail if p.t >= change.at - span * SECOND for name in p.ids]
    return tuple(ids[-IDS_KEPT:] or (trail[-1].ids if trail else ()))


def packed(live: Live, told: Told) -> dict[str, Any]:
    """As JSON, short: these rows are written with every batch."""
    base = live.base
    return {
        "told": told.model_dump(mode="json"),
        "state": list(base.state),
        "latest": base.latest,
        "trail": [list(p) for p in base.trail],
        "sunk_to": live.sunk_to,
        "tail": [list(e) for e in live.tail],
        "rx": live.newest_rx,
        "missed": live.missed,
    }


def unpacked(doc: dict[str, Any]) -> tuple[Live, Told]:
    """From JSON."""
    t, x, level, up, count, down, cleared = doc["state"]
    state = State(t, x, level, tuple(up), tuple(count), tuple(down), cleared)
    latest = {name: (at, value) for name, (at, value) in doc["latest"].items()}
    trail = tuple(Point(at, v, compared, tuple(ids)) for at, v, compared, ids in doc["trail"])
    live = Live(
        Folded(state, latest, trail),
        doc["sunk_to"],
        tuple(Entry(*entry) for entry in doc["tail"]),
        doc["rx"],
        doc["missed"],
    )
    return live, Told.model_validate(doc["told"])
